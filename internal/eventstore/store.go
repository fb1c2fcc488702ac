package eventstore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// What an append may expect of its stream besides a version.
const (
	NoStream   int64 = 0  // the stream does not exist yet
	AnyVersion int64 = -1 // whatever is there
)

// Limits of one item and of a stream's name.
const (
	MaxItemEvents  = 100
	MaxStreamBytes = 200
)

// Defaults of Config.
const (
	DefaultQueue      = 4096
	DefaultBatchItems = 1000
	DefaultBatchBytes = 1 << 20
	DefaultAttempts   = 5
	DefaultTimeout    = 10 * time.Second
)

// helpAt is how many items must wait for a second batch to be sent while one is on its way.
const helpAt = 64

// maxYields bounds how often a batch lets callers in before it leaves.
const maxYields = 4

const (
	retryAfter   = time.Second
	firstBackoff = 50 * time.Millisecond
	lastBackoff  = time.Second
)

// ErrBusy refuses an append because too many are waiting, or because the store is shutting down. Nothing was written.
var ErrBusy = fault.New(fault.Unavailable, "store.busy",
	"El servicio está ocupado; inténtalo de nuevo en un momento.",
	"The service is busy; try again in a moment.").After(retryAfter)

// ErrUnavailable gives an append up because the database could not be reached. It may have been written; the same
// event ids sent again find out.
var ErrUnavailable = fault.New(fault.Unavailable, "store.unavailable",
	"El servicio no está disponible; inténtalo de nuevo en un momento.",
	"The service is not available; try again in a moment.").After(retryAfter)

// ErrItem says that an append breaks a limit or is not well-formed; it is a programming error.
var ErrItem = errors.New("append is not well-formed")

// Pending is an event to be appended; its personal values are sealed already. An ID that is in the log is not appended
// again, so that a command can be repeated when it makes the same ids.
type Pending struct {
	ID    events.ID
	Event events.Event
}

// Append is one item: events for one stream, written all or not at all.
type Append struct {
	Stream string
	Expect int64 // version that the stream must have: NoStream, AnyVersion or a version
	Events []Pending
	Meta   events.Metadata
}

// Result says what became of an item.
type Result uint8

// The results. Only Conflict means that the item is not in the log.
const (
	Appended  Result = iota // written now
	Duplicate               // at least one of its ids was in the log already; nothing was written now
	Conflict                // the stream is not at the expected version; nothing was written
)

// String is the result's name.
func (r Result) String() string {
	switch r {
	case Appended:
		return "appended"
	case Duplicate:
		return "duplicate"
	case Conflict:
		return "conflict"
	}
	return fmt.Sprintf("result(%d)", uint8(r))
}

// Outcome is an item's answer. Version and Position are those of its last event; of a Conflict, Version is the stream's
// and Position is 0.
type Outcome struct {
	Result            Result
	Version, Position int64
}

// Config sets a store's limits. The zero value of a field means its default.
type Config struct {
	Log        int16         // which log; default 1
	Queue      int           // items that may wait; more are refused with ErrBusy
	BatchItems int           // most items in one call of the server
	BatchBytes int           // most bytes of data and metadata in one call of the server, and in one item
	Attempts   int           // how often a batch is sent before it is given up
	Timeout    time.Duration // of one attempt, and of sending what is waiting at shutdown
}

func (c Config) withDefaults() Config {
	c.Log = orDefault(c.Log, 1)
	c.Queue = orDefault(c.Queue, DefaultQueue)
	c.BatchItems = orDefault(c.BatchItems, DefaultBatchItems)
	c.BatchBytes = orDefault(c.BatchBytes, DefaultBatchBytes)
	c.Attempts = orDefault(c.Attempts, DefaultAttempts)
	c.Timeout = orDefault(c.Timeout, DefaultTimeout)
	return c
}

func orDefault[T int | int16 | time.Duration](v, fallback T) T {
	if v == 0 {
		return fallback
	}
	return v
}

// Store reads and appends one log. Its methods may be called by any number of goroutines; Append answers only while
// Run runs.
type Store struct {
	pool     *pgxpool.Pool
	cfg      Config
	queue    chan *item
	pressure chan struct{} // rings when many wait; holds one ring
	closing  chan struct{} // closed when Run was told to stop
	stopped  chan struct{} // closed when Run has ended
}

// New makes a store on a pool of the application's role. It starts nothing.
func New(pool *pgxpool.Pool, cfg Config) *Store {
	cfg = cfg.withDefaults()
	return &Store{
		pool:     pool,
		cfg:      cfg,
		queue:    make(chan *item, cfg.Queue),
		pressure: make(chan struct{}, 1),
		closing:  make(chan struct{}),
		stopped:  make(chan struct{}),
	}
}

// Log is the number of the store's log.
func (s *Store) Log() int16 { return s.cfg.Log }

// Waiting is how many items wait to be sent, which says how far the store is from refusing more.
func (s *Store) Waiting() int { return len(s.queue) }

// Append writes an item together with whatever else is on its way. Refusals are ErrBusy and ErrUnavailable; Duplicate
// and Conflict are outcomes, not errors. When ctx ends first, its error is returned and the outcome is unknown.
func (s *Store) Append(ctx context.Context, a Append) (Outcome, error) {
	it, err := s.encode(ctx, a)
	if err != nil {
		return Outcome{}, err
	}
	select {
	case <-s.closing:
		return Outcome{}, ErrBusy
	default:
	}
	select {
	case s.queue <- it:
	default:
		return Outcome{}, ErrBusy
	}
	if len(s.queue) >= helpAt {
		select {
		case s.pressure <- struct{}{}:
		default:
		}
	}
	select {
	case r := <-it.done:
		return r.outcome, r.err
	case <-ctx.Done():
		return Outcome{}, ctx.Err()
	case <-s.stopped:
		return it.lastWord()
	}
}
