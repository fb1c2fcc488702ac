package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/eventstore"
)

// Limits of reading a whole log.
const (
	chunkSize   = 25_000 // positions of one query
	readAhead   = 2      // queries at a time
	maxAttempts = 5      // at one chunk, when the connection is lost
	retryPause  = 500 * time.Millisecond
)

// Sink takes a log in order: ballots in the short form, any other fact that counts in the long one. A ballot may be
// changed by the sink and is not used again.
type Sink struct {
	Ballot   func(*analysis.Ballot)
	Fact     func(events.Recorded) // may be nil
	Progress func(position, upTo int64)
}

// countTypes are the facts that a count reads. Others cannot change it and are left on the server.
var countTypes = []string{
	events.AccountRegistered{}.EventType(), events.AccountProfileChanged{}.EventType(), events.AccountErased{}.EventType(),
	events.VideoSubmitted{}.EventType(), events.VideoPublished{}.EventType(), events.VideoWithdrawn{}.EventType(),
	events.VideoDeleted{}.EventType(), events.BallotCast{}.EventType(),
	events.ContestCreated{}.EventType(), events.ContestChanged{}.EventType(),
}

// Each reads the log up to a position into a sink. A lost connection is made again where it broke off.
func (r Reader) Each(ctx context.Context, upTo int64, sink Sink) error {
	g, ctx := errgroup.WithContext(ctx)
	chunks := make(chan chan []line, readAhead)
	g.Go(func() error {
		defer close(chunks)
		for from := int64(0); from < upTo; from += chunkSize {
			out := make(chan []line, 1)
			select {
			case chunks <- out:
			case <-ctx.Done():
				return ctx.Err()
			}
			g.Go(func() error {
				lines, err := r.chunkAgain(ctx, from, min(from+chunkSize, upTo))
				out <- lines
				return err
			})
		}
		return nil
	})
	g.Go(func() error {
		done := int64(0)
		for out := range chunks {
			var lines []line
			select {
			case lines = <-out:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := sink.take(lines); err != nil {
				return err
			}
			if done = min(done+chunkSize, upTo); sink.Progress != nil {
				sink.Progress(done, upTo)
			}
		}
		return nil
	})
	return g.Wait()
}

// line is a row as it was read: a ballot, or the raw form of another fact.
type line struct {
	ballot analysis.Ballot
	raw    *events.Raw
}

func (s Sink) take(lines []line) error {
	for i := range lines {
		if lines[i].raw == nil {
			s.Ballot(&lines[i].ballot)
			continue
		}
		if s.Fact == nil {
			continue
		}
		one, err := lines[i].raw.Decode()
		if err != nil {
			return &eventstore.EventError{Position: lines[i].raw.Position, Err: err}
		}
		s.Fact(one)
	}
	return nil
}

// chunkAgain is chunk, tried again while the server cannot be reached.
func (r Reader) chunkAgain(ctx context.Context, from, to int64) ([]line, error) {
	for attempt := 1; ; attempt++ {
		lines, err := r.chunk(ctx, from, to)
		if err == nil || attempt == maxAttempts || !isLost(err) || ctx.Err() != nil {
			return lines, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(retryPause << attempt):
		}
	}
}

// isLost reports whether an error comes from the way to the server, or from one that is going or coming.
func isLost(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)
	return !ok && !errors.Is(err, eventstore.ErrHole) && !errors.Is(err, errSchema) || ok && (pg.Code[:2] == "57" || pg.Code[:2] == "08")
}

var errSchema = errors.New("a ballot of a schema version that this program does not know")

const chunkSQL = `
	SELECT position, recorded_at, id, schema,
	       CASE WHEN type = 'ballot.cast' THEN (data->>'voter_id')::uuid END,
	       CASE WHEN type = 'ballot.cast' THEN (data->>'video_id')::uuid END,
	       CASE WHEN type = 'ballot.cast' THEN coalesce(meta->>'address', '') END,
	       type, CASE WHEN type <> 'ballot.cast' THEN data END
	FROM events
	WHERE log_id = $1 AND position > $2 AND position <= $3 AND type = ANY ($4)
	ORDER BY position`

func (r Reader) chunk(ctx context.Context, from, to int64) ([]line, error) {
	rows, err := r.Pool.Query(ctx, chunkSQL, mode, r.Store.Log(), from, to, countTypes)
	if err != nil {
		return nil, fmt.Errorf("read after position %d: %w", from, err)
	}
	lines := make([]line, 0, to-from)
	var schema int
	var voter, video *events.ID
	var address *string
	var raw events.Raw
	var at time.Time
	_, err = pgx.ForEachRow(rows, []any{&raw.Position, &at, &raw.ID, &schema, &voter, &video, &address, &raw.Type, &raw.Data}, func() error {
		if voter == nil {
			one := raw
			one.Schema, one.RecordedAt, one.Meta = schema, at, []byte(`{}`)
			raw.Data = nil
			lines = append(lines, line{raw: &one})
			return nil
		}
		if schema != 1 {
			return &eventstore.EventError{Position: raw.Position, Err: errSchema}
		}
		lines = append(lines, line{ballot: analysis.Ballot{
			Position: raw.Position, At: at, ID: raw.ID, Voter: *voter, Video: *video, Address: *address,
		}})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read after position %d: %w", from, err)
	}
	return lines, nil
}

// Acts are the facts of the ledger up to a position.
func (r Reader) Acts(ctx context.Context, upTo int64) ([]events.Recorded, error) {
	recorded, err := r.Store.ReadStream(ctx, events.LedgerStream(r.Contest))
	if err != nil {
		return nil, err
	}
	for i, one := range recorded {
		if one.Position > upTo {
			return recorded[:i], nil
		}
	}
	return recorded, nil
}

// Void are the positions of the ballots that do not count as of a position.
func (r Reader) Void(ctx context.Context, upTo int64) (map[int64]bool, error) {
	acts, err := r.Acts(ctx, upTo)
	if err != nil {
		return nil, err
	}
	facts := make([]events.Ledger, 0, len(acts))
	for _, act := range acts {
		if f, ok := act.Event.(events.Ledger); ok {
			facts = append(facts, f)
		}
	}
	return analysis.Void(facts), nil
}

// Recount counts the log up to a position under a rule, ballot by ballot. onRemove, which may be nil, is told of the
// ballots that the rule leaves out.
func (r Reader) Recount(
	ctx context.Context, upTo int64, rule analysis.Rule, onRemove func(*analysis.Ballot), progress func(position, upTo int64),
) (analysis.Result, error) {
	void, err := r.Void(ctx, upTo)
	if err != nil {
		return analysis.Result{}, err
	}
	var bursts *analysis.Bursts
	if rule.NeedsBursts() {
		bursts = analysis.NewBursts()
		err := r.Each(ctx, upTo, Sink{Ballot: func(b *analysis.Ballot) { bursts.Add(b.Video, b.At) }, Progress: progress})
		if err != nil {
			return analysis.Result{}, err
		}
	}
	c := analysis.NewCount(rule, void, bursts, onRemove)
	if err := r.Each(ctx, upTo, Sink{Ballot: c.Ballot, Fact: c.Fact, Progress: progress}); err != nil {
		return analysis.Result{}, err
	}
	result := c.Result()
	result.Position = upTo
	return result, nil
}
