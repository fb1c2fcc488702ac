package audit

import (
	"context"
	"encoding/binary"
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

	Addresses bool // whether ballots come with their address digests, which costs
}

// countTypes are the facts that a count reads. Others cannot change it and are left on the server.
var countTypes = []string{
	events.AccountRegistered{}.EventType(), events.AccountProfileChanged{}.EventType(), events.AccountErased{}.EventType(),
	events.VideoSubmitted{}.EventType(), events.VideoPublished{}.EventType(), events.VideoWithdrawn{}.EventType(),
	events.VideoDeleted{}.EventType(),
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
				lines, err := r.chunkAgain(ctx, from, min(from+chunkSize, upTo), sink.Addresses)
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
func (r Reader) chunkAgain(ctx context.Context, from, to int64, addresses bool) ([]line, error) {
	for attempt := 1; ; attempt++ {
		lines, err := r.chunk(ctx, from, to, addresses)
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
	return !ok && !errors.Is(err, eventstore.ErrHole) && !errors.Is(err, errSchema) && !errors.Is(err, errStream) && !errors.Is(err, errRow) || ok && (pg.Code[:2] == "57" || pg.Code[:2] == "08")
}

var errSchema = errors.New("a ballot of a schema version that this program does not know")

// Ballots are read in short: their streams are made of both ids, and cost the server a quarter of what JSON does. Verify
// holds the streams to the facts.
const (
	ballotsSQL = `
	SELECT position, recorded_at, id, schema, stream, CASE WHEN $4 THEN coalesce(meta->>'address', '') ELSE '' END
	FROM events
	WHERE log_id = $1 AND position > $2 AND position <= $3 AND type = 'ballot.cast'
	ORDER BY position`
	factsSQL = `
	SELECT position, recorded_at, id, schema, type, data
	FROM events
	WHERE log_id = $1 AND position > $2 AND position <= $3 AND type <> 'ballot.cast' AND type = ANY ($4)
	ORDER BY position`
)

// chunk reads a stretch: what is not a ballot first, and then the ballots in between.
func (r Reader) chunk(ctx context.Context, from, to int64, addresses bool) ([]line, error) {
	facts, err := r.facts(ctx, from, to)
	if err != nil {
		return nil, fmt.Errorf("read after position %d: %w", from, err)
	}
	rows, err := r.Pool.Query(ctx, ballotsSQL, mode, r.Store.Log(), from, to, addresses)
	if err != nil {
		return nil, fmt.Errorf("read after position %d: %w", from, err)
	}
	defer rows.Close()
	lines := make([]line, 0, to-from)
	for rows.Next() {
		var b analysis.Ballot
		if err := scanBallot(rows.RawValues(), &b); err != nil {
			return nil, err
		}
		for len(facts) > 0 && facts[0].Position < b.Position {
			lines = append(lines, line{raw: facts[0]})
			facts = facts[1:]
		}
		lines = append(lines, line{ballot: b})
	}
	for _, f := range facts {
		lines = append(lines, line{raw: f})
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("read after position %d: %w", from, err)
	}
	return lines, nil
}

func (r Reader) facts(ctx context.Context, from, to int64) ([]*events.Raw, error) {
	rows, err := r.Pool.Query(ctx, factsSQL, mode, r.Store.Log(), from, to, countTypes)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (*events.Raw, error) {
		e := &events.Raw{Meta: []byte(`{}`)}
		err := row.Scan(&e.Position, &e.RecordedAt, &e.ID, &e.Schema, &e.Type, &e.Data)
		return e, err
	})
}

var (
	errRow    = errors.New("a row has another shape than the table")
	errStream = errors.New("a ballot whose stream does not name its voter and video")
)

// epoch is PostgreSQL's.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// ballotPrefix begins the stream of a ballot; two ids follow, with a dash between them.
const (
	ballotPrefix = "ballot-"
	idLength     = 36
)

// scanBallot reads a row in the server's binary format: there are many millions.
func scanBallot(v [][]byte, b *analysis.Ballot) error {
	if len(v) != 6 || len(v[0]) != 8 || len(v[1]) != 8 || len(v[2]) != 16 || len(v[3]) != 2 {
		return errRow
	}
	b.Position = int64(binary.BigEndian.Uint64(v[0]))
	b.At = epoch.Add(time.Duration(binary.BigEndian.Uint64(v[1])) * time.Microsecond)
	b.ID = events.ID(v[2])
	if binary.BigEndian.Uint16(v[3]) != 1 {
		return &eventstore.EventError{Position: b.Position, Err: errSchema}
	}
	stream := v[4]
	if len(stream) != len(ballotPrefix)+2*idLength+1 || string(stream[:len(ballotPrefix)]) != ballotPrefix {
		return &eventstore.EventError{Position: b.Position, Err: errStream}
	}
	ids := stream[len(ballotPrefix):]
	if !parseID(ids[:idLength], &b.Voter) || !parseID(ids[idLength+1:], &b.Video) {
		return &eventstore.EventError{Position: b.Position, Err: errStream}
	}
	b.Address = string(v[5])
	return nil
}

// parseID reads the usual form of an id, in small letters, as the log has it.
func parseID(text []byte, id *events.ID) bool {
	if text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-' {
		return false
	}
	n := 0
	for i := 0; i < idLength; {
		if text[i] == '-' {
			i++
			continue
		}
		high, low := hexDigits[text[i]], hexDigits[text[i+1]]
		if high|low > 15 || n == len(id) {
			return false
		}
		id[n] = high<<4 | low
		n, i = n+1, i+2
	}
	return n == len(id)
}

// hexDigits is the value of each digit; 255 for what is none.
var hexDigits = func() (t [256]byte) {
	for i := range t {
		t[i] = 255
	}
	for i, c := range []byte("0123456789abcdef") {
		t[c] = byte(i)
	}
	return t
}()

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
	sink := Sink{Ballot: c.Ballot, Fact: c.Fact, Progress: progress, Addresses: rule.NeedsAddresses()}
	if err := r.Each(ctx, upTo, sink); err != nil {
		return analysis.Result{}, err
	}
	result := c.Result()
	result.Position = upTo
	return result, nil
}
