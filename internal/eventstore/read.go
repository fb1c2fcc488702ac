package eventstore

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// Limits of reading.
const (
	MaxPage         = 20_000 // events of one page; more asked for are cut to it
	MaxStreamEvents = 10_000 // events of one stream that ReadStream loads
)

// ErrHole says that the log does not continue where it must: positions or versions are missing. No reader may step over
// it; an operator has to find out what happened to the table.
var ErrHole = errors.New("the log has a hole")

// ErrStreamTooLong says that a stream has more events than ReadStream loads.
var ErrStreamTooLong = errors.New("stream has too many events")

// EventError names the event that could not be decoded.
type EventError struct {
	Position int64
	Err      error
}

func (e *EventError) Error() string {
	return fmt.Sprintf("event at position %d: %v", e.Position, e.Err)
}

// Unwrap is the cause.
func (e *EventError) Unwrap() error { return e.Err }

// Querier is what reading needs: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Page is a run of the log. Last is the position up to which it was read; it equals the position asked for when nothing
// follows. Personal values are closed.
type Page struct {
	Events []events.Recorded
	Last   int64
}

// readMode has the server plan each read anew: a plan that a session made and kept while the log was small would read
// all of a log that has grown since. Planning costs a tenth of a millisecond.
const readMode = pgx.QueryExecModeCacheDescribe

const streamSQL = `
	SELECT position, stream, version, id, type, schema, data, meta, recorded_at
	FROM events
	WHERE log_id = $1 AND stream = $2
	ORDER BY version
	LIMIT $3`

// The page is cut before it is filtered, so that rows of other types count for contiguity; of those only the position is
// sent.
const pageSQL = `
	SELECT position,
	       CASE WHEN wanted THEN stream END,
	       CASE WHEN wanted THEN version END,
	       CASE WHEN wanted THEN id END,
	       CASE WHEN wanted THEN type END,
	       CASE WHEN wanted THEN schema END,
	       CASE WHEN wanted THEN data END,
	       CASE WHEN wanted AND $5 THEN meta END,
	       CASE WHEN wanted THEN recorded_at END
	FROM (
		SELECT position, stream, version, id, type, schema, data, meta, recorded_at, $4::text[] IS NULL OR type = ANY ($4) AS wanted
		FROM events
		WHERE log_id = $1 AND position > $2
		ORDER BY position
		LIMIT $3
	) page
	ORDER BY position`

// An account's stream is named by its e-mail's digest; so its profile is found by the id, for which the log has an index.
const profilesSQL = `
	SELECT p.position, p.stream, p.version, p.id, p.type, p.schema, p.data, p.meta, p.recorded_at
	FROM unnest($2::text[]) a (id)
	CROSS JOIN LATERAL (
		SELECT *
		FROM events
		WHERE log_id = $1 AND data->>'account_id' = a.id AND position <= $3
			AND type IN ('account.registered', 'account.profile-changed', 'account.erased')
		ORDER BY position DESC
		LIMIT 1
	) p
	WHERE p.type <> 'account.erased'`

// ReadStream returns all events of a stream in order of version; none when there is no such stream.
func (s *Store) ReadStream(ctx context.Context, stream string) ([]events.Recorded, error) {
	rows, err := s.pool.Query(ctx, streamSQL, readMode, s.cfg.Log, stream, MaxStreamEvents+1)
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream, err)
	}
	raws, err := pgx.CollectRows(rows, scanRaw)
	if err != nil {
		return nil, fmt.Errorf("read stream %s: %w", stream, err)
	}
	if len(raws) > MaxStreamEvents {
		return nil, fmt.Errorf("read stream %s: %w: more than %d", stream, ErrStreamTooLong, MaxStreamEvents)
	}
	recorded := make([]events.Recorded, 0, len(raws))
	for i, raw := range raws {
		if raw.Version != int64(i+1) {
			return nil, fmt.Errorf("read stream %s: %w: version %d after %d", stream, ErrHole, raw.Version, i)
		}
		r, err := raw.Decode()
		if err != nil {
			return nil, fmt.Errorf("read stream %s: %w", stream, &EventError{raw.Position, err})
		}
		recorded = append(recorded, r)
	}
	return recorded, nil
}

