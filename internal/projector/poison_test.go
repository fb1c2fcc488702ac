package projector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/vault"
)

var errRefused = errors.New("refused")

// failAt refuses the event at a position.
func failAt(position int64, err error) func(context.Context, pgx.Tx, events.Recorded) error {
	return func(_ context.Context, _ pgx.Tx, e events.Recorded) error {
		if e.Position == position {
			return err
		}
		return nil
	}
}

// settle steps until nothing moves any more, and returns the last error.
func settle(t *testing.T, p *Projector) error {
	t.Helper()
	for range 100 {
		if n, err := p.Step(t.Context()); n == 0 {
			return err
		}
	}
	t.Fatal("the projection never comes to rest")
	return nil
}

// TestPoison tries every place of a poison event and every page: what precedes it is applied, it is named, it can be
// skipped, and the rest follows.
func TestPoison(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	videos := []int{1, 2, 3, 1, 2, 3, 1, 2, 3, 1}
	b.vote(t, videos...)
	for _, size := range []int{1, 3, 1000} {
		for at := int64(1); at <= 10; at++ {
			b.restart(t)
			testPoisonAt(t, b, size, at, videos)
		}
	}
}

func testPoisonAt(t *testing.T, b *bench, size int, at int64, videos []int) {
	t.Helper()
	var told []Poison
	p := b.projector(&tally{fail: failAt(at, errRefused)}, batch(size), func(c *Config) {
		c.OnPoison = func(p Poison) { told = append(told, p) }
	})
	err := settle(t, p)
	stopped, ok := errors.AsType[*PoisonError](err)
	if !ok || !errors.Is(err, errRefused) || stopped.Position != at || len(told) != 1 || told[0].Position != at {
		t.Fatalf("pages of %d, poison at %d: %v; told %v", size, at, err, told)
	}
	if diff := cmp.Diff(want(videos[:at-1]...), b.rows(t)); diff != "" {
		t.Fatalf("pages of %d, before %d (-want +got):\n%s", size, at, diff)
	}
	s, err := p.Status(t.Context())
	if err != nil || s.Position != at-1 || s.Poison == nil || s.Poison.Position != at || s.Poison.Since.IsZero() ||
		!strings.Contains(s.Poison.Reason, "refused") {
		t.Fatalf("Status = %+v, %v", s, err)
	}
	for _, other := range []int64{at - 1, at + 1} {
		if err := p.Skip(t.Context(), other); !errors.Is(err, ErrNotPoison) {
			t.Fatalf("skipped %d: %v", other, err)
		}
	}
	if err := p.Skip(t.Context(), at); err != nil {
		t.Fatal(err)
	}
	if err := settle(t, p); err != nil {
		t.Fatal(err)
	}
	if s, err := p.Status(t.Context()); err != nil || s.Position != 10 || s.Poison != nil {
		t.Fatalf("Status = %+v, %v", s, err)
	}
	total := int64(0)
	for _, r := range b.rows(t) {
		total += r.Votes
	}
	if total != 9 {
		t.Fatalf("%d votes are counted, want all but one of 10", total)
	}
}

