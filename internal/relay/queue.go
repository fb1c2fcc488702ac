package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/pause"
)

// queue is one route with its cursor.
type queue struct {
	relay    *Relay
	route    Route
	cursor   cursor
	position atomic.Int64  // of the cursor
	news     chan struct{} // holds one token when the head has moved
	trouble  trouble
	log      *slog.Logger
}

// works says whether the queue gets work and not doorbells.
func (q *queue) works() bool { return len(q.route.Types) > 0 }

func (q *queue) tell() {
	select {
	case q.news <- struct{}{}:
	default:
	}
}

// run sends until the context ends or somebody else has moved the cursor.
func (q *queue) run(ctx context.Context) error {
	loaded := false
	for {
		n, err := 0, error(nil)
		if !loaded {
			err = q.load(ctx)
			loaded = err == nil
		}
		if loaded {
			n, err = q.step(ctx)
		}
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, errMoved):
			return err
		}
		if err := q.after(ctx, n, err); err != nil {
			return err
		}
	}
}

// after waits as long as the outcome of a step asks for.
func (q *queue) after(ctx context.Context, n int, err error) error {
	failures := q.trouble.note(err)
	switch {
	case err != nil:
		if failures == 1 {
			q.log.LogAttrs(ctx, slog.LevelError, "queue falls behind", slog.Any("error", err))
		}
		return pause.For(ctx, backoff(failures))
	case failures > 0:
		q.log.LogAttrs(ctx, slog.LevelInfo, "queue goes on", slog.Int("failures", failures))
	}
	switch {
	case n == pageSize && q.works(): // more may follow
		return nil
	case n > 0:
		return pause.For(ctx, pace)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-q.news:
		return nil
	}
}

// backoff is the wait after the nth failure in a row.
func backoff(n int) time.Duration {
	d := firstBackoff
	for range n - 1 {
		if d *= 2; d >= lastBackoff {
			return lastBackoff
		}
	}
	return d
}

func (q *queue) load(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	position, err := q.cursor.load(ctx)
	if err != nil {
		return err
	}
	q.position.Store(position)
	return nil
}

// step sends what follows the cursor, moves it, and returns how many events it passed: 0 when there is no news.
func (q *queue) step(ctx context.Context) (int, error) {
	from, to := q.position.Load(), q.relay.head.Load()
	if to <= from {
		return 0, nil
	}
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	messages, to, err := q.messages(ctx, from, to)
	if err != nil || to == from {
		return 0, err
	}
	for _, msg := range messages {
		msg.SetContext(ctx)
	}
	if err := q.relay.Publisher.Publish(q.route.Topic, messages...); err != nil {
		return 0, err
	}
	if err := q.cursor.move(ctx, from, to); err != nil {
		return 0, err
	}
	q.position.Store(to)
	return int(to - from), nil
}

// messages are those for the events after from, at most sendMost, and the position up to which they say everything. A
// server that is slow gets them in the time that a send has; were they many more, each try would send the first anew and
// none the last.
func (q *queue) messages(ctx context.Context, from, head int64) (list []*message.Message, to int64, err error) {
	if !q.works() {
		msg, err := bus.Doorbell{Log: q.relay.LogID, From: from + 1, To: head}.Message()
		return []*message.Message{msg}, head, err
	}
	page, err := q.relay.Log.ReadPage(ctx, from, pageSize, q.route.Types)
	if err != nil {
		return nil, 0, err
	}
	for _, r := range page.Events {
		msg, err := q.route.Work(r)
		if err != nil {
			return nil, 0, fmt.Errorf("make work of position %d: %w", r.Position, err)
		}
		if list = append(list, msg); len(list) == sendMost {
			return list, r.Position, nil
		}
	}
	return list, page.Last, nil
}

func (q *queue) status(head int64) Status {
	q.trouble.mu.Lock()
	defer q.trouble.mu.Unlock()
	position := q.position.Load()
	return Status{
		Topic: q.route.Topic, Position: position, Lag: max(0, head-position),
		Failures: q.trouble.failures, Err: q.trouble.err,
	}
}
