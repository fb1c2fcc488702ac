package transcode

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"
)

// reportEvery is the shortest time between two reports, and aliveEvery the longest.
const (
	reportEvery = 500 * time.Millisecond
	aliveEvery  = 10 * time.Second
)

// What of the whole is done when the original is there, and when the outputs are made.
const (
	percentFetched   = 5
	percentProcessed = 95
)

// between is percent of the way from one to another.
func between(from, to, percent int) int { return from + (to-from)*min(max(percent, 0), 100)/100 }

// reporter tells Progress how far an attempt is, from a goroutine of its own, so that a slow database does not slow the
// pipeline.
type reporter struct {
	percent atomic.Int32
	once    sync.Once
	quit    chan struct{}
	done    chan struct{}
}

// report starts a reporter; stop ends it and waits.
func (a *attempt) report(ctx context.Context) *reporter {
	r := &reporter{quit: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(r.done)
		r.run(ctx, a)
	}()
	return r
}

func (r *reporter) set(percent int) { r.percent.Store(int32(percent)) }

func (r *reporter) stop() {
	r.once.Do(func() { close(r.quit) })
	<-r.done
}

func (r *reporter) run(ctx context.Context, a *attempt) {
	tick := time.NewTicker(reportEvery)
	defer tick.Stop()
	told, silent := int32(-1), time.Duration(0)
	for {
		if now := r.percent.Load(); now != told || silent >= aliveEvery {
			if err := a.Progress.Set(ctx, a.job.VideoID, a.job.Attempt, int(now)); err != nil && told < 0 && ctx.Err() == nil {
				a.log.LogAttrs(ctx, slog.LevelWarn, "progress not told", slog.Any("error", err))
			}
			told, silent = now, 0
		}
		select {
		case <-r.quit:
			return
		case <-ctx.Done():
			return
		case <-tick.C:
			silent += reportEvery
		}
	}
}
