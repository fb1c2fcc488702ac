package transcode

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/command"
)

// diary notes what is reported, and when.
type diary struct {
	mu    sync.Mutex
	start time.Time
	lines []string
	err   error
}

func (d *diary) Set(_ context.Context, _ events.ID, attempt, percent int) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, fmt.Sprintf("%g attempt %d %d%%", time.Since(d.start).Seconds(), attempt, percent))
	return d.err
}

func (d *diary) Forget(context.Context, events.ID) error { return nil }

func reporting(d *diary) *attempt {
	return &attempt{
		Handler: New(Config{Progress: d}), job: command.Job{VideoID: events.ID{1}, Attempt: 3}, log: slog.New(slog.DiscardHandler),
	}
}

func TestReportsAreFewButRegular(t *testing.T) {
	t.Parallel()
	for _, err := range []error{nil, errors.New("database is down")} {
		synctest.Test(t, func(t *testing.T) {
			d := &diary{start: time.Now(), err: err}
			r := reporting(d).report(t.Context())
			synctest.Wait()
			time.Sleep(5 * time.Millisecond) // by synctest's clock, too: so that no tick falls together with a change
			for percent := range 100 {       // one second long
				r.set(percent)
				time.Sleep(10 * time.Millisecond) // all of this by synctest's clock, which waits for nobody
			}
			time.Sleep(20*time.Second + 100*time.Millisecond) // by synctest's clock, and then silence
			r.stop()
			want := []string{
				"0 attempt 3 0%", "0.5 attempt 3 49%", "1 attempt 3 99%", "11 attempt 3 99%", "21 attempt 3 99%",
			}
			if diff := cmp.Diff(want, d.lines); diff != "" {
				t.Error(diff)
			}
			r.stop() // twice does no harm
		})
	}
}

func TestReportsEndWithTheAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		d := &diary{start: time.Now()}
		r := reporting(d).report(ctx)
		synctest.Wait()
		cancel()
		synctest.Wait()
		r.set(50)
		time.Sleep(time.Minute) // by synctest's clock, which waits for nobody
		r.stop()
		if len(d.lines) != 1 {
			t.Errorf("lines %v", d.lines)
		}
	})
}

func TestBetween(t *testing.T) {
	t.Parallel()
	for percent, want := range map[int]int{-5: 5, 0: 5, 50: 50, 100: 95, 900: 95} {
		if got := between(5, 95, percent); got != want {
			t.Errorf("%d%%: %d, want %d", percent, got, want)
		}
	}
}
