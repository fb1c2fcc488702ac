package relay

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/pause"
)

// Defaults of Config, and what is not worth configuring.
const (
	DefaultBusy = 20 * time.Millisecond
	DefaultIdle = 200 * time.Millisecond

	pace         = 50 * time.Millisecond // between two sends to one queue
	standbyPoll  = time.Second           // between two tries to lead
	pageSize     = 1000                  // events read for work at a time
	sendMost     = 100                   // messages of work behind which the cursor moves
	sendTimeout  = 15 * time.Second      // for those messages
	readTimeout  = 5 * time.Second       // for the head, or a cursor
	firstBackoff = 200 * time.Millisecond
	lastBackoff  = 30 * time.Second
)

// Log is what the relay reads.
type Log interface {
	Head(ctx context.Context) (int64, error)
	ReadPage(ctx context.Context, after int64, limit int, types []string) (eventstore.Page, error)
}

// Route is what one queue is told.
type Route struct {
	Topic string

	// Types are the events that ask for work, and Work is the message for one of them. Without types the queue gets
	// doorbells.
	Types []string
	Work  func(events.Recorded) (*message.Message, error)
}

// Config is what a Relay is made of. Every field without a word about its absence is required.
type Config struct {
	Pool      *pgxpool.Pool // of the application's role; one connection of it is kept while leading
	Log       Log
	LogID     int // which log the doorbells and cursors speak of
	Publisher message.Publisher
	Routes    []Route
	Busy      time.Duration   // between two looks at the head while there is news; 0: DefaultBusy
	Idle      time.Duration   // the longest time between two looks; 0: DefaultIdle
	Wake      <-chan struct{} // says that there is news; nil: nobody does
	Slog      *slog.Logger
}

// Relay publishes while it leads. Make it with New, run it once.
type Relay struct {
	Config
	head    atomic.Int64
	leading atomic.Bool
	queues  []*queue
}

// New makes a Relay. It starts nothing.
func New(c Config) *Relay {
	if c.Busy == 0 {
		c.Busy = DefaultBusy
	}
	if c.Idle == 0 {
		c.Idle = DefaultIdle
	}
	r := &Relay{Config: c}
	for _, route := range c.Routes {
		r.queues = append(r.queues, &queue{
			relay: r, route: route, cursor: cursor{pool: c.Pool, name: "relay:" + route.Topic, log: c.LogID},
			news: make(chan struct{}, 1), log: c.Slog.With(slog.String("topic", route.Topic)),
		})
	}
	return r
}

// Run stands by, leads when it can, and ends with the context.
func (r *Relay) Run(ctx context.Context) error {
	for ctx.Err() == nil {
		r.stand(ctx)
		_ = pause.For(ctx, standbyPoll) // the loop looks at the context
	}
	return nil
}

// stand stands for election, once.
func (r *Relay) stand(ctx context.Context) {
	if err := r.lead(ctx); err != nil && ctx.Err() == nil {
		r.Slog.LogAttrs(ctx, slog.LevelWarn, "relay does not lead", slog.Any("error", err))
	}
}

// term is the work of a leader, until the context ends or something says that somebody else may lead.
func (r *Relay) term(ctx context.Context) error {
	r.Slog.LogAttrs(ctx, slog.LevelInfo, "relay leads")
	r.leading.Store(true)
	defer r.leading.Store(false)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return r.tail(ctx) })
	for _, q := range r.queues {
		group.Go(func() error { return q.run(ctx) })
	}
	return group.Wait()
}

// tail keeps the head up to date and tells the queues when it moves.
func (r *Relay) tail(ctx context.Context) error {
	wait := r.Busy
	for failures := 0; ; {
		head, err := r.look(ctx)
		switch {
		case err != nil:
			if failures++; failures == 1 && ctx.Err() == nil {
				r.Slog.LogAttrs(ctx, slog.LevelError, "relay cannot read the head", slog.Any("error", err))
			}
			wait = r.Idle
		case head > r.head.Load():
			failures, wait = 0, r.Busy
			r.head.Store(head)
			for _, q := range r.queues {
				q.tell()
			}
		default:
			failures, wait = 0, min(2*wait, r.Idle)
		}
		if err := r.rest(ctx, wait); err != nil {
			return err
		}
	}
}

// look reads the head. A connection that hangs must not keep the leader from looking again.
func (r *Relay) look(ctx context.Context) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	return r.Log.Head(ctx)
}

// rest waits; being woken ends it early, but not before Busy has passed.
func (r *Relay) rest(ctx context.Context, wait time.Duration) error {
	if err := pause.For(ctx, r.Busy); err != nil {
		return err
	}
	timer := time.NewTimer(wait - r.Busy)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
	case <-r.Wake:
	}
	return nil
}

// Status is how one queue does, as its leader last saw it.
type Status struct {
	Topic    string
	Position int64  // up to which everything was sent
	Lag      int64  // events between that and the head
	Failures int    // sends in a row that failed
	Err      string // of the last of them
}

// Leading says whether this relay leads; the status of one that does not is old.
func (r *Relay) Leading() bool { return r.leading.Load() }

// Status lists the queues in the order of the routes.
func (r *Relay) Status() []Status {
	list := make([]Status, len(r.queues))
	for i, q := range r.queues {
		list[i] = q.status(r.head.Load())
	}
	return list
}

// trouble is what a queue remembers of its last failures; Status reads it from another goroutine.
type trouble struct {
	mu       sync.Mutex
	failures int
	err      string
}

func (t *trouble) note(err error) (failures int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if err == nil {
		failures, t.failures, t.err = t.failures, 0, ""
		return failures
	}
	t.failures, t.err = t.failures+1, err.Error()
	return t.failures
}
