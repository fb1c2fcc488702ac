// Package child runs programs that must not outlive this process, and keeps what goes with them: a free
// loopback port, a log file, the end of that log for an error. It must know nothing of any one program.
package child

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// Process is a running program that ends when ours does.
type Process struct {
	proc *os.Process
	done chan struct{} // closed once the process has ended and been reaped
	err  error         // how it ended; read only after done
}

// Start starts cmd in a process group of its own, so that a Ctrl-C at the terminal reaches us and
// not it, and has the kernel send it onDeath when we die (Linux only).
//
// The kernel ties that signal to the thread that forked, not to the process. So one goroutine starts the
// child and waits for it, locked to its thread for as long as the child lives.
func Start(cmd *exec.Cmd, onDeath syscall.Signal) (*Process, error) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setpgid = true
	setDeathSignal(cmd.SysProcAttr, onDeath)

	c := &Process{done: make(chan struct{})}
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

// Done is closed when the process has ended, whoever ended it.
func (c *Process) Done() <-chan struct{} { return c.done }

// Err says how the process ended; an exit with status 0 is an error too, since nobody asked for it. It
// waits for the end.
func (c *Process) Err() error {
	<-c.done
	if c.err == nil {
		return errors.New("exit status 0")
	}
	return c.err
}

// Clean says whether the process ended with status 0. It waits for the end.
func (c *Process) Clean() bool {
	<-c.done
	return c.err == nil
}

// PID is the process id; it means nothing after the end.
func (c *Process) PID() int { return c.proc.Pid }

// Step is one rung of the ladder from a polite to a certain end.
type Step struct {
	Signal syscall.Signal
	Wait   time.Duration
}

// ErrWontStop says that the last rung of the ladder did not help either.
var ErrWontStop = errors.New("process does not stop")

// Stop walks the ladder until the process has ended. One that has ended already is not an error.
func (c *Process) Stop(ladder ...Step) error {
	for _, step := range ladder {
		if c.ended() {
			return nil
		}
		_ = c.proc.Signal(step.Signal) // an error means that it ended meanwhile
		if c.waitFor(step.Wait) {
			return nil
		}
	}
	return ErrWontStop
}

func (c *Process) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

func (c *Process) waitFor(limit time.Duration) bool {
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case <-c.done:
		return true
	case <-timer.C:
		return false
	}
}
