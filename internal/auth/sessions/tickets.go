package sessions

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/internal/fault"
)

// TicketTTL is how long a ticket waits to be used.
const TicketTTL = time.Minute

// ErrTicket refuses a ticket that is unknown, used or too old. It is 401.
var ErrTicket = fault.New(fault.Unauthenticated, "auth.ticket-invalid",
	"El boleto de conexión ya se usó o venció. Pide otro.", "The connection ticket was used or has expired. Ask for another.")

// IssueTicket makes a ticket that stands for a session once, within TicketTTL, on any instance.
func (s *Store) IssueTicket(ctx context.Context, session Session) (string, error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.cfg.Random, raw); err != nil {
		return "", fmt.Errorf("make a ticket: %w", err)
	}
	sum := sha256.Sum256(raw)
	_, err := s.cfg.Pool.Exec(ctx, `INSERT INTO stream_tickets (hash, session_id, account_id, expires_at) VALUES ($1, $2, $3, $4)`,
		sum[:], session.ID, session.Account, s.cfg.Now().Add(TicketTTL))
	if err != nil {
		return "", fmt.Errorf("insert a ticket: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// RedeemTicket is the session that a ticket stands for; from then on the ticket is worth nothing. Refusals: ErrTicket,
// also for a session that was revoked meanwhile.
func (s *Store) RedeemTicket(ctx context.Context, ticket string) (Session, error) {
	hash, err := hashOf(ticket)
	if err != nil {
		return Session{}, ErrTicket
	}
	var session Session
	var expires time.Time
	err = s.cfg.Pool.QueryRow(ctx, `DELETE FROM stream_tickets WHERE hash = $1 RETURNING session_id, account_id, expires_at`, hash).
		Scan(&session.ID, &session.Account, &expires)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Session{}, ErrTicket
	case err != nil:
		return Session{}, fmt.Errorf("redeem a ticket: %w", err)
	case !s.cfg.Now().Before(expires), s.Revoked(session.ID):
		return Session{}, ErrTicket
	}
	return session, nil
}

func (s *Store) sweepTickets(ctx context.Context) error {
	_, err := s.cfg.Pool.Exec(ctx, `DELETE FROM stream_tickets WHERE expires_at < $1`, s.cfg.Now())
	if err != nil {
		return fmt.Errorf("sweep tickets: %w", err)
	}
	return nil
}
