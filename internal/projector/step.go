package projector

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/vault"
)

// span is a run of the log: from, exclusive, to, inclusive.
type span struct{ from, to int64 }

func (s span) size() int { return int(s.to - s.from) }

// eventError says that the events of a span cannot be applied, as against a failure that has nothing to do with them.
type eventError struct {
	span
	err error
}

func (e *eventError) Error() string { return e.err.Error() }
func (e *eventError) Unwrap() error { return e.err }

// step applies the next page, or as much of it as precedes an event that cannot be applied: it halves the page until it
// goes through, or until that event stands alone.
func (p *Projector) step(ctx context.Context) (span, error) {
	for limit := p.next; ; {
		s, err := p.apply(ctx, limit)
		bad, ok := errors.AsType[*eventError](err)
		switch {
		case err == nil:
			p.advance(s.to)
			p.adapt(s.size())
			return s, nil
		case !ok:
			p.adapt(0) // a page may have been too much for the time that a statement has
			return s, fmt.Errorf("step %s: %w", p.p.Name(), err)
		}
		if bad.size() <= 1 {
			return span{bad.from, bad.from}, p.poisoned(ctx, bad.from+1, bad.err)
		}
		limit = (bad.size() + 1) / 2
	}
}

// adapt doubles the next page while pages are full: what a page costs, whatever is in it, is then shared by more, and
// nobody waits for a projection that is far behind. Behind a failure it begins anew.
func (p *Projector) adapt(size int) {
	switch {
	case p.cfg.Batch > 0:
	case size < p.next:
		p.next = DefaultBatch
	default:
		p.next = min(2*p.next, eventstore.MaxPage)
	}
}

// apply is one transaction of at most limit positions.
func (p *Projector) apply(ctx context.Context, limit int) (s span, err error) {
	err = pgx.BeginFunc(ctx, p.cfg.Pool, func(tx pgx.Tx) error {
		c, err := p.lock(ctx, tx)
		if err != nil {
			return err
		}
		if c.poison == c.position+1 {
			limit = 1
		}
		s, err = p.applyPage(ctx, tx, c.position, limit)
		if err != nil || s.from == s.to {
			return err
		}
		return p.move(ctx, tx, s.to)
	})
	if err != nil {
		return span{s.from, s.from}, err
	}
	return s, nil
}

// applyPage folds the page behind a position into the projection's tables.
func (p *Projector) applyPage(ctx context.Context, tx pgx.Tx, after int64, limit int) (span, error) {
	nothing := span{after, after}
	read := p.cfg.Store.ReadPageIn
	if _, bare := p.p.(Bare); bare {
		read = p.cfg.Store.ReadFactsIn
	}
	page, err := read(ctx, tx, after, limit, p.p.Types())
	if err != nil {
		return nothing, p.blame(span{after, after + int64(limit)}, err, isEventError(err))
	}
	s := span{after, page.Last}
	if len(page.Events) == 0 {
		return s, nil
	}
	if err := p.cfg.Vault.OpenIn(ctx, tx, page.Events); err != nil {
		return nothing, p.blame(s, err, errors.Is(err, vault.ErrOpen))
	}
	if err := p.p.Apply(ctx, tx, page.Events); err != nil {
		return nothing, p.blame(s, fmt.Errorf("apply: %w", err), !isPassing(ctx, tx, err))
	}
	return s, nil
}

func (p *Projector) blame(s span, err error, onEvents bool) error {
	if onEvents {
		return &eventError{s, err}
	}
	return err
}

// isEventError reports whether a page could not be read because of what is in it.
func isEventError(err error) bool {
	_, ok := errors.AsType[*eventstore.EventError](err)
	return ok || errors.Is(err, eventstore.ErrHole)
}

// isPassing reports whether Apply failed for a reason that has nothing to do with the events.
func isPassing(ctx context.Context, tx pgx.Tx, err error) bool {
	if ctx.Err() != nil || tx.Conn().IsClosed() {
		return true
	}
	pg, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || len(pg.Code) < 2 {
		return false
	}
	switch pg.Code[:2] {
	case "08", // connection
		"25", // transaction state, such as a server that became a standby
		"40", // serialization, deadlock
		"53", // out of something
		"55", // a lock that was not free
		"57", // shutting down, cancelled
		"58": // system
		return true
	}
	return false
}
