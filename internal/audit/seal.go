package audit

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
)

// SealSize is how many positions one seal closes.
const SealSize = 10_000

// markSize is how many bytes of an event's digest a seal keeps.
const markSize = 4

const sealSQL = `
	INSERT INTO log_seals (log_id, first, last, digest, marks)
	SELECT $1, $2, $3, sha256($4::bytea || string_agg(d.digest, '' ORDER BY d.position)),
	       string_agg(substr(d.digest, 1, 4), '' ORDER BY d.position)
	FROM (
		SELECT position, event_digest(e) AS digest
		FROM events e
		WHERE log_id = $1 AND position BETWEEN $2 AND $3
	) d
	HAVING count(*) = $3 - $2 + 1
	ON CONFLICT DO NOTHING`

// Seal closes the ranges of the log that are full and not sealed yet, and returns how many. It may run anywhere and at
// any time; what is sealed is never sealed anew.
func (r Reader) Seal(ctx context.Context) (int, error) {
	head, err := r.Store.Head(ctx)
	if err != nil {
		return 0, err
	}
	last, digest, err := r.lastSeal(ctx)
	if err != nil {
		return 0, err
	}
	sealed := 0
	for ; last+SealSize <= head; last += SealSize {
		_, err := r.Pool.Exec(ctx, sealSQL, mode, r.Store.Log(), last+1, last+SealSize, digest)
		if err != nil {
			return sealed, fmt.Errorf("seal positions %d to %d: %w", last+1, last+SealSize, err)
		}
		next, made, err := r.lastSeal(ctx)
		if err != nil {
			return sealed, err
		}
		if next < last+SealSize {
			return sealed, fmt.Errorf("seal positions %d to %d: %w", last+1, last+SealSize, errIncomplete)
		}
		digest = made
		sealed++
	}
	return sealed, nil
}

var errIncomplete = errors.New("the log has a hole there")

// Unsealed is how many events at the end of the log no seal closes yet.
func (r Reader) Unsealed(ctx context.Context) (int64, error) {
	head, err := r.Store.Head(ctx)
	if err != nil {
		return 0, err
	}
	last, _, err := r.lastSeal(ctx)
	return head - last, err
}

func (r Reader) lastSeal(ctx context.Context) (last int64, digest []byte, err error) {
	err = r.Pool.QueryRow(ctx, `
		SELECT last, digest FROM log_seals WHERE log_id = $1 ORDER BY last DESC LIMIT 1`, mode, r.Store.Log()).Scan(&last, &digest)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, []byte{}, nil
	}
	if err != nil {
		return 0, nil, fmt.Errorf("read the last seal: %w", err)
	}
	return last, digest, nil
}

type seal struct {
	first, last   int64
	digest, marks []byte
}

func (r Reader) seals(ctx context.Context) ([]seal, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT first, last, digest, marks FROM log_seals WHERE log_id = $1 ORDER BY last`, mode, r.Store.Log())
	if err != nil {
		return nil, fmt.Errorf("read seals: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (s seal, err error) {
		err = row.Scan(&s.first, &s.last, &s.digest, &s.marks)
		return s, err
	})
	if err != nil {
		return nil, fmt.Errorf("read seals: %w", err)
	}
	return list, nil
}

// canonical are the bytes that event_digest in the database hashes, made here a second time.
func canonical(b []byte, e *row) []byte {
	b = strconv.AppendInt(b[:0], e.raw.Position, 10)
	b = append(b, '|')
	b = strconv.AppendInt(b, e.raw.Version, 10)
	b = append(b, '|')
	b = strconv.AppendInt(b, e.raw.RecordedAt.UnixMicro(), 10)
	b = append(b, '|')
	b, _ = e.raw.ID.AppendText(b) // cannot fail
	b = append(b, '|')
	b = strconv.AppendInt(b, int64(e.raw.Schema), 10)
	for _, text := range []string{e.raw.Stream, e.raw.Type} {
		b = append(append(b, '|'), text...)
	}
	b = append(append(b, '|'), e.raw.Data...)
	return append(append(b, '|'), e.raw.Meta...)
}

// sealCheck holds a log, event by event, to its seals.
type sealCheck struct {
	seals   []seal
	chain   []byte
	digests []byte // of the events of the seal that is being read
	buffer  []byte
	changed []int64 // positions whose mark differs
	broken  []string
	sealed  int64
}

func (c *sealCheck) event(e *row) {
	if len(c.seals) == 0 || e.raw.Position < c.seals[0].first {
		return
	}
	c.buffer = canonical(c.buffer, e)
	d := sha256.Sum256(c.buffer)
	s := c.seals[0]
	at := int(e.raw.Position-s.first) * markSize
	if at+markSize > len(s.marks) || !bytes.Equal(s.marks[at:at+markSize], d[:markSize]) {
		c.changed = append(c.changed, e.raw.Position)
	}
	c.digests = append(c.digests, d[:]...)
	if e.raw.Position == s.last {
		c.end(s)
	}
}

func (c *sealCheck) end(s seal) {
	if sum := sha256.Sum256(append(bytes.Clone(c.chain), c.digests...)); !bytes.Equal(sum[:], s.digest) {
		c.broken = append(c.broken, fmt.Sprintf("the seal of positions %d to %d does not hold", s.first, s.last))
	}
	c.chain, c.digests, c.seals, c.sealed = s.digest, c.digests[:0], c.seals[1:], s.last
}

// RunSeals seals every interval until ctx ends; onError is told when that did not work.
func (r Reader) RunSeals(ctx context.Context, interval time.Duration, onError func(error)) error {
	tick := time.NewTicker(interval)
	defer tick.Stop()
	for {
		if _, err := r.Seal(ctx); err != nil && ctx.Err() == nil {
			onError(err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}
