package seed

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"golang.org/x/sync/errgroup"
)

// ErrNotEmpty refuses a database whose log has events.
var ErrNotEmpty = errors.New("the log is not empty; a generated log goes into a fresh database only")

// Sizes of what is under way between the maker of events, who needs most of a core, and the server.
const (
	rowsPerBlock = 1_000
	blocksAhead  = 8
	reportEvery  = 100_000
)

// Copy writes the log into an empty database, all or nothing. progress, which may be nil, is told how many events are
// written. The table's indexes are made anew behind the last row, which costs a fraction of keeping them row by row; for
// as long nobody else can use the table.
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
	if _, err := conn.Exec(ctx, `VACUUM (ANALYZE, FREEZE) events, account_keys`); err != nil {
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
	again, err := dropIndexes(ctx, tx)
	if err != nil {
		return err
	}
	if err := l.copyEvents(ctx, tx, progress); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, again); err != nil {
		return fmt.Errorf("make the indexes: %w", err)
	}
	if err := l.copyKeys(ctx, tx); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE heads SET position = $1, recorded_at = $2 WHERE log_id = 1`, l.position, l.at)
	return err
}

// dropIndexes takes the constraints off the log and returns the statements that put them back as they were.
func dropIndexes(ctx context.Context, tx pgx.Tx) (again string, err error) {
	rows, err := tx.Query(ctx, `
		SELECT format('ALTER TABLE events DROP CONSTRAINT %I', conname),
		       format('ALTER TABLE events ADD CONSTRAINT %I %s', conname, pg_get_constraintdef(oid))
		FROM pg_constraint
		WHERE conrelid = 'events'::regclass AND contype IN ('p', 'u')
		ORDER BY contype, conname`)
	if err != nil {
		return "", fmt.Errorf("find the indexes: %w", err)
	}
	drops, adds := []string{}, []string{"SET LOCAL maintenance_work_mem = '512MB'"}
	var drop, add string
	_, err = pgx.ForEachRow(rows, []any{&drop, &add}, func() error {
		drops, adds = append(drops, drop), append(adds, add)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("find the indexes: %w", err)
	}
	if _, err := tx.Exec(ctx, strings.Join(drops, ";")); err != nil {
		return "", fmt.Errorf("drop the indexes: %w", err)
	}
	return strings.Join(adds, ";"), nil
}

const copySQL = `COPY events (position, version, recorded_at, id, log_id, schema, stream, type, data, meta) FROM STDIN (FORMAT binary)`

// copyEvents makes events on one goroutine, writes them in the server's binary form on another, and sends them on a third.
func (l *Log) copyEvents(ctx context.Context, tx pgx.Tx, progress func(done, of int64)) error {
	g, ctx := errgroup.WithContext(ctx)
	blocks := make(chan []Row, blocksAhead)
	g.Go(func() error {
		defer close(blocks)
		return l.produce(ctx, blocks)
	})
	read, write := io.Pipe()
	g.Go(func() error {
		err := encode(write, blocks, func(done int64) {
			if progress != nil {
				progress(done, l.cfg.Events)
			}
		})
		return errors.Join(err, write.CloseWithError(err))
	})
	g.Go(func() error {
		_, err := tx.Conn().PgConn().CopyFrom(ctx, read, copySQL)
		return errors.Join(err, read.CloseWithError(err))
	})
	return g.Wait()
}

func (l *Log) produce(ctx context.Context, blocks chan<- []Row) error {
	for more := true; more; {
		block := make([]Row, 0, rowsPerBlock)
		for len(block) < rowsPerBlock {
			var r Row
			var err error
			if r, more, err = l.Next(); err != nil {
				return err
			}
			if !more {
				break
			}
			block = append(block, r)
		}
		select {
		case blocks <- block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// epoch is PostgreSQL's.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).UnixMicro()

func encode(w io.Writer, blocks <-chan []Row, progress func(done int64)) error {
	b := append([]byte("PGCOPY\n\xff\r\n\x00"), 0, 0, 0, 0, 0, 0, 0, 0)
	for block := range blocks {
		for i := range block {
			b = appendRow(b, &block[i])
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		b = b[:0]
		if n := len(block); n > 0 && block[n-1].Position%reportEvery < rowsPerBlock {
			progress(block[n-1].Position)
		}
	}
	_, err := w.Write(append(b, 0xff, 0xff))
	return err
}

// appendRow writes a row of ten columns, each behind its length.
func appendRow(b []byte, r *Row) []byte {
	b = append(b, 0, 10)
	b = appendInt(b, r.Position)
	b = appendInt(b, r.Version)
	b = appendInt(b, r.At.UnixMicro()-epoch)
	b = append(append(b, 0, 0, 0, 16), r.ID[:]...)
	b = append(b, 0, 0, 0, 2, 0, 1)
	b = binary.BigEndian.AppendUint16(append(b, 0, 0, 0, 2), uint16(r.Schema))
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(r.Stream))), r.Stream...)
	b = append(binary.BigEndian.AppendUint32(b, uint32(len(r.Type))), r.Type...)
	b = appendJSON(b, r.Data)
	return appendJSON(b, r.Meta)
}

func appendInt(b []byte, n int64) []byte {
	return binary.BigEndian.AppendUint64(append(b, 0, 0, 0, 8), uint64(n))
}

// appendJSON writes jsonb: a version, and text.
func appendJSON(b, text []byte) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(text)+1))
	return append(append(b, 1), text...)
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
