package local

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

func TestLockDirRefusesTheSecondAndNamesTheFirst(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first, _ := startHelper(t, "lock", dir)

	_, err := LockDir(dir)
	if !errors.Is(err, ErrDirInUse) || !strings.Contains(err.Error(), fmt.Sprintf("process %d;", first.Process.Pid)) {
		t.Fatalf("second lock: %v, want ErrDirInUse naming %d", err, first.Process.Pid)
	}

	ok(t, first.Process.Kill())
	_ = first.Wait()
	release, err := LockDir(dir)
	if err != nil {
		t.Fatalf("lock after the holder was killed: %v", err)
	}
	ok(t, release())
	release, err = LockDir(dir)
	if err != nil {
		t.Fatalf("lock after release: %v", err)
	}
	ok(t, release())
}
