package media

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rising-stars/showcase/internal/media/sandbox"
)

// endless is an ffmpeg that works until somebody ends it.
func endless(t *testing.T, p *Pipeline) call {
	t.Helper()
	r, err := newRoom(scratch(t))
	if err != nil {
		t.Fatal(err)
	}
	return call{
		program: p.prepared().ffmpeg, dir: r.work(), read: r.dir, deadline: time.Minute,
		args: []string{"-nostdin", "-v", "error", "-progress", "pipe:1", "-stats_period", "0.1", "-re", "-f", "lavfi", "-i", "color=s=64x64", "-f", "null", "-"},
	}
}

func TestRunEndsWhatTakesTooLong(t *testing.T) {
	t.Parallel()
	c := endless(t, newPipeline(t))
	c.deadline = time.Second
	_, err := run(t.Context(), c)
	if _, suspect := errors.AsType[*Suspect](err); suspect || !errors.Is(err, errDeadline) {
		t.Errorf("got %v", err)
	}
}

// Who ran out of time is to blame only if the time was spent on computing: on a machine that is too busy, no video is.
func TestBlameFollowsTheCost(t *testing.T) {
	t.Parallel()
	c := call{deadline: time.Minute}
	for name, test := range map[string]struct {
		cause, want error
		cpu         time.Duration
	}{
		"computed until the deadline": {errDeadline, errCPU, 31 * time.Second},
		"waited until the deadline":   {errDeadline, errDeadline, 29 * time.Second},
		"reached the kernel's limit":  {nil, errCPU, cpuLimit},
		"stalled":                     {errStalled, errStalled, time.Second},
		"ended by itself":             {nil, nil, 50 * time.Second},
	} {
		if got := blame(test.cause, c, usage{cpu: test.cpu}); !errors.Is(got, test.want) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRunEndsWhatStalls(t *testing.T) {
	t.Parallel()
	c := endless(t, newPipeline(t))
	c.stall = time.Second
	c.beats = make(chan struct{}) // none comes
	_, err := run(t.Context(), c)
	if suspect, ok := errors.AsType[*Suspect](err); !ok || suspect.Code != codeFailed || !errors.Is(err, errStalled) {
		t.Errorf("got %v", err)
	}
}

// Each frame that is counted is a beat.
func TestRunHearsWhatMoves(t *testing.T) {
	t.Parallel()
	c := endless(t, newPipeline(t))
	meter := newMeter(1000, nil)
	c.stdout = meter
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		select {
		case <-meter.beats:
			cancel()
		case <-ctx.Done():
		}
	}()
	if _, err := run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestWatchLetsWorkWhatMoves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		beats := make(chan struct{})
		go func() {
			for range 10 {
				time.Sleep(9 * time.Second) // by synctest's clock
				beats <- struct{}{}
			}
		}()
		began := time.Now()
		c := call{stall: 10 * time.Second, deadline: time.Hour, beats: beats}
		if err := watch(t.Context(), c, &ending{}); !errors.Is(err, errStalled) || time.Since(began) != 100*time.Second {
			t.Errorf("ended after %v: %v", time.Since(began), err)
		}
	})
}

func TestRunStopsAFileThatGrowsTooLarge(t *testing.T) {
	t.Parallel()
	c := endless(t, newPipeline(t))
	c.args = []string{"-nostdin", "-v", "error", "-f", "lavfi", "-i", "color=s=3840x2160", "-f", "rawvideo", "large"}
	_, err := run(t.Context(), c)
	if suspect, ok := errors.AsType[*Suspect](err); !ok || suspect.Code != codeLimit {
		t.Errorf("got %v", err)
	}
}

