// Package audit reads the log for analysts: the ranking at any moment, every ballot again, digests and seals. It writes
// nothing but seals, and does not trust what the live projector stored where it says that it checks it.
package audit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/vault"
)

// Reader reads a log. Store and Pool are needed; without a Vault names stay closed.
type Reader struct {
	Pool    *pgxpool.Pool
	Store   *eventstore.Store
	Vault   *vault.Vault
	Contest events.ID
}

// Refusals of a moment that the log does not have.
var (
	ErrBeforeLog = errors.New("before the first event of the log")
	ErrBeyond    = errors.New("beyond the head of the log")
)

// mode has the server plan each statement anew; see eventstore.
const mode = pgx.QueryExecModeCacheDescribe

// PositionAt is the last position recorded at or before a moment. The search goes by the key: positions and times grow
// together.
func (r Reader) PositionAt(ctx context.Context, at time.Time) (int64, error) {
	var found int64
	err := r.Pool.QueryRow(ctx, `
		WITH RECURSIVE search (low, high) AS (
			SELECT 0::bigint, position FROM heads WHERE log_id = $1
			UNION ALL
			SELECT CASE WHEN e.recorded_at <= $2 THEN m.middle ELSE s.low END,
			       CASE WHEN e.recorded_at <= $2 THEN s.high ELSE m.middle - 1 END
			FROM search s
			CROSS JOIN LATERAL (SELECT (s.low + s.high + 1) / 2) m (middle)
			CROSS JOIN LATERAL (SELECT recorded_at FROM events WHERE log_id = $1 AND position = m.middle) e
			WHERE s.low < s.high
		)
		SELECT low FROM search WHERE low = high`, mode, r.Store.Log(), at).Scan(&found)
	if err != nil {
		return 0, fmt.Errorf("find the position at %s: %w", at.Format(time.RFC3339), err)
	}
	if found == 0 {
		return 0, fmt.Errorf("%s is %w", at.Format(time.RFC3339), ErrBeforeLog)
	}
	return found, nil
}

// CheckPosition refuses a position that the log does not have.
func (r Reader) CheckPosition(ctx context.Context, position int64) error {
	head, err := r.Store.Head(ctx)
	switch {
	case err != nil:
		return err
	case position < 1:
		return fmt.Errorf("position %d is %w", position, ErrBeforeLog)
	case position > head:
		return fmt.Errorf("position %d is %w, which is %d", position, ErrBeyond, head)
	}
	return nil
}

// RecordedAt is when the event at a position was recorded.
func (r Reader) RecordedAt(ctx context.Context, position int64) (at time.Time, err error) {
	err = r.Pool.QueryRow(ctx, `SELECT recorded_at FROM events WHERE log_id = $1 AND position = $2`, mode, r.Store.Log(), position).Scan(&at)
	if err != nil {
		return at, fmt.Errorf("read the time of position %d: %w", position, err)
	}
	return at.UTC(), nil
}

// Names are the names that the facts at these positions tell, by position. Those of erased accounts are missing, and all
// of them without a vault.
func (r Reader) Names(ctx context.Context, positions []int64) (map[int64]string, error) {
	names := map[int64]string{}
	if r.Vault == nil || len(positions) == 0 {
		return names, nil
	}
	page, err := r.At(ctx, positions)
	if err != nil {
		return nil, err
	}
	if err := r.Vault.Open(ctx, page); err != nil {
		return nil, err
	}
	for _, one := range page {
		if person, ok := personOf(one.Event); ok {
			names[one.Position] = person.FirstName + " " + person.LastName
		}
	}
	return names, nil
}

func personOf(e events.Event) (events.Person, bool) {
	switch f := e.(type) {
	case events.AccountRegistered:
		return f.Person.Value()
	case events.AccountProfileChanged:
		return f.Person.Value()
	}
	return events.Person{}, false
}

// At are the events at these positions, in order, closed.
func (r Reader) At(ctx context.Context, positions []int64) ([]events.Recorded, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT position, stream, version, id, type, schema, data, meta, recorded_at
		FROM events
		WHERE log_id = $1 AND position = ANY ($2)
		ORDER BY position`, mode, r.Store.Log(), positions)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	list, err := pgx.CollectRows(rows, scanRecorded)
	if err != nil {
		return nil, fmt.Errorf("read events: %w", err)
	}
	return list, nil
}

func scanRecorded(row pgx.CollectableRow) (events.Recorded, error) {
	var e events.Raw
	if err := row.Scan(&e.Position, &e.Stream, &e.Version, &e.ID, &e.Type, &e.Schema, &e.Data, &e.Meta, &e.RecordedAt); err != nil {
		return events.Recorded{}, err
	}
	one, err := e.Decode()
	if err != nil {
		return one, &eventstore.EventError{Position: e.Position, Err: err}
	}
	return one, nil
}
