package seed

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// ErrNotEmpty refuses a database whose log has events.
var ErrNotEmpty = errors.New("the log is not empty; a generated log goes into a fresh database only")

// chunk is how many events one COPY carries, between two reports of progress.
const chunk = 100_000

// Copy writes the log into an empty database, all or nothing. progress, which may be nil, is told how many events are
// written.
func Copy(ctx context.Context, databaseURL string, l *Log, progress func(done, of int64)) error {
	conn, err := pgx.Connect(ctx, databaseURL)
	if err != nil {
		return fmt.Errorf("connect to the database: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	err = pgx.BeginFunc(ctx, conn, func(tx pgx.Tx) error { return l.copyIn(ctx, tx, progress) })
	if err != nil {
		return fmt.Errorf("write generated log: %w", err)
	}
	if _, err := conn.Exec(ctx, `VACUUM (ANALYZE, FREEZE) events`); err != nil {
		return fmt.Errorf("analyze the log: %w", err)
	}
	return nil
}

func (l *Log) copyIn(ctx context.Context, tx pgx.Tx, progress func(done, of int64)) error {
	var head int64
	if err := tx.QueryRow(ctx, `SELECT position FROM heads WHERE log_id = 1 FOR UPDATE`).Scan(&head); err != nil {
		return err
	}
	if head != 0 {
		return ErrNotEmpty
	}
	for l.position < l.cfg.Events {
		if err := l.copyChunk(ctx, tx); err != nil {
			return err
		}
		if progress != nil {
			progress(l.position, l.cfg.Events)
		}
	}
	if err := l.copyKeys(ctx, tx); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `UPDATE heads SET position = $1, recorded_at = $2 WHERE log_id = 1`, l.position, l.at)
	return err
}

var columns = []string{"position", "version", "recorded_at", "id", "log_id", "schema", "stream", "type", "data", "meta"}

func (l *Log) copyChunk(ctx context.Context, tx pgx.Tx) error {
	upTo := l.position + chunk
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"events"}, columns, pgx.CopyFromFunc(func() ([]any, error) {
		if l.position == upTo {
			return nil, nil
		}
		r, more, err := l.Next()
		if err != nil || !more {
			return nil, err
		}
		return []any{
			r.Position, r.Version, r.At, [16]byte(r.ID), int16(1), r.Schema, r.Stream, r.Type, r.Data, r.Meta,
		}, nil
	}))
	return err
}

func (l *Log) copyKeys(ctx context.Context, tx pgx.Tx) error {
	i := 0
	_, err := tx.CopyFrom(ctx, pgx.Identifier{"account_keys"}, []string{"account_id", "master_id", "wrapped"},
		pgx.CopyFromFunc(func() ([]any, error) {
			if i == len(l.keys) {
				return nil, nil
			}
			k := l.keys[i]
			i++
			return []any{[16]byte(k.Account), k.MasterID, k.Wrapped}, nil
		}))
	return err
}