// A job that is cancelled gives no result, even though ffmpeg, asked to end, leaves a clip that looks whole.
func TestProcessGivesNothingAfterACancel(t *testing.T) {
	t.Parallel()
	p, dir := newPipeline(t), scratch(t)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var seen []string // while it worked
	result, err := p.Process(ctx, Job{Input: plainVideo(t), Scratch: dir, Progress: func(percent int) {
		if percent > 10 && ctx.Err() == nil {
			seen = workingIn(t, dir)
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) || result != (Result{}) {
		t.Errorf("got %+v, %v", result, err)
	}
	for _, kind := range []any{new(*Permanent), new(*Suspect)} {
		if errors.As(err, kind) {
			t.Errorf("a cancel is the video's fault: %v", err)
		}
	}
	if len(seen) == 0 && runtime.GOOS == "linux" {
		t.Error("the test does not see a process at work")
	}
	if left := workingIn(t, dir); len(left) > 0 {
		t.Errorf("processes are left: %v", left)
	}
}

// workingIn are the processes whose working directory lies in dir, as far as the system shows them.
func workingIn(t *testing.T, dir string) (found []string) {
	t.Helper()
	links, err := filepath.Glob("/proc/[0-9]*/cwd")
	if err != nil {
		t.Fatal(err)
	}
	for _, link := range links {
		if where, err := os.Readlink(link); err == nil && strings.HasPrefix(where, dir) {
			found = append(found, link)
		}
	}
	return found
}

func TestSortSaysWhoseFaultItWas(t *testing.T) {
	t.Parallel()
	for code, want := range map[int]error{sandbox.ExitSetup: ErrNotReady, exitSignaled: nil} {
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", fmt.Sprintf("exit %d", code))
		err := sort(nil, cmd.ProcessState, cmd.Run(), "")
		if err == nil || !strings.Contains(err.Error(), "exit status") && !strings.Contains(err.Error(), "wait") {
			t.Errorf("%d: %v", code, err)
		}
		err = sort(nil, cmd.ProcessState, errors.New("exit status"), "")
		_, suspect := errors.AsType[*Suspect](err)
		if suspect || (want != nil && !errors.Is(err, want)) {
			t.Errorf("%d: %v", code, err)
		}
	}
	for signal, code := range map[syscall.Signal]string{
		syscall.SIGSEGV: codeCrash, syscall.SIGABRT: codeCrash, syscall.SIGILL: codeCrash, syscall.SIGFPE: codeCrash, syscall.SIGBUS: codeCrash,
		syscall.SIGXCPU: codeLimit, syscall.SIGXFSZ: codeLimit,
		syscall.SIGKILL: "", syscall.SIGTERM: "",
	} {
		cmd := exec.CommandContext(t.Context(), "/bin/sh", "-c", fmt.Sprintf("kill -%d $$", signal))
		failure := cmd.Run()
		err := sort(nil, cmd.ProcessState, failure, "")
		suspect, ok := errors.AsType[*Suspect](err)
		if err == nil || ok != (code != "") || (ok && suspect.Code != code) {
			t.Errorf("%v: %v", signal, err)
		}
	}
	if suspect, ok := errors.AsType[*Suspect](sort(errCPU, nil, errors.New("exit status 255"), "")); !ok || suspect.Code != codeLimit {
		t.Errorf("CPU: %v", suspect)
	}
	cmd := exec.CommandContext(t.Context(), "/bin/false")
	failure := cmd.Run()
	if suspect, ok := errors.AsType[*Suspect](sort(nil, cmd.ProcessState, failure, "x: Cannot allocate memory")); !ok || suspect.Code != codeLimit {
		t.Errorf("memory: %v", suspect)
	}
}

func TestTailKeepsTheEnd(t *testing.T) {
	t.Parallel()
	complaints := &tail{}
	for i := range 5000 {
		fmt.Fprintf(complaints, "line %d\n", i)
	}
	if len(complaints.text) > stderrLimit || complaints.line() != "line 4999" {
		t.Errorf("%d bytes, %q", len(complaints.text), complaints.line())
	}
	long := &tail{}
	fmt.Fprint(long, strings.Repeat("x", 1000))
	if len(long.line()) != 200 {
		t.Errorf("a line of %d bytes", len(long.line()))
	}
}
