package logtest

import (
	"context"
	"encoding/json"
	"math/rand/v2"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/vault"
)

// Database holds one drawn log after another, each under a number of its own.
type Database struct {
	Owner, App *pgxpool.Pool
	Vault      *vault.Vault
	logs       int16
}

// NewDatabase is a migrated database without logs.
func NewDatabase(owner, app *pgxpool.Pool) *Database {
	return &Database{Owner: owner, App: app, Vault: vault.New(app, [32]byte{1}, rand.NewChaCha8([32]byte{2})), logs: 1}
}

// Write writes a log past the guard of the log, with sealed values and the keys for them.
func (d *Database) Write(ctx context.Context, log []events.Recorded) (*eventstore.Store, error) {
	d.logs++
	rows := make([][]any, 0, len(log))
	versions := map[string]int64{}
	for _, r := range log {
		fact, err := d.seal(ctx, r.Event)
		if err != nil {
			return nil, err
		}
		typ, schema, data, err := events.Marshal(fact)
		if err != nil {
			return nil, err
		}
		meta, err := json.Marshal(r.Meta)
		if err != nil {
			return nil, err
		}
		versions[r.Stream]++
		rows = append(rows, []any{
			r.Position, versions[r.Stream], r.RecordedAt, [16]byte(r.ID), d.logs, int16(schema), r.Stream, typ, data, meta,
		})
	}
	columns := []string{"position", "version", "recorded_at", "id", "log_id", "schema", "stream", "type", "data", "meta"}
	err := pgx.BeginFunc(ctx, d.Owner, func(tx pgx.Tx) error {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"events"}, columns, pgx.CopyFromRows(rows)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO heads (log_id, position, recorded_at) VALUES ($1, $2, now())`, d.logs, len(log))
		return err
	})
	return eventstore.New(d.App, eventstore.Config{Log: d.logs}), err
}

// seal seals a fact under its account's key, which is made when there is none; drawn logs use the same ids again.
func (d *Database) seal(ctx context.Context, fact events.Event) (events.Event, error) {
	personal, ok := fact.(events.Personal)
	if !ok {
		return fact, nil
	}
	if err := d.Vault.NewKey(ctx, personal.Subject()); err != nil {
		return nil, err
	}
	return d.Vault.Seal(ctx, personal)
}