// ProfilesIn returns, of each account, the newest AccountRegistered or AccountProfileChanged up to and including a
// position; none of accounts that were erased by then or did not exist. Personal values are closed.
func (s *Store) ProfilesIn(ctx context.Context, q Querier, accounts []events.ID, upTo int64) ([]events.Recorded, error) {
	ids := make([]string, len(accounts))
	for i, a := range accounts {
		ids[i] = a.String()
	}
	rows, err := q.Query(ctx, profilesSQL, readMode, s.cfg.Log, ids, upTo)
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	raws, err := pgx.CollectRows(rows, scanRaw)
	if err != nil {
		return nil, fmt.Errorf("read profiles: %w", err)
	}
	profiles := make([]events.Recorded, 0, len(raws))
	for _, raw := range raws {
		r, err := raw.Decode()
		if err != nil {
			return nil, fmt.Errorf("read profiles: %w", &EventError{raw.Position, err})
		}
		profiles = append(profiles, r)
	}
	return profiles, nil
}

// ReadPage returns up to limit events that follow position after, in order; with types given only those of these types,
// out of the next limit ones. An event that cannot be decoded ends the page before it, and is an *EventError when it is
// the first: so a page may be short although more follows, and only one with Last == after is the end.
func (s *Store) ReadPage(ctx context.Context, after int64, limit int, types []string) (Page, error) {
	return s.ReadPageIn(ctx, s.pool, after, limit, types)
}

// ReadPageIn is ReadPage over a connection or transaction of the caller's.
func (s *Store) ReadPageIn(ctx context.Context, q Querier, after int64, limit int, types []string) (Page, error) {
	return s.page(ctx, q, after, limit, types, true)
}

// ReadFactsIn is ReadPageIn for who has no use for metadata: they are neither sent nor looked at, and
// those of the events are zero.
func (s *Store) ReadFactsIn(ctx context.Context, q Querier, after int64, limit int, types []string) (Page, error) {
	return s.page(ctx, q, after, limit, types, false)
}

func (s *Store) page(ctx context.Context, q Querier, after int64, limit int, types []string, metadata bool) (Page, error) {
	rows, err := q.Query(ctx, pageSQL, readMode, s.cfg.Log, after, min(limit, MaxPage), types, metadata)
	if err != nil {
		return Page{}, fmt.Errorf("read after position %d: %w", after, err)
	}
	defer rows.Close()
	page, err := readPage(rows, after)
	if bad, ok := errors.AsType[*EventError](err); ok {
		return Page{}, bad
	}
	if err != nil {
		return Page{}, fmt.Errorf("read after position %d: %w", after, err)
	}
	return page, nil
}

// readPage reads rows up to the end or to an event that cannot be decoded; the rows behind that one still have to be
// contiguous.
func readPage(rows pgx.Rows, after int64) (Page, error) {
	page := Page{Last: after}
	var bad *EventError
	for last := after; rows.Next(); last++ {
		values := rows.RawValues()
		position, wanted, err := positionOf(values)
		if err != nil {
			return Page{}, err
		}
		if position != last+1 {
			return Page{}, fmt.Errorf("%w: position %d after %d", ErrHole, position, last)
		}
		if bad != nil {
			continue
		}
		if wanted {
			raw, err := rawOf(values)
			if err != nil {
				return Page{}, err
			}
			one, err := raw.Decode()
			if err != nil {
				bad = &EventError{position, err}
				continue
			}
			page.Events = append(page.Events, one)
		}
		page.Last = position
	}
	if err := rows.Err(); err != nil {
		return Page{}, err
	}
	if bad != nil && page.Last == after {
		return Page{}, bad
	}
	return page, nil
}

func scanRaw(row pgx.CollectableRow) (events.Raw, error) {
	var r events.Raw
	err := row.Scan(&r.Position, &r.Stream, &r.Version, &r.ID, &r.Type, &r.Schema, &r.Data, &r.Meta, &r.RecordedAt)
	return r, err
}

// Head is the last position of the log; 0 when it is empty.
func (s *Store) Head(ctx context.Context) (int64, error) { return s.HeadIn(ctx, s.pool) }

// HeadIn is Head over a connection or transaction of the caller's.
func (s *Store) HeadIn(ctx context.Context, q Querier) (int64, error) {
	rows, err := q.Query(ctx, "SELECT position FROM heads WHERE log_id = $1", s.cfg.Log)
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	head, err := pgx.CollectExactlyOneRow(rows, pgx.RowTo[int64])
	if err != nil {
		return 0, fmt.Errorf("read head: %w", err)
	}
	return head, nil
}
