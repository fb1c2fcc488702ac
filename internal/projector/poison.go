package projector

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// maxReason is how many bytes of an error are kept with a poison event.
const maxReason = 500

// Poison is an event that a projection cannot get past.
type Poison struct {
	Projection string
	Position   int64
	Reason     string
	Since      time.Time // when it was first met, by the server's clock
}

// PoisonError says that a projection stands still before an event.
type PoisonError struct {
	Poison
	Err error
}

func (e *PoisonError) Error() string {
	return fmt.Sprintf("projection %s stands still before position %d: %v", e.Projection, e.Position, e.Err)
}

// Unwrap is the cause.
func (e *PoisonError) Unwrap() error { return e.Err }

// ErrNotPoison says that Skip was given a position at which the projection does not stand still, or no event is.
var ErrNotPoison = errors.New("not a poison event")

// poisoned records the event that stopped the projection, and is the *PoisonError.
func (p *Projector) poisoned(ctx context.Context, position int64, cause error) error {
	poison := Poison{Projection: p.p.Name(), Position: position, Reason: reason(cause)}
	failed := &PoisonError{poison, cause}
	err := p.cfg.Pool.QueryRow(ctx, `
		INSERT INTO checkpoints AS c (name, log_id, poison_position, poison_error, poison_since)
		VALUES ($1, $2, $3, $4, now())
		ON CONFLICT (name, log_id) DO UPDATE
		SET poison_position = excluded.poison_position,
			poison_error = excluded.poison_error,
			poison_since = CASE WHEN c.poison_position = excluded.poison_position THEN c.poison_since ELSE now() END
		WHERE c.position = excluded.poison_position - 1
		RETURNING poison_since`, poison.Projection, p.cfg.Store.Log(), position, poison.Reason).Scan(&poison.Since)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return failed // somebody got past it meanwhile
	case err != nil:
		return errors.Join(failed, fmt.Errorf("record poison event: %w", err))
	}
	failed.Since = poison.Since
	if p.cfg.OnPoison != nil {
		p.cfg.OnPoison(poison)
	}
	return failed
}

func reason(err error) string {
	text := strings.ToValidUTF8(strings.ReplaceAll(err.Error(), "\x00", ""), "")
	if len(text) > maxReason {
		text = strings.ToValidUTF8(text[:maxReason], "")
	}
	return text
}

// Skip steps over the event at which the projection stands still, which leaves its tables without that event until they
// are rebuilt by code that can apply it. It is an operator's command; ErrNotPoison when position is not that event.
func (p *Projector) Skip(ctx context.Context, position int64) error {
	if err := p.takeTurn(ctx); err != nil {
		return err
	}
	defer p.endTurn()
	err := pgx.BeginFunc(ctx, p.cfg.Pool, func(tx pgx.Tx) error {
		c, err := p.lock(ctx, tx)
		if err != nil {
			return err
		}
		if c.position != position-1 || c.poison != position {
			return ErrNotPoison
		}
		var exists bool
		err = tx.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM events WHERE log_id = $1 AND position = $2)`,
			p.cfg.Store.Log(), position).Scan(&exists)
		if err != nil {
			return err
		}
		if !exists {
			return ErrNotPoison
		}
		return p.move(ctx, tx, position)
	})
	if err != nil {
		return fmt.Errorf("skip position %d of %s: %w", position, p.p.Name(), err)
	}
	p.advance(position)
	p.log.WarnContext(ctx, "event skipped", slog.Int64("position", position))
	return nil
}
