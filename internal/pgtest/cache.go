package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/rising-stars/showcase/internal/local/datadir"
	"github.com/rising-stars/showcase/internal/local/pgserver"
)

// cacheLayout changes whenever what the cache holds, or how it is made, changes.
const cacheLayout = "2"

const (
	cacheWait  = 2 * time.Minute // for another process that is making the same
	cachePoll  = 50 * time.Millisecond
	cacheNames = "cluster-"
)

// copyOfCache returns a new temporary directory with a stopped server in it that holds the template.
// Processes take turns here; the copy takes about 0.1 s.
func copyOfCache(ctx context.Context, binaries pgserver.Binaries, template string) (string, error) {
	root := cacheRoot()
	release, err := takeTurn(ctx, root)
	if err != nil {
		return "", err
	}
	defer func() { _ = release() }()
	cached := filepath.Join(root, cacheNames+cacheKey(binaries, template))
	if _, err := os.Stat(cached); errors.Is(err, os.ErrNotExist) {
		if err := fillCache(ctx, cached, binaries, template); err != nil {
			return "", fmt.Errorf("make the cached server %s: %w", cached, err)
		}
	}
	dir, err := os.MkdirTemp("", "showcase-pgtest-")
	if err != nil {
		return "", err
	}
	if out, err := exec.CommandContext(ctx, "cp", "-Rp", cached+"/.", dir).CombinedOutput(); err != nil {
		return "", errors.Join(fmt.Errorf("copy the cached server: %w: %s", err, out), os.RemoveAll(dir))
	}
	return dir, nil
}

// cacheRoot lies with the user's other caches, or with the temporary files when there is no home.
func cacheRoot() string {
	base, err := os.UserCacheDir()
	if err != nil {
		return filepath.Join(os.TempDir(), "showcase-pgtest-cache-"+strconv.Itoa(os.Getuid()))
	}
	return filepath.Join(base, "showcase-pgtest")
}

func cacheKey(binaries pgserver.Binaries, template string) string {
	sum := sha256.Sum256([]byte(strings.Join([]string{cacheLayout, binaries.Dir, binaries.Version, template}, "\n")))
	return hex.EncodeToString(sum[:8])
}

func takeTurn(ctx context.Context, root string) (release func() error, err error) {
	ctx, cancel := context.WithTimeout(ctx, cacheWait)
	defer cancel()
	ticker := time.NewTicker(cachePoll)
	defer ticker.Stop()
	for {
		release, err := datadir.Lock(root)
		if !errors.Is(err, datadir.ErrInUse) {
			return release, err
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return nil, errors.Join(ctx.Err(), err)
		}
	}
}

// fillCache makes the server under another name, so that a killed test run leaves no half cache, and
// removes those of former schemas: only the newest is ever asked for.
func fillCache(ctx context.Context, cached string, binaries pgserver.Binaries, template string) error {
	root := filepath.Dir(cached)
	for _, pattern := range []string{cacheNames + "*", "half-*"} {
		former, _ := filepath.Glob(filepath.Join(root, pattern))
		for _, dir := range former {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
		}
	}
	half, err := os.MkdirTemp(root, "half-")
	if err != nil {
		return err
	}
	if err := makeServer(ctx, half, binaries, template); err != nil {
		return errors.Join(err, os.RemoveAll(half))
	}
	return os.Rename(half, cached)
}

func makeServer(ctx context.Context, dir string, binaries pgserver.Binaries, template string) error {
	p, err := pgserver.Start(ctx, config(dir, binaries))
	if err != nil {
		return err
	}
	s, err := serverOf(p, template)
	if err == nil {
		err = errors.Join(s.ensureTemplate(ctx), p.EnsureAppRole(ctx))
	}
	if err == nil {
		err = s.quickenPasswords(ctx)
	}
	return errors.Join(err, p.Stop())
}
