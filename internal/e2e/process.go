package e2e

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/local/child"
)

// Patience is how long anything is waited for. An idle machine needs seconds.
const Patience = 5 * time.Minute

const (
	pollEvery = 25 * time.Millisecond
	waitDelay = 5 * time.Second // for a pipe that a grandchild holds
)

// Command is a program to run.
type Command struct {
	Path string
	Args []string
	Env  []string // beside what every program gets; see Environment
	Dir  string
}

// Environment is what every program gets of ours: where programs and temporary files are. Nothing that would set one of
// our programs, or lead it to a cloud account, is passed on.
func Environment(more ...string) []string {
	env := []string{"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE=/dev/null", "AWS_SHARED_CREDENTIALS_FILE=/dev/null"}
	for _, name := range []string{"PATH", "HOME", "TMPDIR", "PGBIN", "LANG", "CI"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return append(env, more...)
}

func (c Command) exec() *exec.Cmd {
	cmd := exec.Command(c.Path, c.Args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = c.Dir, Environment(c.Env...), waitDelay
	return cmd
}

// Process is a running program.
type Process struct {
	t     testing.TB
	child *child.Process
	out   *output
}

// Start starts a program. It is killed when the test ends, should it still run; the end of what it printed is shown when
// the test failed.
func Start(t testing.TB, c Command) *Process {
	t.Helper()
	cmd, out := c.exec(), &output{}
	cmd.Stdout, cmd.Stderr = out, out
	started, err := child.Start(cmd, syscall.SIGKILL)
	if err != nil {
		t.Fatalf("start %s: %v", c.Path, err)
	}
	p := &Process{t: t, child: started, out: out}
	t.Cleanup(func() {
		_ = started.Stop(child.Step{Signal: syscall.SIGKILL, Wait: Patience})
		if t.Failed() {
			t.Logf("%s %s printed:\n%s", c.Path, strings.Join(c.Args, " "), child.Tail([]byte(out.String())))
		}
	})
	return p
}

// PID is the process id.
func (p *Process) PID() int { return p.child.PID() }

// Output is what the program has printed so far, on both streams.
func (p *Process) Output() string { return p.out.String() }

// Kill ends the program as kill -9 does, and waits for that.
func (p *Process) Kill() {
	p.t.Helper()
	if err := p.child.Stop(child.Step{Signal: syscall.SIGKILL, Wait: Patience}); err != nil {
		p.t.Fatal(err)
	}
}

// Signal sends a signal.
func (p *Process) Signal(signal syscall.Signal) {
	p.t.Helper()
	if err := syscall.Kill(p.PID(), signal); err != nil {
		p.t.Fatal(err)
	}
}

// Stop sends a signal, waits for the end and returns the exit code; -1 when a signal ended the program.
func (p *Process) Stop(signal syscall.Signal) int {
	p.t.Helper()
	if err := p.child.Stop(child.Step{Signal: signal, Wait: Patience}); err != nil {
		p.t.Fatalf("%v did not end the program; it printed:\n%s", signal, p.Output())
	}
	return p.Exit()
}

// Exit waits for the end of the program and returns the exit code.
func (p *Process) Exit() int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), Patience)
	defer cancel()
	select {
	case <-p.child.Done():
	case <-ctx.Done():
		p.t.Fatalf("the program goes on; it printed:\n%s", p.Output())
	}
	if p.child.Clean() {
		return 0
	}
	if failed, ok := errors.AsType[*exec.ExitError](p.child.Err()); ok {
		return failed.ExitCode()
	}
	p.t.Fatalf("end of the program: %v", p.child.Err())
	return -1
}

// Ended says whether the program has ended.
func (p *Process) Ended() bool {
	select {
	case <-p.child.Done():
		return true
	default:
		return false
	}
}

// AwaitLine waits until the program has printed a whole line that begins with prefix, and returns the rest of that line.
func (p *Process) AwaitLine(prefix string) string {
	p.t.Helper()
	var rest string
	Eventually(p.t, "a line "+prefix, func() bool {
		ended := p.Ended()
		if line, ok := findLine(p.Output(), prefix); ok {
			rest = line
			return true
		}
		if ended {
			p.t.Fatalf("the program ended without a line %q; it printed:\n%s", prefix, p.Output())
		}
		return false
	})
	return rest
}

func findLine(text, prefix string) (rest string, ok bool) {
	for line := range strings.Lines(text) {
		if after, found := strings.CutPrefix(line, prefix); found && strings.HasSuffix(line, "\n") {
			return strings.TrimSpace(after), true
		}
	}
	return "", false
}

// Run runs a program to its end and returns what it printed to standard output; it must exit with 0.
func Run(t testing.TB, c Command) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, c.Path, c.Args...)
	cmd.Dir, cmd.Env, cmd.WaitDelay = c.Dir, Environment(c.Env...), waitDelay
	var out, errs output
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("%s %s: %v\n%s%s", c.Path, strings.Join(c.Args, " "), err, out.String(), errs.String())
	}
	return out.String()
}

// Eventually waits until a condition holds.
func Eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), Patience)
	defer cancel()
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("never: %s", what)
		}
	}
}

// output collects what a program prints while others look at it.
type output struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *output) Write(b []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(b)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
