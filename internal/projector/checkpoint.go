package projector

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// checkpoint is the locked row of a projection; poison is 0 when there is none.
type checkpoint struct{ position, poison int64 }

// Status is how a projection stands.
type Status struct {
	Name      string
	Position  int64
	UpdatedAt time.Time
	Poison    *Poison // nil when all is well
}

// lock makes every other step of this projection wait until tx ends.
func (p *Projector) lock(ctx context.Context, tx pgx.Tx) (checkpoint, error) {
	c, err := p.lockRow(ctx, tx)
	if !errors.Is(err, pgx.ErrNoRows) {
		return c, err
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO checkpoints (name, log_id)
		VALUES ($1, $2)
		ON CONFLICT DO NOTHING`, p.p.Name(), p.cfg.Store.Log())
	if err != nil {
		return checkpoint{}, fmt.Errorf("make checkpoint: %w", err)
	}
	return p.lockRow(ctx, tx)
}

func (p *Projector) lockRow(ctx context.Context, tx pgx.Tx) (c checkpoint, err error) {
	err = tx.QueryRow(ctx, `
		SELECT position, coalesce(poison_position, 0)
		FROM checkpoints
		WHERE name = $1 AND log_id = $2
		FOR UPDATE`, p.p.Name(), p.cfg.Store.Log()).Scan(&c.position, &c.poison)
	if err != nil {
		return checkpoint{}, fmt.Errorf("lock checkpoint: %w", err)
	}
	return c, nil
}

// move sets the locked checkpoint; whatever poisoned the projection is behind it. The commit is not waited for: should
// the server crash, checkpoint and tables go back together to a moment that the log is still ahead of, and the next step
// applies the same events again. Waiting would only have appends and projections queue for the disk.
func (p *Projector) move(ctx context.Context, tx pgx.Tx, position int64) error {
	_, err := tx.Exec(ctx, `
		UPDATE checkpoints
		SET position = $3, updated_at = now(), poison_position = NULL, poison_error = NULL, poison_since = NULL
		FROM (SELECT set_config('synchronous_commit', 'off', true)) AS commits (mode)
		WHERE commits.mode = 'off' AND name = $1 AND log_id = $2`, p.p.Name(), p.cfg.Store.Log(), position)
	if err != nil {
		return fmt.Errorf("move checkpoint: %w", err)
	}
	return nil
}

// Position is the checkpoint: everything at or below it is applied. It is 0 before the first step.
func (p *Projector) Position(ctx context.Context) (int64, error) {
	s, err := p.Status(ctx)
	return s.Position, err
}

// Status reads how the projection stands, as any process left it.
func (p *Projector) Status(ctx context.Context) (Status, error) {
	s := Status{Name: p.p.Name()}
	var poisonAt *int64
	var poisonError *string
	var since *time.Time
	err := p.cfg.Pool.QueryRow(ctx, `
		SELECT position, updated_at, poison_position, poison_error, poison_since
		FROM checkpoints
		WHERE name = $1 AND log_id = $2`, s.Name, p.cfg.Store.Log()).
		Scan(&s.Position, &s.UpdatedAt, &poisonAt, &poisonError, &since)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return s, nil
	case err != nil:
		return s, fmt.Errorf("read checkpoint of %s: %w", s.Name, err)
	case poisonAt != nil:
		s.Poison = &Poison{Projection: s.Name, Position: *poisonAt, Reason: *poisonError, Since: *since}
	}
	return s, nil
}
