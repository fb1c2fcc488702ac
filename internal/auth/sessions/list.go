package sessions

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// maxListed is how many sessions of an account are shown, newest first.
const maxListed = 100

// ErrNotFound says that an account has no such living session.
var ErrNotFound = fault.New(fault.NotFound, "session.not-found",
	"La sesión no existe o ya está cerrada.", "There is no such session, or it is closed already.")

// Living is a session that can still be used.
type Living struct {
	ID         events.ID
	CreatedAt  time.Time
	LastUsedAt time.Time // the sign-in, or the newest refresh
	ExpiresAt  time.Time
}

// Of are the living sessions of an account, most recently used first.
func (s *Store) Of(ctx context.Context, account events.ID) ([]Living, error) {
	rows, err := s.cfg.Pool.Query(ctx, `
		SELECT session_id, created_at, last_used_at, expires_at
		FROM sessions
		WHERE account_id = $1 AND revoked_at IS NULL AND expires_at > $2
		ORDER BY last_used_at DESC, session_id
		LIMIT $3`, account, s.cfg.Now(), maxListed)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Living])
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	return list, nil
}

// RevokeOwn ends one session of an account. Refusal: ErrNotFound.
func (s *Store) RevokeOwn(ctx context.Context, account, session events.ID, why Reason) error {
	n, err := s.revoke(ctx, `session_id = $1 AND account_id = $3`, why, session, account)
	if err == nil && n == 0 {
		return ErrNotFound
	}
	return err
}
