// Package datadir keeps a directory to one process at a time, and small secrets in it. It must not know
// what else lies there.
package datadir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/sys/unix"
)

const lockFile = "lock"

// ErrInUse is wrapped by the refusal of Lock.
var ErrInUse = errors.New("data directory in use")

// Lock takes the directory for this process until release is called or the process ends, however it
// ends. The directory is made (0700) when missing. A directory that is taken already is refused at once
// with ErrInUse and the pid of its holder. A second release does nothing.
func Lock(dir string) (release func() error, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make data directory: %w", err)
	}
	path := filepath.Join(dir, lockFile)
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open lock of %s: %w", dir, err)
	}
	if err := flock(f, unix.LOCK_EX|unix.LOCK_NB); err != nil {
		holder := readHolder(path)
		_ = f.Close()
		if errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("%w: %s is held by process %s; stop it first or choose another directory",
				ErrInUse, dir, holder)
		}
		return nil, fmt.Errorf("lock %s: %w", dir, err)
	}
	if err := writeHolder(f); err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("write lock of %s: %w", dir, err)
	}
	return sync.OnceValue(f.Close), nil
}

func flock(f *os.File, how int) error {
	for {
		err := unix.Flock(int(f.Fd()), how)
		if !errors.Is(err, unix.EINTR) {
			return err
		}
	}
}

func writeHolder(f *os.File) error {
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	return err
}

// readHolder is for the message only: the lock itself is the kernel's, the number is a hint.
func readHolder(path string) string {
	raw, err := os.ReadFile(path)
	pid := strings.TrimSpace(string(raw))
	if err != nil || pid == "" {
		return "(unknown)"
	}
	return pid
}
