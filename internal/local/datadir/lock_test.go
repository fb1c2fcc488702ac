package datadir

import (
	"bufio"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// helperEnv makes the test binary take the directory it names and hold it until its input ends.
const helperEnv = "SHOWCASE_DATADIR_TEST_HOLD"

func TestMain(m *testing.M) {
	if dir := os.Getenv(helperEnv); dir != "" {
		_, err := Lock(dir)
		fmt.Println("locked", err)
		_, _ = bufio.NewReader(os.Stdin).ReadString('\n')
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func holder(t *testing.T, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), helperEnv+"="+dir)
	_, err := cmd.StdinPipe() // stays open until the test ends
	ok(t, err)
	out, err := cmd.StdoutPipe()
	ok(t, err)
	ok(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, err := bufio.NewReader(out).ReadString('\n')
	ok(t, err)
	if line != "locked <nil>\n" {
		t.Fatal(line)
	}
	return cmd
}

func TestLockRefusesTheSecondAndNamesTheFirst(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first := holder(t, dir)

	_, err := Lock(dir)
	if !errors.Is(err, ErrInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d;", first.Process.Pid)) {
		t.Fatalf("second lock: %v, want ErrInUse naming %d", err, first.Process.Pid)
	}

	ok(t, first.Process.Kill())
	_ = first.Wait()
	release, err := Lock(dir)
	if err != nil {
		t.Fatalf("lock after the holder was killed: %v", err)
	}
	ok(t, release())
	release, err = Lock(dir)
	if err != nil {
		t.Fatalf("lock after release: %v", err)
	}
	ok(t, release())
}

func TestSecretIsMadeOnceAndKeptPrivate(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "secret")
	first, err := Secret(path)
	ok(t, err)
	second, err := Secret(path)
	ok(t, err)
	if first != second || len(first) < 26 {
		t.Errorf("secrets %q and %q", first, second)
	}
	info, err := os.Stat(path)
	ok(t, err)
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, want 0600", info.Mode().Perm())
	}
	ok(t, os.WriteFile(path, nil, 0o600)) // an empty file is no secret
	if third, err := Secret(path); err != nil || third == "" {
		t.Errorf("after an empty file: %q, %v", third, err)
	}
}
