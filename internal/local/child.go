package local

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// child is a process that ends when ours does.
type child struct {
	proc *os.Process
	done chan struct{} // closed once the process has ended and been reaped
	err  error         // how it ended; read only after done
}

// startChild starts cmd in a process group of its own, so that a Ctrl-C at the terminal reaches us and
// not it, and has the kernel send it onDeath when we die (Linux only).
//
// The kernel ties that signal to the thread that forked, not to the process. So one goroutine starts the
// child and waits for it, locked to its thread for as long as the child lives.
func startChild(cmd *exec.Cmd, onDeath syscall.Signal) (*child, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	setDeathSignal(cmd.SysProcAttr, onDeath)

	c := &child{done: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		if err == nil {
			c.proc = cmd.Process
		}
		started <- err
		if err != nil {
			return
		}
		c.err = cmd.Wait()
		close(c.done)
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return c, nil
}

// stopStep is one rung of the ladder from a polite to a certain end.
type stopStep struct {
	signal syscall.Signal
	wait   time.Duration
}

var errWontStop = errors.New("process does not stop")

// stop walks the ladder until the child has ended. It returns the number of rungs used and an error only
// when the last rung did not help either.
func (c *child) stop(ladder ...stopStep) (rungs int, err error) {
	for i, step := range ladder {
		if c.ended() {
			return i, nil
		}
		_ = c.proc.Signal(step.signal) // an error means that it ended meanwhile
		if c.waitFor(step.wait) {
			return i + 1, nil
		}
	}
	return len(ladder), errWontStop
}

func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func (c *child) waitFor(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c.done:
		return true
	case <-timer.C:
		return false
	}
}
