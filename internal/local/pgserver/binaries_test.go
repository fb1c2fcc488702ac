package pgserver

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestParseMajor(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)": 15,
		"postgres (PostgreSQL) 18beta1":                        18,
		"postgres (PostgreSQL) 9.6.24":                         9,
	} {
		if got, err := parseMajor(version); err != nil || got != want {
			t.Errorf("%q: %d, %v, want %d", version, got, err, want)
		}
	}
	for _, unknown := range []string{"", "postgres", "postgres (PostgreSQL) devel"} {
		if got, err := parseMajor(unknown); err == nil {
			t.Errorf("%q: %d, want an error", unknown, got)
		}
	}
}

func TestNewestInstallationFirst(t *testing.T) {
	t.Parallel()
	for dir, want := range map[string]int{
		"/usr/lib/postgresql/17/bin": 17, "/opt/homebrew/opt/postgresql@16/bin": 16,
		"/usr/pgsql-15/bin": 15, "/usr/local/pgsql/bin": 0,
	} {
		if got := majorInPath(dir); got != want {
			t.Errorf("%s: %d, want %d", dir, got, want)
		}
	}
}

func TestAServerTooOldIsRefused(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := "#!/bin/sh\necho 'postgres (PostgreSQL) 13.1'\n"
	for _, program := range []string{"postgres", "initdb"} {
		ok(t, os.WriteFile(filepath.Join(dir, program), []byte(script), 0o700))
	}
	if _, err := probeBinaries(t.Context(), dir); err == nil || !strings.Contains(err.Error(), "too old") {
		t.Errorf("version 13: %v", err)
	}
}

func TestNoServerNamesTheCure(t *testing.T) {
	t.Parallel()
	_, err := firstUsable(t.Context(), []string{t.TempDir()})
	if !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "apt-get install postgresql") {
		t.Errorf("got %v", err)
	}
}

func TestAClosedDirectoryOnTheWayIsNamed(t *testing.T) {
	t.Parallel()
	closed := filepath.Join(t.TempDir(), "closed")
	ok(t, os.Mkdir(closed, 0o700))
	stranger := servant{name: "stranger", uid: 64321, gid: 64321}
	err := stranger.reach(filepath.Join(closed, "postgres"))
	if err == nil || !strings.Contains(err.Error(), "chmod o+x "+closed) {
		t.Errorf("got %v", err)
	}
	ok(t, stranger.reach("/bin/sh"))
	ok(t, servant{}.reach(filepath.Join(closed, "postgres"))) // as ourselves
}
