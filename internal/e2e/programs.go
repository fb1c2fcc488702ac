package e2e

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
)

// programs are built once in a test process.
var programs = struct {
	mu    sync.Mutex
	built map[string]program
}{built: map[string]program{}}

type program struct {
	path string
	err  error
}

// Program builds one of the programs below cmd/ and returns its path. The race detector is left out: these tests are about
// processes, and share their machine with all others.
func Program(t testing.TB, name string) string {
	t.Helper()
	programs.mu.Lock()
	defer programs.mu.Unlock()
	built, known := programs.built[name]
	if !known {
		built = build(name)
		programs.built[name] = built
	}
	if built.err != nil {
		t.Fatal(built.err)
	}
	return built.path
}

func build(name string) program {
	dir, err := sharedDir()
	if err != nil {
		return program{err: err}
	}
	path := filepath.Join(dir, name)
	cmd := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", path, "./cmd/"+name)
	cmd.Dir = filepath.Join("..", "..") // tests run where their package is
	if out, err := cmd.CombinedOutput(); err != nil {
		return program{err: fmt.Errorf("build %s: %w\n%s", name, err, out)}
	}
	return program{path: path}
}

// sharedDir is a directory for all tests of this process. Main removes it.
var sharedDir = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "showcase-e2e-") })

// shareBumpers lets the workers of all tests of this process render their bumpers once: scratch is a worker's scratch
// directory that does not exist yet.
func shareBumpers(t testing.TB, scratch string) {
	t.Helper()
	dir, err := sharedDir()
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Join(dir, "bumpers"), 0o755), os.MkdirAll(scratch, 0o700)) //nolint:gosec // as the worker makes it
	}
	if err == nil {
		err = os.Symlink(filepath.Join(dir, "bumpers"), filepath.Join(scratch, "bumpers"))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// Main runs the tests of a package and removes what they built and made.
func Main(m interface{ Run() int }) {
	code := m.Run()
	dir, err := sharedDir()
	if err = errors.Join(err, os.RemoveAll(dir)); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}
