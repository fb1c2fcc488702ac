package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"

	"github.com/rising-stars/showcase/internal/media/sandbox"
)

// call is one run of a program in the sandbox.
type call struct {
	program  string // absolute path
	args     []string
	dir      string        // working directory: what is written
	read     string        // directory that is read
	stdout   io.Writer     // what the program says; nil throws it away
	deadline time.Duration // of the whole run
	stall    time.Duration // between two beats; 0 = not watched
	beats    <-chan struct{}
}

// usage is what a run cost, as the kernel counted it.
type usage struct {
	cpu time.Duration
	rss int64 // bytes at its peak; never less than what this process had when it started the child
}

func (u *usage) add(more usage) {
	u.cpu += more.cpu
	u.rss = max(u.rss, more.rss)
}

// Why a run was ended.
var (
	errDeadline = errors.New("deadline passed")
	errStalled  = errors.New("no new frame")
	errCPU      = errors.New("too many CPU seconds")
)

// run starts the program and waits for its end, which it brings about when the context ends, the deadline passes or the
// beats stop. The error is sorted as package media's are; the context's own error comes first, whatever the program made
// of the signal.
func run(ctx context.Context, c call) (usage, error) {
	cmd, err := sandbox.Command(sandbox.Spec{
		Path: c.program, Args: c.args, Dir: c.dir, Read: []string{c.read}, Write: []string{c.dir},
		Limits: sandbox.Limits{CPU: cpuLimit, AddressSpace: addressLimit, FileSize: fileLimit, OpenFiles: openFileLimit},
	})
	if err != nil {
		return usage{}, fmt.Errorf("%w: %w", ErrNotReady, err)
	}
	complaints := &tail{}
	cmd.Stdout, cmd.Stderr = c.stdout, complaints
	cmd.WaitDelay = termGrace
	pid, done, err := start(cmd)
	if err != nil {
		return usage{}, fmt.Errorf("%w: start %s: %w", ErrNotReady, filepath.Base(c.program), err)
	}
	cause := watch(ctx, c, done)
	if cause != nil {
		end(pid, done)
	}
	<-done.closed
	cost := measure(cmd.ProcessState)
	if err := ctx.Err(); err != nil {
		return cost, fmt.Errorf("run %s: %w", filepath.Base(c.program), err)
	}
	return cost, sort(blame(cause, c, cost), cmd.ProcessState, done.err, complaints.line())
}

// blame looks at what a run cost. One that used its time to compute was too much work, and so was one that reached the
// limit, since ffmpeg takes the kernel's signal for a polite one; one that was given no time is not to blame.
func blame(cause error, c call, cost usage) error {
	if cost.cpu >= cpuLimit || (errors.Is(cause, errDeadline) && cost.cpu >= c.deadline/2) {
		return errCPU
	}
	return cause
}

// ending is the end of a process: err is set before closed is.
type ending struct {
	closed chan struct{}
	err    error
}

// start starts the command on a thread that lives as long as it does, since it dies with that thread.
func start(cmd *exec.Cmd) (pid int, done *ending, err error) {
	started := make(chan error, 1)
	done = &ending{closed: make(chan struct{})}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		defer close(done.closed)
		err := cmd.Start()
		started <- err
		if err == nil {
			done.err = cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		<-done.closed
		return 0, nil, err
	}
	return cmd.Process.Pid, done, nil
}

// watch waits for the end, or for a reason to bring it about.
func watch(ctx context.Context, c call, done *ending) error {
	deadline := time.NewTimer(c.deadline)
	defer deadline.Stop()
	stall := time.NewTimer(max(c.stall, time.Second))
	defer stall.Stop()
	for {
		select {
		case <-done.closed:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return errDeadline
		case <-c.beats:
			stall.Reset(max(c.stall, time.Second))
		case <-stall.C:
			if c.stall > 0 {
				return errStalled
			}
		}
	}
}

// end asks the process group to end, and after a while makes it.
func end(pid int, done *ending) {
	signal := func(s syscall.Signal) {
		_ = syscall.Kill(-pid, s) // the group
		_ = syscall.Kill(pid, s)  // and a leader that left it
	}
	signal(syscall.SIGTERM)
	grace := time.NewTimer(termGrace)
	defer grace.Stop()
	select {
	case <-done.closed:
	case <-grace.C:
		signal(syscall.SIGKILL)
	}
}

// sort says whose fault an end was.
func sort(cause error, state *os.ProcessState, err error, complaint string) error {
	switch {
	case errors.Is(cause, errCPU) && (state == nil || !state.Success()):
		return exhausted(cause)
	case errors.Is(cause, errDeadline):
		return fmt.Errorf("the machine is too busy: %w", cause)
	case errors.Is(cause, errStalled):
		return failed(cause)
	case err == nil:
		return nil
	case state == nil:
		return fmt.Errorf("wait: %w", err)
	}
	seen := fmt.Errorf("%w: %q", err, complaint)
	status, _ := state.Sys().(syscall.WaitStatus)
	switch {
	case status.Signaled():
		return bySignal(status.Signal(), seen)
	case state.ExitCode() == sandbox.ExitSetup:
		return fmt.Errorf("%w: %w", ErrNotReady, seen)
	case state.ExitCode() == exitSignaled:
		return fmt.Errorf("ended from outside: %w", seen)
	case strings.Contains(complaint, "Cannot allocate memory"):
		return exhausted(seen)
	}
	return failed(seen)
}

func bySignal(signal syscall.Signal, seen error) error {
	switch signal {
	case syscall.SIGXCPU, syscall.SIGXFSZ:
		return exhausted(seen)
	case syscall.SIGKILL, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP:
		return fmt.Errorf("ended from outside: %w", seen) // out of memory, or the machine goes down
	}
	return crashed(seen)
}

// exitSignaled is ffmpeg's exit status after a signal that asked it to end.
const exitSignaled = 255

// tail keeps the end of what a program complains about.
type tail struct{ text []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.text = append(t.text, p...)
	if over := len(t.text) - stderrLimit; over > 0 {
		t.text = append(t.text[:0], t.text[over:]...)
	}
	return len(p), nil
}

// line is the last line, which is enough for a log; what came before it may quote the file.
func (t *tail) line() string {
	lines := strings.Split(strings.TrimSpace(string(t.text)), "\n")
	last := lines[len(lines)-1]
	return last[:min(len(last), 200)]
}
