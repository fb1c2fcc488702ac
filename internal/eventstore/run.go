package eventstore

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/internal/pause"
)

// Run sends what Append puts on the channel until ctx ends; then it sends what is waiting, for at most the configured
// timeout, and returns nil. It may be called once. It keeps one connection of the pool, and a second one under load.
func (s *Store) Run(ctx context.Context) error {
	defer close(s.stopped)
	work, cancel := withGrace(ctx, s.cfg.Timeout)
	defer cancel()
	var helper sync.WaitGroup
	helper.Go(func() { s.help(ctx, work) })
	defer helper.Wait()

	f := &flusher{pool: s.pool, cfg: s.cfg}
	defer f.release()
	g := newGatherer(s.queue, s.cfg)
	for ctx.Err() == nil {
		var first *item
		if len(g.held) == 0 {
			select {
			case first = <-s.queue:
			case <-ctx.Done():
			}
		}
		letCallersIn(s.queue)
		f.flush(work, g.gather(first))
	}
	close(s.closing)
	f.flushAll(work, g)
	return nil
}

// letCallersIn gives way to goroutines that are ready to run, as long as they add to the queue: callers that were answered
// together come back together, and would otherwise find that a batch with the first of them has just left. Nothing waits
// here; a caller that is alone is sent at once.
func letCallersIn(queue <-chan *item) {
	for range maxYields {
		before := len(queue)
		runtime.Gosched()
		if len(queue) == before {
			return
		}
	}
}

// help is a second flusher that works while many items wait: it prepares and sends a batch while the first one's commits,
// and the server's lock puts the two in order. With few items it would only make batches smaller.
func (s *Store) help(ctx, work context.Context) {
	f := &flusher{pool: s.pool, cfg: s.cfg}
	defer f.release()
	g := newGatherer(s.queue, s.cfg)
	for {
		select {
		case <-s.pressure:
		case <-ctx.Done():
			return
		}
		f.flush(work, g.gather(nil))
		for len(g.held) > 0 {
			f.flush(work, g.gather(nil))
		}
	}
}

// withGrace is a context that ends a while after ctx does.
func withGrace(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() { time.AfterFunc(grace, cancel) })
	return work, func() { stop(); cancel() }
}

// flusher sends batches over a connection that it keeps while it works, so that readers who exhaust the pool do not
// stop the appends.
type flusher struct {
	pool *pgxpool.Pool
	cfg  Config
	conn *pgxpool.Conn
	cols columns
}

// flushAll sends everything that waits now.
func (f *flusher) flushAll(ctx context.Context, g *gatherer) {
	for batch := g.gather(nil); len(batch) > 0 || len(g.held) > 0; batch = g.gather(nil) {
		f.flush(ctx, batch)
	}
}

// flush sends a batch and answers each of its items.
func (f *flusher) flush(ctx context.Context, batch []*item) {
	if len(batch) == 0 {
		return
	}
	outcomes, err := f.sendUntilKnown(ctx, batch)
	switch {
	case err == nil:
		for i, it := range batch {
			it.answer(outcomes[i], nil)
		}
	case len(batch) > 1 && isData(err):
		half := len(batch) / 2
		f.flush(ctx, batch[:half])
		f.flush(ctx, batch[half:])
	default:
		for _, it := range batch {
			it.answer(Outcome{}, err)
		}
	}
}

// sendUntilKnown sends a batch again, with the same ids, as long as its outcome is unknown and attempts are left.
func (f *flusher) sendUntilKnown(ctx context.Context, batch []*item) ([]Outcome, error) {
	backoff := firstBackoff
	for attempt := 1; ; attempt++ {
		outcomes, err := f.send(ctx, batch)
		if err == nil || !isTransient(err) {
			return outcomes, err
		}
		f.release()
		if attempt >= f.cfg.Attempts || pause.For(ctx, backoff) != nil {
			return nil, fmt.Errorf("append %d items: %w: %w", len(batch), ErrUnavailable, err)
		}
		backoff = min(2*backoff, lastBackoff)
	}
}

func (f *flusher) send(ctx context.Context, batch []*item) (outcomes []Outcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, f.cfg.Timeout)
	defer cancel()
	if f.conn == nil {
		if f.conn, err = f.pool.Acquire(ctx); err != nil {
			return nil, fmt.Errorf("connect: %w", err)
		}
	}
	return f.cols.call(ctx, f.conn, f.cfg.Log, batch)
}

// release gives the connection back; the pool closes it when it is broken.
func (f *flusher) release() {
	if f.conn != nil {
		f.conn.Release()
		f.conn = nil
	}
}
