// Package command carries a command from the edge to the log: load the stream, fold it, let the aggregate decide, seal
// what is personal, append, and catch up what the asker must see at once.
//
// It holds no rules; they are the aggregates'. A conflict with somebody who was faster is not an error: the command is
// decided anew on what they left, a bounded number of times.
package command

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/rising-stars/showcase/aggregates"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/fault"
)

// maxDecisions is how often a command is decided before the asker is told to come back: each further time somebody
// else was faster on the same stream.
const maxDecisions = 5

// ErrBusy refuses a command that lost every race for its stream.
var ErrBusy = fault.New(fault.Unavailable, "command.busy",
	"Hay demasiada actividad en este momento; inténtalo de nuevo.", "Too much is going on right now; try again.").After(time.Second)

// Log is what commands need of the event store.
type Log interface {
	Append(ctx context.Context, a eventstore.Append) (eventstore.Outcome, error)
	ReadStream(ctx context.Context, stream string) ([]events.Recorded, error)
}

// Vault is what commands need to keep personal values sealed.
type Vault interface {
	NewKey(ctx context.Context, account events.ID) error
	Seal(ctx context.Context, e events.Event) (events.Event, error)
	EmailMAC(normalised string) []byte
}

// CatchUp runs a projection's own step until it has passed a position.
type CatchUp interface {
	CatchUp(ctx context.Context, position int64) error
}

// Config is what a Service is made of. Every field is required.
type Config struct {
	Log       Log
	Vault     Vault
	Accounts  CatchUp // seen by the request after a sign-up
	Gallery   CatchUp // seen by the request after an upload, a delete or a result
	People    People  // finds an account's stream
	Videos    Videos  // facts of a video for a vote
	ContestID events.ID
	Now       func() time.Time
	NewID     func() events.ID // version 7
}

// Service answers commands. It is safe for concurrent use.
type Service struct {
	Config
	facts *facts
}

// New makes a Service. It starts nothing.
func New(c Config) *Service {
	return &Service{Config: c, facts: newFacts(c)}
}

// decided is what became of a command.
type decided struct {
	position int64 // of the last event; 0 when there was nothing left to say
	said     int64 // position of the stream's last event, whenever it was said
}

// run carries one command through. prepare, when given, runs before facts are sealed, such as to make a key.
func run[S aggregates.State[S, E], E events.Event](
	ctx context.Context, s *Service, meta events.Metadata, stream string, c aggregates.Command[S, E], prepare func() error,
) (decided, error) {
	for range maxDecisions {
		state, last, err := load[S, E](ctx, s.Log, stream)
		if err != nil {
			return decided{}, err
		}
		facts, err := c.Decide(state)
		if err != nil || len(facts) == 0 {
			return decided{said: last.Position}, err
		}
		if prepare != nil {
			if err := prepare(); err != nil {
				return decided{}, err
			}
		}
		out, err := appendFacts(ctx, s, meta, stream, last.Version, facts)
		if err != nil {
			return decided{}, err
		}
		if out.Result != eventstore.Conflict {
			return decided{position: out.Position, said: out.Position}, nil
		}
	}
	return decided{}, ErrBusy
}

// load folds a stream, and gives its last event; the zero value of an empty one.
func load[S aggregates.State[S, E], E events.Event](ctx context.Context, log Log, stream string) (state S, last events.Recorded, err error) {
	recorded, err := log.ReadStream(ctx, stream)
	if err != nil {
		return state, last, fmt.Errorf("load %s: %w", stream, err)
	}
	for _, r := range recorded {
		fact, ok := r.Event.(E)
		if !ok {
			return state, last, fmt.Errorf("load %s: %s does not belong to this stream", stream, r.Event.EventType())
		}
		state, last = state.Evolve(fact), r
	}
	return state, last, nil
}

func appendFacts[E events.Event](
	ctx context.Context, s *Service, meta events.Metadata, stream string, version int64, facts []E,
) (eventstore.Outcome, error) {
	a := eventstore.Append{Stream: stream, Expect: version, Meta: meta, Events: make([]eventstore.Pending, 0, len(facts))}
	for _, fact := range facts {
		sealed, err := s.Vault.Seal(ctx, fact)
		if err != nil {
			return eventstore.Outcome{}, fmt.Errorf("seal %s: %w", fact.EventType(), err)
		}
		a.Events = append(a.Events, eventstore.Pending{ID: s.NewID(), Event: sealed})
	}
	out, err := s.Log.Append(ctx, a)
	if err != nil {
		return eventstore.Outcome{}, appendError(stream, err)
	}
	return out, nil
}

// appendError keeps a refusal of the store, such as a full channel, as it is.
func appendError(stream string, err error) error {
	if _, refused := errors.AsType[*fault.Fault](err); refused {
		return err
	}
	return fmt.Errorf("append to %s: %w", stream, err)
}

// catchUp makes a projection pass what was just decided, so that the next request sees it. When there was nothing left to
// say, whoever said it may not have come so far as to catch up.
func catchUp(ctx context.Context, p CatchUp, d decided) error {
	if d.said == 0 {
		return nil
	}
	if err := p.CatchUp(ctx, d.said); err != nil {
		return fmt.Errorf("catch up to %d: %w", d.said, err)
	}
	return nil
}
