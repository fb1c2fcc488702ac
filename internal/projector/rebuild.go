package projector

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/internal/eventstore"
)

// Rebuild empties the projection's tables and replays the log from its start, all in one transaction: readers see the
// old rows until it commits, and steps and CatchUps, of other processes too, wait for it. An event that cannot be applied
// is a *PoisonError and leaves everything as it was.
func (p *Projector) Rebuild(ctx context.Context) error {
	if err := p.takeTurn(ctx); err != nil {
		return err
	}
	defer p.endTurn()
	var at int64
	err := pgx.BeginFunc(ctx, p.cfg.Pool, func(tx pgx.Tx) (err error) {
		at, err = p.replay(ctx, tx)
		return err
	})
	if bad, ok := errors.AsType[*eventError](err); ok {
		return fmt.Errorf("rebuild: %w", &PoisonError{
			Poison{Projection: p.p.Name(), Position: bad.from + 1, Reason: reason(bad.err)}, bad.err,
		})
	}
	if err != nil {
		return fmt.Errorf("rebuild %s: %w", p.p.Name(), err)
	}
	p.advance(at)
	return nil
}

// replay is Rebuild inside its transaction; it returns the position that it reached.
func (p *Projector) replay(ctx context.Context, tx pgx.Tx) (at int64, err error) {
	// One statement may take long here: emptying the tables, or waiting for the lock.
	if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
		return 0, err
	}
	if _, err := p.lock(ctx, tx); err != nil {
		return 0, err
	}
	if err := p.p.Reset(ctx, tx); err != nil {
		return 0, fmt.Errorf("reset: %w", err)
	}
	head, err := p.cfg.Store.HeadIn(ctx, tx)
	if err != nil {
		return 0, err
	}
	for limit := p.rebuildBatch(); ; {
		s, err := p.replayPage(ctx, tx, at, limit)
		if bad, ok := errors.AsType[*eventError](err); ok && bad.size() > 1 {
			limit = (bad.size() + 1) / 2
			continue
		}
		if err != nil {
			return 0, err
		}
		if s.from == s.to {
			return at, p.move(ctx, tx, at)
		}
		at, limit = s.to, p.rebuildBatch()
		if p.cfg.OnRebuild != nil {
			p.cfg.OnRebuild(at, head)
		}
	}
}

func (p *Projector) rebuildBatch() int { return cmp.Or(p.cfg.Batch, eventstore.MaxPage) }

// replayPage applies a page under a savepoint, so that it can be tried again in halves.
func (p *Projector) replayPage(ctx context.Context, tx pgx.Tx, after int64, limit int) (s span, err error) {
	err = pgx.BeginFunc(ctx, tx, func(tx pgx.Tx) (err error) {
		s, err = p.applyPage(ctx, tx, after, limit)
		return err
	})
	return s, err
}
