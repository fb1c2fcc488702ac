package drain_test

import (
	"context"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.uber.org/goleak"

	"github.com/rising-stars/showcase/internal/drain"
	"github.com/rising-stars/showcase/internal/drain/draintest"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction("internal/poll.runtime_pollWait"))
}

const (
	patience = 20 * time.Second
	quiet    = 150 * time.Millisecond
)

// worker is a guard whose work is to wait for its context and for the jobs that the test holds.
type worker struct {
	*drain.Guard
	began, stopped chan struct{}
	finish         chan struct{} // closed when work may end
	done           chan error
	once           sync.Once
	cancel         context.CancelFunc
}

func start(t *testing.T, cloud *draintest.Cloud, set func(*drain.Config)) *worker {
	t.Helper()
	aws, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("us-east-1"), config.WithBaseEndpoint(cloud.Scaling),
		config.WithEC2IMDSEndpoint(cloud.Metadata), config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("k", "s", "")))
	if err != nil {
		t.Fatal(err)
	}
	cfg := drain.Config{
		AWS: aws, Group: draintest.Group, Hook: draintest.Hook, Log: slog.New(slog.DiscardHandler),
		Poll: 5 * time.Millisecond, Quiet: quiet, Heartbeat: 10 * time.Millisecond,
	}
	if set != nil {
		set(&cfg)
	}
	w := &worker{
		Guard: drain.New(cfg), began: make(chan struct{}), stopped: make(chan struct{}), finish: make(chan struct{}), done: make(chan error, 1),
	}
	ctx, cancel := context.WithCancel(t.Context())
	w.cancel = cancel
	go func() {
		w.done <- w.Run(ctx, func(ctx context.Context) error {
			close(w.began)
			<-ctx.Done()
			close(w.stopped)
			<-w.finish
			return nil
		})
	}()
	t.Cleanup(func() {
		cancel()
		w.end()
		select {
		case <-w.done:
		case <-time.After(patience):
			t.Error("it goes on")
		}
	})
	return w
}

// end lets work end.
func (w *worker) end() { w.once.Do(func() { close(w.finish) }) }

func await(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !holds(); <-time.After(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func closed(c <-chan struct{}) func() bool {
	return func() bool {
		select {
		case <-c:
			return true
		default:
			return false
		}
	}
}

func last(calls []string) string {
	if len(calls) == 0 {
		return ""
	}
	return calls[len(calls)-1]
}

func TestABusyInstanceIsProtected(t *testing.T) {
	t.Parallel()
	cloud := draintest.New(t)
	w := start(t, cloud, func(c *drain.Config) { c.Quiet = time.Hour })
	await(t, "set right at the start", func() bool { return slices.Equal(cloud.Calls(), []string{"protect false"}) })
	one, two := w.Hold(), w.Hold()
	await(t, "protected", func() bool { return last(cloud.Calls()) == "protect true" })
	one()
	one() // twice is once
	two()
	three := w.Hold() // within the quiet time
	three()
	w.cancel()
	w.end()
	await(t, "free again", func() bool { return len(cloud.Calls()) > 2 })
	if calls := cloud.Calls(); !slices.Equal(calls, []string{"protect false", "protect true", "protect false"}) {
		t.Errorf("asked for every job: %v", calls)
	}
}

func TestProtectionEndsWhenNothingHasRunForAWhile(t *testing.T) {
	t.Parallel()
	cloud := draintest.New(t)
	w := start(t, cloud, nil)
	await(t, "working", closed(w.began))
	release := w.Hold()
	await(t, "protected", func() bool { return last(cloud.Calls()) == "protect true" })
	released := time.Now()
	release()
	await(t, "free again", func() bool { return last(cloud.Calls()) == "protect false" })
	if after := time.Since(released); after < quiet {
		t.Errorf("free after %v", after)
	}
	if closed(w.stopped)() {
		t.Error("work was stopped")
	}
}

func TestALeavingInstanceEndsItsJobs(t *testing.T) {
	t.Parallel()
	cloud := draintest.New(t)
	w := start(t, cloud, nil)
	await(t, "working", closed(w.began))
	release := w.Hold()
	await(t, "protected", func() bool { return last(cloud.Calls()) == "protect true" })
	cloud.SetState("Terminated")
	await(t, "no more jobs are taken", closed(w.stopped))
	await(t, "signs of life", func() bool { return last(cloud.Calls()) == "heartbeat" })
	if slices.Contains(cloud.Calls(), "complete CONTINUE") {
		t.Error("it may go although a job runs")
	}
	release()
	w.end()
	await(t, "it may go", func() bool { return last(cloud.Calls()) == "complete CONTINUE" })
	if len(w.done) > 0 {
		t.Error("it does not wait for the end of the machine, so that it would be started again")
	}
}

func TestAWorkerThatIsStartedAgainOnALeavingInstanceTakesNothing(t *testing.T) {
	t.Parallel()
	cloud := draintest.New(t)
	cloud.SetState("Terminated")
	w := start(t, cloud, nil)
	await(t, "it may go", func() bool { return last(cloud.Calls()) == "complete CONTINUE" })
	if closed(w.began)() {
		t.Error("it took jobs")
	}
}

func TestToldToStopItTakesProtectionBack(t *testing.T) {
	t.Parallel()
	cloud := draintest.New(t)
	w := start(t, cloud, nil)
	await(t, "working", closed(w.began))
	release := w.Hold()
	await(t, "protected", func() bool { return last(cloud.Calls()) == "protect true" })
	w.cancel()
	await(t, "no more jobs are taken", closed(w.stopped))
	if last(cloud.Calls()) != "protect true" {
		t.Error("protection was taken back while the job runs")
	}
	release()
	w.end()
	await(t, "free", func() bool { return last(cloud.Calls()) == "protect false" })
}

func TestTroubleWithAutoScalingStopsNoJob(t *testing.T) {
	t.Parallel()
	cloud := draintest.New(t)
	cloud.SetDown(true)
	w := start(t, cloud, nil)
	await(t, "working", closed(w.began))
	release := w.Hold()
	defer release()
	if closed(w.stopped)() {
		t.Error("work was stopped")
	}
	cloud.SetDown(false)
	await(t, "protected after all", func() bool { return last(cloud.Calls()) == "protect true" })
}

func TestAGroupWithoutAHook(t *testing.T) {
	t.Parallel()
	cloud := draintest.New(t)
	w := start(t, cloud, func(c *drain.Config) { c.Hook = "" })
	await(t, "working", closed(w.began))
	cloud.SetState("Terminated")
	await(t, "no more jobs are taken", closed(w.stopped))
	w.end()
	if slices.ContainsFunc(cloud.Calls(), func(c string) bool { return c != "protect false" }) {
		t.Errorf("it spoke of a hook: %v", cloud.Calls())
	}
}
