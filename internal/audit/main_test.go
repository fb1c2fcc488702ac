package audit_test

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/logtest"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/vault"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// bench is a database that holds one drawn log after another, each under a number of its own.
type bench struct {
	owner, app *pgxpool.Pool
	vault      *vault.Vault
	logs       int16
}

func newBench(t *testing.T) *bench {
	t.Helper()
	db := pgtest.New(t)
	app := pgtest.Pool(t, db.AppURL)
	return &bench{owner: pgtest.Pool(t, db.OwnerURL), app: app, vault: vault.New(app, [32]byte{1}, rand.NewChaCha8([32]byte{2})), logs: 1}
}

// store writes a log past the guard of the log, and is a reader of it.
func (b *bench) store(log []events.Recorded) (audit.Reader, error) {
	b.logs++
	ctx := context.Background()
	keys := map[events.ID]vault.NewAccountKey{}
	rows := make([][]any, 0, len(log))
	versions := map[string]int64{}
	for _, r := range log {
		fact := r.Event
		if personal, ok := fact.(events.Personal); ok {
			key, known := keys[personal.Subject()]
			if !known {
				var err error
				if key, err = b.vault.MakeKey(personal.Subject(), rand.NewChaCha8([32]byte{3})); err != nil {
					return audit.Reader{}, err
				}
				keys[personal.Subject()] = key
			}
			sealed, err := key.Seal(personal)
			if err != nil {
				return audit.Reader{}, err
			}
			fact = sealed
		}
		typ, schema, data, err := events.Marshal(fact)
		if err != nil {
			return audit.Reader{}, err
		}
		meta, err := json.Marshal(r.Meta)
		if err != nil {
			return audit.Reader{}, err
		}
		versions[r.Stream]++
		rows = append(rows, []any{
			r.Position, versions[r.Stream], r.RecordedAt, [16]byte(r.ID), b.logs, int16(schema), r.Stream, typ, data, meta,
		})
	}
	columns := []string{"position", "version", "recorded_at", "id", "log_id", "schema", "stream", "type", "data", "meta"}
	err := pgx.BeginFunc(ctx, b.owner, func(tx pgx.Tx) error {
		if _, err := tx.CopyFrom(ctx, pgx.Identifier{"events"}, columns, pgx.CopyFromRows(rows)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO heads (log_id, position, recorded_at) VALUES ($1, $2, now())`, b.logs, len(log))
		return err
	})
	return audit.Reader{
		Pool: b.app, Store: eventstore.New(b.app, eventstore.Config{Log: b.logs}), Vault: b.vault, Contest: logtest.Contest,
	}, err
}

// count counts the first n events of a log, ballot by ballot.
func count(log []events.Recorded, n int, rule analysis.Rule) analysis.Result {
	var acts []events.Ledger
	for _, r := range log[:n] {
		if f, ok := r.Event.(events.Ledger); ok {
			acts = append(acts, f)
		}
	}
	bursts := analysis.NewBursts()
	for _, r := range log[:n] {
		if f, ok := r.Event.(events.BallotCast); ok {
			bursts.Add(f.VideoID, r.RecordedAt)
		}
	}
	c := analysis.NewCount(rule, analysis.Void(acts), bursts, nil)
	for _, r := range log[:n] {
		c.Event(r)
	}
	return c.Result()
}

func sameID(a, b events.ID) bool { return bytes.Equal(a[:], b[:]) }
