package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// oldestPostgres is the oldest major version we start: the first whose behaviour the tests rely on.
const oldestPostgres = 14

const versionTimeout = 10 * time.Second

// ErrNotInstalled is wrapped when no usable PostgreSQL server is installed; the text names the cure.
var ErrNotInstalled = errors.New("no PostgreSQL server found")

// Binaries are the programs of one PostgreSQL installation.
type Binaries struct {
	Dir     string // holds postgres and initdb
	Version string // as the server prints it, e.g. "postgres (PostgreSQL) 15.8"
	Major   int
}

// Find looks for the server programs: $PGBIN, which is final when set; then where pg_config says;
// then the PATH; then the usual places, newest first. A version below 14 is not taken.
func Find(ctx context.Context) (Binaries, error) {
	if dir := os.Getenv("PGBIN"); dir != "" {
		b, err := probeBinaries(ctx, dir)
		if err != nil {
			return Binaries{}, fmt.Errorf("%w in PGBIN=%s: %w", ErrNotInstalled, dir, err)
		}
		return b, nil
	}
	return firstUsable(ctx, candidateDirs(ctx))
}

func firstUsable(ctx context.Context, dirs []string) (Binaries, error) {
	var refusals []error
	for _, dir := range dirs {
		b, err := probeBinaries(ctx, dir)
		if err == nil {
			return b, nil
		}
		refusals = append(refusals, err)
	}
	return Binaries{}, errors.Join(append([]error{fmt.Errorf(
		"%w; install one with `apt-get install postgresql` (Debian, Ubuntu), `dnf install postgresql-server` (Fedora) "+
			"or `brew install postgresql@17` (macOS), or point PGBIN at a directory with postgres and initdb, "+
			"or DATABASE_URL at a running server", ErrNotInstalled)}, refusals...)...)
}

func candidateDirs(ctx context.Context) []string {
	var dirs []string
	if out, err := exec.CommandContext(ctx, "pg_config", "--bindir").Output(); err == nil {
		dirs = append(dirs, strings.TrimSpace(string(out)))
	}
	if path, err := exec.LookPath("postgres"); err == nil {
		if resolved, err := filepath.EvalSymlinks(path); err == nil {
			dirs = append(dirs, filepath.Dir(resolved))
		}
	}
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",            // Debian, Ubuntu
		"/usr/pgsql-*/bin",                     // Fedora, Red Hat
		"/opt/homebrew/opt/postgresql@*/bin",   // Homebrew on Apple silicon
		"/usr/local/opt/postgresql@*/bin",      // Homebrew on Intel
		"/usr/local/pgsql/bin",                 // built from source
		"/Applications/Postgres.app/*/*/*/bin", // Postgres.app
	} {
		found, _ := filepath.Glob(pattern) // the only error is a bad pattern
		slices.SortFunc(found, func(a, b string) int { return majorInPath(b) - majorInPath(a) })
		dirs = append(dirs, found...)
	}
	return withServer(dirs)
}

// withServer keeps the directories that hold both programs, once each, in order.
func withServer(dirs []string) []string {
	var kept []string
	for _, dir := range dirs {
		if !slices.Contains(kept, dir) && isFile(filepath.Join(dir, "postgres")) && isFile(filepath.Join(dir, "initdb")) {
			kept = append(kept, dir)
		}
	}
	return kept
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// majorInPath reads 17 out of /usr/lib/postgresql/17/bin or …/postgresql@17/bin; 0 when there is none.
func majorInPath(dir string) int {
	parent := filepath.Base(filepath.Dir(dir))
	n, _ := strconv.Atoi(parent[strings.LastIndexAny(parent, "@-")+1:]) // 0 sorts last
	return n
}

func probeBinaries(ctx context.Context, dir string) (Binaries, error) {
	ctx, cancel := context.WithTimeout(ctx, versionTimeout)
	defer cancel()
	if !isFile(filepath.Join(dir, "initdb")) {
		return Binaries{}, fmt.Errorf("%s has no initdb", dir)
	}
	out, err := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version").Output()
	if err != nil {
		return Binaries{}, fmt.Errorf("run %s: %w", filepath.Join(dir, "postgres"), err)
	}
	version := string(bytes.TrimSpace(out))
	major, err := parseMajor(version)
	if err != nil {
		return Binaries{}, err
	}
	if major < oldestPostgres {
		return Binaries{}, fmt.Errorf("%s in %s is too old, %d or newer is needed", version, dir, oldestPostgres)
	}
	return Binaries{Dir: dir, Version: version, Major: major}, nil
}

// parseMajor reads 15 out of "postgres (PostgreSQL) 15.18 (Debian …)" and 18 out of "… 18beta1".
func parseMajor(version string) (int, error) {
	_, rest, found := strings.Cut(version, "(PostgreSQL) ")
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	if !found || digits == 0 {
		return 0, fmt.Errorf("unknown version text %q", version)
	}
	return strconv.Atoi(rest[:digits])
}
