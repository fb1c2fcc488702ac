package export

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
)

// Limits of reading.
const (
	span        = 1_000_000 // positions of one query
	reportEvery = 10_000
	maxAttempts = 5 // at going on after the connection was lost
)

const selectSQL = `
	SELECT position, version, recorded_at, id, schema, stream, type, data, meta
	FROM events
	WHERE log_id = 1 AND position > $1 AND position <= $2 AND ($3::text[] IS NULL OR type = ANY ($3))
	ORDER BY position`

// writeError marks what went wrong on our side of the row.
type writeError struct{ error }

func (e writeError) Unwrap() error { return e.error }

// each reads the log in order; after a lost connection it goes on behind the last row.
func each(ctx context.Context, cfg Config, after int64, take func(*source) error) error {
	attempts := 0
	for after < cfg.To {
		upTo := min(after+span, cfg.To)
		last, err := stretch(ctx, cfg, after, upTo, take)
		if _, ours := errors.AsType[writeError](err); ours {
			return err
		}
		pg, answered := errors.AsType[*pgconn.PgError](err)
		lost := err != nil && ctx.Err() == nil && (!answered || pg.Code[:2] == "57" || pg.Code[:2] == "08")
		switch {
		case err == nil:
			after, attempts = upTo, 0
		case lost && attempts < maxAttempts:
			attempts++
			after = last
			select {
			case <-ctx.Done():
			case <-time.After(time.Second << attempts):
			}
		default:
			return err
		}
	}
	return nil
}

func stretch(ctx context.Context, cfg Config, after, upTo int64, take func(*source) error) (last int64, err error) {
	last = after
	err = pgx.BeginTxFunc(ctx, cfg.Pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, selectSQL, pgx.QueryExecModeCacheDescribe, after, upTo, cfg.Types)
		if err != nil {
			return err
		}
		defer rows.Close()
		var r source
		for rows.Next() {
			if err := r.scan(rows.RawValues()); err != nil {
				return writeError{err}
			}
			if err := r.open(ctx, cfg); err != nil {
				return writeError{&eventstore.EventError{Position: r.position, Err: err}}
			}
			if err := take(&r); err != nil {
				return writeError{err}
			}
			last = r.position
			if cfg.Progress != nil && last%reportEvery == 0 {
				cfg.Progress(last, cfg.To)
			}
		}
		return rows.Err()
	})
	if err == nil && cfg.Progress != nil {
		cfg.Progress(upTo, cfg.To)
	}
	return last, err
}

// source is a row as it is read. Its bytes are good until the next one.
type source struct {
	position, version       int64
	at                      time.Time
	id                      events.ID
	schema                  int16
	stream, typ, data, meta []byte
	ballot                  bool
	plain                   *flat
}

var errRow = errors.New("a row has another shape than the table")

// epoch is PostgreSQL's.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// scan reads a row in the server's binary format, in place.
func (r *source) scan(v [][]byte) error {
	if len(v) != 9 || len(v[0]) != 8 || len(v[1]) != 8 || len(v[2]) != 8 || len(v[3]) != 16 || len(v[4]) != 2 || len(v[7]) < 1 || len(v[8]) < 1 {
		return errRow
	}
	r.position = int64(binary.BigEndian.Uint64(v[0]))
	r.version = int64(binary.BigEndian.Uint64(v[1]))
	r.at = epoch.Add(time.Duration(binary.BigEndian.Uint64(v[2])) * time.Microsecond)
	r.id = events.ID(v[3])
	r.schema = int16(binary.BigEndian.Uint16(v[4]))
	r.stream, r.typ = v[5], v[6]
	r.data, r.meta = v[7], v[8] // pgx asks for jsonb as text
	r.ballot = string(r.typ) == "ballot.cast"
	r.plain = nil
	return nil
}

// open decodes what is not a ballot, and opens or leaves out what is personal.
func (r *source) open(ctx context.Context, cfg Config) error {
	if r.ballot {
		if r.schema != 1 {
			return events.ErrSchema
		}
		return nil
	}
	one, err := events.Raw{
		Position: r.position, Type: string(r.typ), Schema: int(r.schema), Data: r.data, Meta: r.meta, RecordedAt: r.at,
	}.Decode()
	if err != nil {
		return err
	}
	page := []events.Recorded{one}
	if cfg.Personal {
		if err := cfg.Vault.Open(ctx, page); err != nil {
			return err
		}
	}
	r.plain = flatten(page[0])
	if _, personal := one.Event.(events.Personal); !personal {
		return nil
	}
	if !cfg.Personal {
		if data, ok := without(r.data); ok {
			r.data = data
			return nil
		}
	}
	r.data, err = replaced(r.data, page[0].Event)
	return err
}

// sealed are the names of sealed values, as PostgreSQL prints them with what follows: text in base64, without a quote.
var sealed = [][]byte{[]byte(`"credentials": "`), []byte(`"person": "`), []byte(`"title": "`)}

// without cuts sealed values out of the data in place. A quote and the name can stand nowhere but there: inside of texts
// quotes are escaped, and what lies deeper has other names. It is false for data that were not printed that way.
func without(data []byte) ([]byte, bool) {
	found := false
	for _, name := range sealed {
		from := bytes.Index(data, name)
		if from < 0 {
			continue
		}
		length := bytes.IndexByte(data[from+len(name):], '"')
		if length < 0 {
			return nil, false
		}
		to := from + len(name) + length + 1
		if rest, more := bytes.CutPrefix(data[to:], []byte(", ")); more {
			to = len(data) - len(rest)
		} else {
			from = len(bytes.TrimSuffix(data[:from], []byte(", ")))
		}
		data = append(data[:from], data[to:]...)
		found = true
	}
	return data, found
}

// replaced is the data with sealed values left out, or with the open ones in their place.
func replaced(data []byte, e events.Event) ([]byte, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	delete(fields, "credentials")
	delete(fields, "person")
	delete(fields, "title")
	put := func(name string, v any) error {
		b, err := json.Marshal(v)
		fields[name] = b
		return err
	}
	var err error
	switch f := e.(type) {
	case events.AccountRegistered:
		err = errors.Join(putPerson(put, f.Person), putEmail(put, f.Credentials))
	case events.AccountProfileChanged:
		err = putPerson(put, f.Person)
	case events.AccountPasswordChanged:
		err = putEmail(put, f.Credentials)
	case events.VideoSubmitted:
		if title, ok := f.Title.Value(); ok {
			err = put("title", title)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("write personal values: %w", err)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err = enc.Encode(fields)
	return bytes.TrimSpace(b.Bytes()), err
}

func putPerson(put func(string, any) error, s events.Sealed[events.Person]) error {
	if person, ok := s.Value(); ok {
		return put("person", person)
	}
	return nil
}

func putEmail(put func(string, any) error, s events.Sealed[events.Credentials]) error {
	if c, ok := s.Value(); ok {
		return put("email", c.Email)
	}
	return nil
}