// TestPoisonIsTriedAgain lets code that can apply the event take over.
func TestPoisonIsTriedAgain(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.vote(t, 1, 2, 3)
	old := b.projector(&tally{fail: failAt(2, errRefused)})
	if err := settle(t, old); !errors.Is(err, errRefused) {
		t.Fatal(err)
	}
	before, err := old.Status(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	// A catch-up to what is applied is not disturbed, one beyond is told.
	if err := old.CatchUp(t.Context(), 1); err != nil {
		t.Errorf("CatchUp to 1: %v", err)
	}
	if err := old.CatchUp(t.Context(), 3); !errors.Is(err, errRefused) {
		t.Errorf("CatchUp to 3: %v", err)
	}
	again, err := old.Status(t.Context())
	if err != nil || again.Poison == nil || !again.Poison.Since.Equal(before.Poison.Since) {
		t.Errorf("after another try: %+v, %v", again, err)
	}
	repaired := b.projector(&tally{})
	if err := settle(t, repaired); err != nil {
		t.Fatal(err)
	}
	if s, err := repaired.Status(t.Context()); err != nil || s.Poison != nil || s.Position != 3 {
		t.Errorf("Status = %+v, %v", s, err)
	}
	if diff := cmp.Diff(want(1, 2, 3), b.rows(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnreadableEvents changes what is stored at position 3: its type, its ciphertext, or that it is there.
func TestUnreadableEvents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sql      string
		want     error
		skipable bool
	}{
		"unknown type": {`UPDATE events SET type = 'ballot.uncast' WHERE position = 3`, events.ErrUnknownType, true},
		"other data":   {`UPDATE events SET data = '{"weight": 2}' WHERE position = 3`, nil, true},
		"ciphertext":   {`UPDATE events SET data = jsonb_set(data, '{person}', '"AAAA"') WHERE position = 3`, vault.ErrOpen, true},
		"hole":         {`DELETE FROM events WHERE position = 3`, eventstore.ErrHole, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			account := newID()
			if err := b.cfg.Vault.NewKey(t.Context(), account); err != nil {
				t.Fatal(err)
			}
			sealed, err := b.cfg.Vault.Seal(t.Context(), events.AccountRegistered{
				AccountID: account, Person: events.Open(events.Person{}), Credentials: events.Open(events.Credentials{}),
			})
			if err != nil {
				t.Fatal(err)
			}
			b.vote(t, 1, 2)
			b.append(t, sealed)
			b.vote(t, 3)
			b.tamper(t, c.sql)
			p := b.projector(&tally{})
			err = settle(t, p)
			stopped, ok := errors.AsType[*PoisonError](err)
			if !ok || stopped.Position != 3 || c.want != nil && !errors.Is(err, c.want) {
				t.Fatalf("Step = %v", err)
			}
			if diff := cmp.Diff(want(1, 2), b.rows(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if err := p.Skip(t.Context(), 3); (err == nil) != c.skipable {
				t.Errorf("Skip = %v", err)
			}
		})
	}
}

// TestPassingFailures has Apply fail for reasons that are not the event's: nothing is poisoned.
func TestPassingFailures(t *testing.T) {
	t.Parallel()
	for name, cause := range map[string]func(context.Context, pgx.Tx) error{
		"deadlock":        func(context.Context, pgx.Tx) error { return &pgconn.PgError{Code: "40P01"} },
		"too many":        func(context.Context, pgx.Tx) error { return fmt.Errorf("apply: %w", &pgconn.PgError{Code: "53300"}) },
		"shutting down":   func(context.Context, pgx.Tx) error { return &pgconn.PgError{Code: "57P01"} },
		"read-only":       func(context.Context, pgx.Tx) error { return &pgconn.PgError{Code: "25006"} },
		"connection lost": func(ctx context.Context, tx pgx.Tx) error { return tx.Conn().Close(ctx) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.vote(t, 1, 2, 3)
			broken := true
			p := b.projector(&tally{fail: func(ctx context.Context, tx pgx.Tx, _ events.Recorded) error {
				if !broken {
					return nil
				}
				return cause(ctx, tx)
			}})
			_, err := p.Step(t.Context())
			if _, poisoned := errors.AsType[*PoisonError](err); err == nil || poisoned {
				t.Errorf("Step = %v", err)
			}
			if s, err := p.Status(t.Context()); err != nil || s.Poison != nil || s.Position != 0 {
				t.Errorf("Status = %+v, %v", s, err)
			}
			broken = false
			if err := settle(t, p); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want(1, 2, 3), b.rows(t)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSkipRefusesHealthyEvents(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.vote(t, 1, 2)
	p := b.projector(&tally{}, batch(1))
	for position := int64(1); position <= 3; position++ {
		if err := p.Skip(t.Context(), position); !errors.Is(err, ErrNotPoison) {
			t.Errorf("skipped %d: %v", position, err)
		}
		if _, err := p.Step(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestReasonIsBounded(t *testing.T) {
	t.Parallel()
	got := reason(errors.New("a\x00b\xff" + strings.Repeat("ñ", maxReason)))
	if len(got) > maxReason || !strings.HasPrefix(got, "abñ") || slices.Contains([]byte(got), 0xff) {
		t.Errorf("reason of %d bytes: %.20q", len(got), got)
	}
}

// TestAPageThatFailsIsTriedSmaller has a page that grew large fail as one does that takes longer than a statement may.
func TestAPageThatFailsIsTriedSmaller(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.vote(t, 1)
	p := b.projector(&tally{fail: func(context.Context, pgx.Tx, events.Recorded) error { return &pgconn.PgError{Code: "57014"} }})
	p.next = 16 * DefaultBatch
	if _, err := p.Step(t.Context()); err == nil || p.next != DefaultBatch {
		t.Errorf("%v; the next page has %d positions", err, p.next)
	}
}
