package e2e

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/local/child"
)

// Contest is showcase-local on a data directory of its own.
type Contest struct {
	*Process // the running program; nil before Start

	Dir string
	API *API

	t    testing.TB
	addr string
	args []string
}

// NewContest makes a contest that does not run yet. args are flags beside the address and the directory. Nothing is in the
// directory but a place where the tests of a process share their bumpers.
func NewContest(t testing.TB, args ...string) *Contest {
	t.Helper()
	addr := FreeAddr(t)
	c := &Contest{Dir: filepath.Join(t.TempDir(), "data"), API: NewAPI(t, "http://"+addr), t: t, addr: addr, args: args}
	shareBumpers(t, filepath.Join(c.Dir, "scratch"))
	t.Cleanup(c.end)
	return c
}

// end stops the program in order, so that nothing writes any more when the directory is removed.
func (c *Contest) end() {
	if c.Process == nil {
		return
	}
	family := FamilyOf(c.t, c.PID())
	_ = c.child.Stop(child.Step{Signal: syscall.SIGTERM, Wait: Patience}, child.Step{Signal: syscall.SIGKILL, Wait: Patience})
	for range 400 { // the test's context has ended already
		if len(family.Living()) == 0 {
			break
		}
		<-time.After(pollEvery)
	}
	if c.t.Failed() {
		c.t.Logf("the end of its log, requests left out:\n%s", c.log())
	}
}

// log is the end of the log without what is written for each request.
func (c *Contest) log() string {
	f, err := os.Open(filepath.Join(c.Dir, "showcase.log"))
	if err != nil {
		return err.Error()
	}
	defer f.Close()
	var lines []string
	for scan := bufio.NewScanner(f); scan.Scan(); {
		if line := scan.Text(); !strings.Contains(line, `"msg":"request"`) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines[max(0, len(lines)-30):], "\n")
}

// Command is how the program is started.
func (c *Contest) Command() Command {
	args := append([]string{"--addr", c.addr, "--data", c.Dir}, c.args...)
	return Command{Path: Program(c.t, "showcase-local"), Args: args}
}

// Launch starts the program and does not wait for it.
func (c *Contest) Launch() {
	c.t.Helper()
	c.Process = Start(c.t, c.Command())
}

// Start starts the program and waits until it says that it is ready.
func (c *Contest) Start() *Contest {
	c.t.Helper()
	c.Launch()
	if at := c.AwaitLine("ready "); at != c.API.Base {
		c.t.Fatalf("ready %s, want %s", at, c.API.Base)
	}
	return c
}

// Env is the environment in which the production binary works on this contest while it runs.
func (c *Contest) Env() []string {
	c.t.Helper()
	raw, err := os.ReadFile(filepath.Join(c.Dir, "env"))
	if err != nil {
		c.t.Fatal(err)
	}
	var env []string
	for line := range strings.Lines(string(raw)) {
		name, value, ok := strings.Cut(strings.TrimSpace(line), "=")
		if !ok || !strings.HasPrefix(value, "'") || !strings.HasSuffix(value, "'") {
			c.t.Fatalf("a line of env is %q", line)
		}
		env = append(env, name+"="+strings.ReplaceAll(value[1:len(value)-1], `'\''`, "'"))
	}
	return env
}

// Tool runs the production binary on this contest and returns what it printed.
func (c *Contest) Tool(args ...string) string {
	c.t.Helper()
	return Run(c.t, Command{Path: Program(c.t, "showcase"), Args: args, Env: c.Env()})
}

// Tables are the database of this contest.
func (c *Contest) Tables() *Tables {
	c.t.Helper()
	return NewTables(c.t, Lookup(c.t, c.Env(), "DATABASE_URL"))
}

// Lookup finds a variable in a list of NAME=value.
func Lookup(t testing.TB, env []string, name string) string {
	t.Helper()
	for _, v := range env {
		if value, ok := strings.CutPrefix(v, name+"="); ok {
			return value
		}
	}
	t.Fatalf("no %s in the environment", name)
	return ""
}

// FreeAddr is a loopback address on which nobody listens. Its port is not one that the kernel gives to connections, so
// that a program that is started again finds it free again. No other test is given it until this one ends, in whatever
// process: who was given a TCP port holds the UDP port of that number, for which nothing here has a use.
func FreeAddr(t testing.TB) string {
	t.Helper()
	var lc net.ListenConfig
	ctx := context.WithoutCancel(t.Context())
	for range 100 {
		addr := fmt.Sprintf("127.0.0.1:%d", 12_000+rand.IntN(18_000)) //nolint:gosec // any will do
		held, err := lc.ListenPacket(ctx, "udp", addr)
		if err != nil {
			continue
		}
		l, err := lc.Listen(ctx, "tcp", addr)
		if err != nil {
			held.Close()
			continue
		}
		l.Close()
		t.Cleanup(func() { held.Close() })
		return addr
	}
	t.Fatal("no free port")
	return ""
}
