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
	MaxPage         = 10_000 // events of one page; more asked for are cut to it
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

const pageSQL = `
	SELECT position, stream, version, id, type, schema, data, meta, recorded_at
	FROM events
	WHERE log_id = $1 AND position > $2
	ORDER BY position
	LIMIT $3`

// The page is cut before it is filtered, so that rows of other types count for contiguity without being sent.
const typedPageSQL = `
	WITH page AS MATERIALIZED (` + pageSQL + `),
	span AS (
		SELECT count(*) AS size, coalesce(max(position), $2) AS last
		FROM page
	)
	SELECT span.size, span.last, page.*
	FROM span
	LEFT JOIN page ON page.type = ANY ($4)
	ORDER BY page.position`

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

// ReadPage returns up to limit events that follow position after, in order; with types given only those of these types,
// out of the next limit ones. An event that cannot be decoded ends the page before it, and is an *EventError when it is
// the first: so a page may be short although more follows, and only one with Last == after is the end.
func (s *Store) ReadPage(ctx context.Context, after int64, limit int, types []string) (Page, error) {
	return s.ReadPageIn(ctx, s.pool, after, limit, types)
}

// ReadPageIn is ReadPage over a connection or transaction of the caller's.
func (s *Store) ReadPageIn(ctx context.Context, q Querier, after int64, limit int, types []string) (Page, error) {
	read := s.readAll
	if types != nil {
		read = s.readTyped
	}
	raws, last, err := read(ctx, q, after, min(limit, MaxPage), types)
	if err != nil {
		return Page{}, fmt.Errorf("read after position %d: %w", after, err)
	}
	return decodePage(raws, after, last)
}

func (s *Store) readAll(ctx context.Context, q Querier, after int64, limit int, _ []string) ([]events.Raw, int64, error) {
	rows, err := q.Query(ctx, pageSQL, readMode, s.cfg.Log, after, limit)
	if err != nil {
		return nil, 0, err
	}
	raws, err := pgx.CollectRows(rows, scanRaw)
	if err != nil {
		return nil, 0, err
	}
	last := after
	for _, raw := range raws {
		if raw.Position != last+1 {
			return nil, 0, fmt.Errorf("%w: position %d after %d", ErrHole, raw.Position, last)
		}
		last = raw.Position
	}
	return raws, last, nil
}

func (s *Store) readTyped(
	ctx context.Context, q Querier, after int64, limit int, types []string,
) (raws []events.Raw, last int64, err error) {
	rows, err := q.Query(ctx, typedPageSQL, readMode, s.cfg.Log, after, limit, types)
	if err != nil {
		return nil, 0, err
	}
	defer rows.Close()
	var size int64
	for rows.Next() {
		raw, matched, err := scanTyped(rows, &size, &last)
		if err != nil {
			return nil, 0, err
		}
		if matched {
			raws = append(raws, raw)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, 0, err
	}
	if size != last-after {
		return nil, 0, fmt.Errorf("%w: %d events from position %d to %d", ErrHole, size, after+1, last)
	}
	return raws, last, nil
}

func scanRaw(row pgx.CollectableRow) (events.Raw, error) {
	var r events.Raw
	err := row.Scan(&r.Position, &r.Stream, &r.Version, &r.ID, &r.Type, &r.Schema, &r.Data, &r.Meta, &r.RecordedAt)
	return r, err
}

// scanTyped reads one row of typedPageSQL; when nothing matched there is one row without an event.
func scanTyped(rows pgx.Rows, size, last *int64) (r events.Raw, matched bool, err error) {
	if rows.RawValues()[2] == nil {
		err = rows.Scan(size, last, nil, nil, nil, nil, nil, nil, nil, nil, nil)
		return r, false, err
	}
	err = rows.Scan(size, last,
		&r.Position, &r.Stream, &r.Version, &r.ID, &r.Type, &r.Schema, &r.Data, &r.Meta, &r.RecordedAt)
	return r, true, err
}

func decodePage(raws []events.Raw, after, last int64) (Page, error) {
	page := Page{Events: make([]events.Recorded, 0, len(raws)), Last: last}
	for _, raw := range raws {
		r, err := raw.Decode()
		if err == nil {
			page.Events = append(page.Events, r)
			continue
		}
		if page.Last = raw.Position - 1; page.Last == after {
			return Page{}, &EventError{raw.Position, err}
		}
		break
	}
	return page, nil
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
