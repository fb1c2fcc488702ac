package sandbox_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/media/sandbox"
)

// room is a place that a child may reach: its directory is inside one that only we may enter, as a worker's is.
type room struct {
	program, dir, outside string
}

func newRoom(t *testing.T) room {
	t.Helper()
	top, err := os.MkdirTemp("", "sandbox") //nolint:usetesting // the confined child must reach it, and TempDir is closed to others
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(top) })
	r := room{program: filepath.Join(top, "bin", "probe"), dir: filepath.Join(top, "closed", "work"), outside: filepath.Join(top, "secret")}
	for path, mode := range map[string]os.FileMode{top: 0o755, filepath.Dir(r.program): 0o755, filepath.Dir(r.dir): 0o700, r.dir: 0o700} {
		if err := errors.Join(os.MkdirAll(path, mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.WriteFile(r.outside, []byte("secret"), 0o644), sandbox.Own(r.dir)); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(r.program, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return r
}

func (r room) spec(args ...string) sandbox.Spec {
	return sandbox.Spec{
		Path: r.program, Args: args, Dir: r.dir, Write: []string{r.dir},
		Limits: sandbox.Limits{CPU: time.Second, AddressSpace: addressSpace, FileSize: 4 << 20, OpenFiles: 64},
	}
}

// result is how a child ended and what it said.
type result struct {
	state *os.ProcessState
	said  string
}

func run(t *testing.T, spec sandbox.Spec) result {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	cmd, err := sandbox.Command(spec)
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		if _, ok := errors.AsType[*exec.ExitError](err); !ok {
			t.Fatal(err)
		}
	}
	return result{state: cmd.ProcessState, said: said.String()}
}

func (r result) signal() syscall.Signal { return r.state.Sys().(syscall.WaitStatus).Signal() }

func TestAChildMayWork(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	if err := os.WriteFile(filepath.Join(r.dir, "input"), []byte("hello"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"nothing"},
		{"read", "input"},
		{"write", "output"},
		{"remove", "output"},
		{"list", "."},
		{"read", "/dev/null"},
		{"threads"},
	} {
		if got := run(t, r.spec(args...)); got.state.ExitCode() != done {
			t.Errorf("%v: %v, said %q", args, got.state, got.said)
		}
	}
}

func TestAChildReachesNothingElse(t *testing.T) {
	t.Parallel()
	needLandlock(t)
	r := newRoom(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	if err := os.Symlink(r.outside, filepath.Join(r.dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"read", r.outside},
		{"read", "link"},
		{"read", "/etc/passwd"},
		{"read", "/proc/self/environ"},
		{"list", "/"},
		{"list", "/tmp"},
		{"write", filepath.Join(os.TempDir(), "showcase-sandbox-escape")},
		{"write", r.outside},
		{"remove", r.outside},
		{"tcp", listener.Addr().String()},
		{"listen"},
		{"udp"},
		{"unix"},
		{"netlink"},
		{"socketpair"},
		{"start"},
		{"execute"},
		{"signal", strconv.Itoa(os.Getpid())},
		{"ptrace"},
		{"namespace"},
		{"io_uring"},
		{"bpf"},
		{"keys"},
		{"mount"},
		{"memfd"},
		{"future"},
	} {
		if got := run(t, r.spec(args...)); got.state.ExitCode() != refused {
			t.Errorf("%v: %v, said %q", args, got.state, got.said)
		}
	}
}

// The same program without a sandbox can do these things, so that what is refused above is refused by the sandbox.
func TestTheProbeIsNotRefusedOutside(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	for _, args := range [][]string{
		{"read", r.outside},
		{"read", "/etc/passwd"},
		{"list", "/"},
		{"listen"},
		{"udp"},
		{"socketpair"},
		{"start"},
		{"signal", strconv.Itoa(os.Getpid())},
		{"memfd"},
	} {
		cmd := exec.Command(r.program, args...)
		cmd.Dir = r.dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%v: %v, said %q", args, err, out)
		}
	}
}

func TestAChildIsLimited(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	if got := run(t, r.spec("large file")); got.signal() != syscall.SIGXFSZ && !strings.Contains(got.said, "too large") {
		t.Errorf("large file: %v, said %q", got.state, got.said)
	}
	if info, err := os.Stat(filepath.Join(r.dir, "large")); err != nil || info.Size() > 4<<20 {
		t.Errorf("large file: %v, %v", info, err)
	}
	if got := run(t, r.spec("spin")); got.signal() != syscall.SIGXCPU && got.signal() != syscall.SIGKILL {
		t.Errorf("spin: %v", got.state)
	}
	for _, action := range []string{"files", "memory"} {
		if raceEnabled && action == "memory" {
			continue // the race detector reserves more than any limit that means something
		}
		if got := run(t, r.spec(action)); got.state.ExitCode() != refused {
			t.Errorf("%s: %v, said %q", action, got.state, got.said)
		}
	}
}

func TestAChildIsNobodySpecial(t *testing.T) {
	r := newRoom(t)
	t.Setenv("MASTER_KEY", "secret")
	if got := run(t, r.spec("environment")); strings.Contains(got.said, "secret") || strings.Contains(got.said, "SHOWCASE") {
		t.Errorf("environment: %q", got.said)
	}
	got := run(t, r.spec("status"))
	if !strings.Contains(got.said, "nnp=1 seccomp=2") {
		t.Errorf("status: %q", got.said)
	}
	if sandbox.Probe().Drops && !strings.Contains(got.said, "uid=65534 gid=65534") {
		t.Errorf("still root: %q", got.said)
	}
}

func TestCommandRefusesWhatCannotRun(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	script := filepath.Join(r.dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*sandbox.Spec){
		"missing":     func(s *sandbox.Spec) { s.Path = "/nowhere/ffmpeg" },
		"a script":    func(s *sandbox.Spec) { s.Path = script },
		"relative":    func(s *sandbox.Spec) { s.Path = "ffmpeg" },
		"no limit":    func(s *sandbox.Spec) { s.Limits.FileSize = 0 },
		"wrong input": func(s *sandbox.Spec) { s.Read = []string{"in.mp4"} },
	} {
		spec := r.spec("nothing")
		change(&spec)
		if _, err := sandbox.Command(spec); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	spec := r.spec("nothing")
	spec.Read = []string{"/nowhere"}
	if got := run(t, spec); sandbox.Probe().Landlock > 0 && got.state.ExitCode() != sandbox.ExitSetup {
		t.Errorf("an input that is not there: %v", got.state)
	}
}

func TestAChildDiesWithItsParentsThread(t *testing.T) {
	t.Parallel()
	r := newRoom(t)
	spec := r.spec("spin")
	spec.Limits.CPU = time.Minute
	started, ended := make(chan *exec.Cmd), make(chan struct{})
	ready, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer ready.Close()
	onThreadThatEnds(func() {
		cmd, err := sandbox.Command(spec)
		if err == nil {
			cmd.Stdout = write
			err = cmd.Start()
		}
		write.Close()
		if err != nil {
			t.Error(err)
			cmd = nil
		}
		// Once the probe speaks, the child has asked for the signal for the last time.
		_, _ = ready.Read(make([]byte, 1))
		started <- cmd
	})
	cmd := <-started
	if cmd == nil {
		return
	}
	go func() { defer close(ended); _ = cmd.Wait() }()
	select {
	case <-ended:
		if cmd.ProcessState.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Errorf("ended with %v", cmd.ProcessState)
		}
	case <-time.After(20 * time.Second):
		_ = cmd.Process.Kill()
		t.Error("the child lives on")
	}
}

// onThreadThatEnds runs f on a thread that ends with it. A goroutine that is never unlocked takes its thread along, but for
// the process's first thread, which Go keeps; while that one is held here, another goroutine gets another thread.
func onThreadThatEnds(f func()) {
	go func() {
		runtime.LockOSThread()
		if syscall.Gettid() != os.Getpid() {
			f()
			return
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread()
			f()
		}()
		<-done
	}()
}

func needLandlock(t *testing.T) {
	t.Helper()
	if sandbox.Probe().Landlock == 0 {
		t.Skip("this kernel has no Landlock: files are not confined here")
	}
}
