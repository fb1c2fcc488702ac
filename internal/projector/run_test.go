package projector

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// run runs a projector until the returned function is called.
func run(t *testing.T, p *Projector, wake <-chan struct{}) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- p.Run(ctx, wake) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run = %v", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func (b *bench) at(t *testing.T, p *Projector, position int64) func() bool {
	t.Helper()
	return func() bool {
		got, err := p.Position(t.Context())
		return err == nil && got >= position
	}
}

func TestRunWakes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.projector(&tally{}, func(c *Config) { c.Tick = time.Hour })
	wake := make(chan struct{}, 1)
	stop := run(t, p, wake)
	for range 3 {
		position := b.vote(t, 1, 2)
		wake <- struct{}{}
		eventually(t, "the wake-up is heard", b.at(t, p, position))
	}
	stop()
}

// TestRunTicks gets no message at all.
func TestRunTicks(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	p := b.projector(&tally{}, func(c *Config) { c.Tick = 5 * time.Millisecond })
	stop := run(t, p, nil)
	for range 3 {
		eventually(t, "the tick looks", b.at(t, p, b.vote(t, 1)))
	}
	stop()
}

// lines is a log that several goroutines may write and read.
type lines struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lines) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lines) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// TestRunRecovers fails for a while: the failure is logged, wake-ups do not make it spin, and then it goes on.
func TestRunRecovers(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var broken atomic.Bool
	broken.Store(true)
	var logged lines
	p := b.projector(&tally{fail: func(context.Context, pgx.Tx, events.Recorded) error {
		if broken.Load() {
			return errRefused
		}
		return nil
	}}, func(c *Config) {
		c.Log = slog.New(slog.NewTextHandler(&logged, nil))
		c.MaxBackoff = 150 * time.Millisecond
	})
	position := b.vote(t, 1)
	wake := make(chan struct{}, 100)
	for range 100 {
		wake <- struct{}{}
	}
	stop := run(t, p, wake)
	eventually(t, "the failure is seen and tried again", func() bool { return strings.Count(logged.String(), "projection cannot go on") >= 3 })
	if n := len(wake); n < 99 { // the first try may have answered one
		t.Errorf("while it paused, %d wake-ups made it try", 100-n)
	}
	if !strings.Contains(logged.String(), "projection=tally") {
		t.Errorf("the log does not name the projection: %s", logged.String())
	}
	broken.Store(false)
	eventually(t, "it recovers", b.at(t, p, position))
	stop()
}

func TestRunWithoutDatabase(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var logged lines
	p := b.projector(&tally{}, func(c *Config) { c.Log = slog.New(slog.NewTextHandler(&logged, nil)) })
	b.cfg.Pool.Close()
	if _, err := p.Status(t.Context()); err == nil {
		t.Error("Status works without a database")
	}
	if p.Skip(t.Context(), 1) == nil || p.Rebuild(t.Context()) == nil {
		t.Error("works without a database")
	}
	stop := run(t, p, nil)
	eventually(t, "the failure is logged", func() bool { return strings.Contains(logged.String(), "projection cannot go on") })
	stop()
}

// TestRebuildIsInvisible reads the tables while they are rebuilt, and appends meanwhile.
func TestRebuildIsInvisible(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.vote(t, 1, 2, 3, 1, 2, 3, 1)
	wanted := want(1, 2, 3, 1, 2, 3, 1)
	var pages []int64
	p := b.projector(&tally{}, batch(2), func(c *Config) {
		c.OnRebuild = func(position, upTo int64) {
			pages = append(pages, position)
			if upTo != 7 {
				t.Errorf("progress up to %d", upTo)
			}
			if diff := cmp.Diff(wanted, b.rows(t)); diff != "" {
				t.Errorf("readers see (-want +got):\n%s", diff)
			}
			if position == 2 {
				b.vote(t, 2)
			}
		}
	})
	if err := settle(t, p); err != nil {
		t.Fatal(err)
	}
	// Rows that no event explains are gone after it.
	b.mustExec(t, `INSERT INTO tally VALUES ($1, 99, 99)`, [16]byte(video(9)))
	wanted = append(wanted, row{video(9), 99, 99})
	if err := p.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want(1, 2, 3, 1, 2, 3, 1, 2), b.rows(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int64{2, 4, 6, 8}, pages); diff != "" {
		t.Errorf("progress (-want +got):\n%s", diff)
	}
	if n, err := p.Step(t.Context()); n != 0 || err != nil {
		t.Errorf("a step after the rebuild = %d, %v", n, err)
	}
}

func TestFailedRebuildChangesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.vote(t, 1, 2, 3, 1, 2)
	if err := settle(t, b.projector(&tally{})); err != nil {
		t.Fatal(err)
	}
	for _, at := range []int64{1, 4, 5} {
		err := b.projector(&tally{fail: failAt(at, errRefused)}).Rebuild(t.Context())
		if stopped, ok := errors.AsType[*PoisonError](err); !ok || stopped.Position != at || !errors.Is(err, errRefused) {
			t.Errorf("Rebuild = %v", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	err := b.projector(&tally{}, batch(1), func(c *Config) { c.OnRebuild = func(int64, int64) { cancel() } }).Rebuild(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("Rebuild = %v", err)
	}
	if diff := cmp.Diff(want(1, 2, 3, 1, 2), b.rows(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if s, err := b.projector(&tally{}).Status(t.Context()); err != nil || s.Position != 5 || s.Poison != nil {
		t.Errorf("Status = %+v, %v", s, err)
	}
}
