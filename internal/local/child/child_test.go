package child

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// sh starts a shell script and waits for its first line.
func sh(t *testing.T, script string) *Process {
	t.Helper()
	out, in, err := os.Pipe()
	ok(t, err)
	cmd := exec.Command("/bin/sh", "-c", script)
	cmd.Stdout = in
	p, err := Start(cmd, syscall.SIGKILL)
	ok(t, err)
	t.Cleanup(func() { _ = p.Stop(Step{syscall.SIGKILL, 10 * time.Second}) })
	_, err = bufio.NewReader(out).ReadString('\n')
	ok(t, err)
	_, _ = in.Close(), out.Close()
	return p
}

func TestStopClimbsTheLadder(t *testing.T) {
	t.Parallel()
	polite := Step{syscall.SIGTERM, 100 * time.Millisecond}
	certain := Step{syscall.SIGKILL, 10 * time.Second}

	deaf := sh(t, `trap '' TERM; echo ready; while :; do sleep 1; done`)
	if err := deaf.Stop(polite); err == nil {
		t.Error("a process that ignores the only signal is said to have stopped")
	}
	ok(t, deaf.Stop(polite, certain))
	if deaf.Clean() || !strings.Contains(deaf.Err().Error(), "killed") {
		t.Errorf("ended with %v", deaf.Err())
	}

	willing := sh(t, `trap 'exit 0' TERM; echo ready; while :; do sleep 0.05; done`)
	ok(t, willing.Stop(Step{syscall.SIGTERM, 10 * time.Second}))
	if !willing.Clean() {
		t.Errorf("ended with %v", willing.Err())
	}
	ok(t, willing.Stop(polite)) // again is fine
}

func TestAChildHasAGroupOfItsOwn(t *testing.T) {
	t.Parallel()
	p := sh(t, `echo ready; sleep 60`)
	group, err := syscall.Getpgid(p.PID())
	ok(t, err)
	if group == syscall.Getpgrp() {
		t.Error("a Ctrl-C at the terminal would reach the child")
	}
}

func TestStartSaysWhyNot(t *testing.T) {
	t.Parallel()
	if _, err := Start(exec.Command(filepath.Join(t.TempDir(), "none")), syscall.SIGKILL); err == nil {
		t.Error("a program that is not there was started")
	}
}

func TestALargeLogIsSetAside(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "log")
	ok(t, os.WriteFile(path, append(make([]byte, logLimit), "the end"...), 0o600))
	if tail := LogTail(path); len(tail) > logTail || !strings.HasSuffix(tail, "the end") {
		t.Errorf("tail of %d bytes", len(tail))
	}
	f, err := OpenLog(path)
	ok(t, err)
	ok(t, f.Close())
	now, err := os.Stat(path)
	ok(t, err)
	old, err := os.Stat(path + ".old")
	ok(t, err)
	if now.Size() != 0 || old.Size() <= logLimit {
		t.Errorf("%d bytes, and %d set aside", now.Size(), old.Size())
	}
}

func TestWorksIn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if WorksIn(os.Getpid(), dir) {
		t.Error("this process works elsewhere")
	}
	cmd := exec.Command("sleep", "60")
	cmd.Dir, cmd.Args[0] = dir, "sleep in "+dir
	p, err := Start(cmd, syscall.SIGKILL)
	ok(t, err)
	if !WorksIn(p.PID(), dir) {
		t.Error("the child works in the directory")
	}
	ok(t, p.Stop(Step{syscall.SIGKILL, 10 * time.Second}))
	if WorksIn(p.PID(), dir) {
		t.Error("the child has ended")
	}
}
