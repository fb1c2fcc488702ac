package sessions

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// What a refresh token can be refused for. Both are 401.
var (
	ErrRefresh = fault.New(fault.Unauthenticated, "auth.refresh-invalid",
		"La sesión ya no es válida. Inicia sesión de nuevo.", "The session is no longer valid. Sign in again.")
	ErrReused = fault.New(fault.Unauthenticated, "auth.refresh-reused",
		"La sesión se cerró por seguridad: su token de renovación ya se había usado. Inicia sesión de nuevo.",
		"The session was closed for safety: its refresh token had been used before. Sign in again.")
)

// Reason is why a session was ended.
type Reason string

// The reasons.
const (
	Logout   Reason = "logout"
	Reuse    Reason = "reuse"
	Password Reason = "password"
	Erased   Reason = "erased"
)

const tokenBytes = 32 // of randomness in a refresh token

// Config is what a Store needs.
type Config struct {
	Pool      *pgxpool.Pool
	Now       func() time.Time
	NewID     func() events.ID
	Random    io.Reader
	Log       *slog.Logger
	AccessTTL time.Duration // life of an access token
	IdleTTL   time.Duration // a session that is not refreshed for so long ends
	MaxTTL    time.Duration // a session ends so long after the sign-in, refreshed or not
	Poll      time.Duration // how often revocations are read; at most half of what the contract allows
}

// Store opens, rotates and revokes sessions.
type Store struct {
	cfg     Config
	revoked revoked
}

// Session is one sign-in.
type Session struct {
	ID      events.ID
	Account events.ID
}

// New makes a Store. Until Refresh or Run has succeeded once it knows of no revocation.
func New(cfg Config) *Store {
	return &Store{cfg: cfg, revoked: revoked{at: map[events.ID]time.Time{}}}
}

// Open begins a session that cannot be refreshed: it ends with its access token.
func (s *Store) Open(ctx context.Context, account events.ID) (Session, error) {
	now := s.cfg.Now()
	session := Session{ID: s.cfg.NewID(), Account: account}
	return session, s.insert(ctx, s.cfg.Pool, session, now, now.Add(s.cfg.AccessTTL))
}

// OpenRefreshable begins a session and answers its first refresh token.
func (s *Store) OpenRefreshable(ctx context.Context, account events.ID) (Session, string, error) {
	now := s.cfg.Now()
	session := Session{ID: s.cfg.NewID(), Account: account}
	var token string
	err := pgx.BeginFunc(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		if err := s.insert(ctx, tx, session, now, now.Add(s.cfg.IdleTTL)); err != nil {
			return err
		}
		var err error
		token, err = s.issue(ctx, tx, session.ID, now)
		return err
	})
	if err != nil {
		return Session{}, "", fmt.Errorf("open a session: %w", err)
	}
	return session, token, nil
}

// Rotate takes a refresh token and answers the next one. A token that comes a second time revokes its session: either
// the caller or somebody else holds a stolen copy. Refusals: ErrRefresh, ErrReused.
func (s *Store) Rotate(ctx context.Context, token string) (Session, string, error) {
	hash, err := hashOf(token)
	if err != nil {
		return Session{}, "", ErrRefresh
	}
	now := s.cfg.Now()
	var session Session
	var next string
	var reused bool
	err = pgx.BeginFunc(ctx, s.cfg.Pool, func(tx pgx.Tx) error {
		used, err := spend(ctx, tx, hash, now, &session.ID)
		if err != nil {
			return err
		}
		if reused = used; used {
			return nil
		}
		if session.Account, err = s.touch(ctx, tx, session.ID, now); err != nil {
			return err
		}
		next, err = s.issue(ctx, tx, session.ID, now)
		return err
	})
	switch {
	case errors.Is(err, ErrRefresh):
		return Session{}, "", ErrRefresh
	case err != nil:
		return Session{}, "", fmt.Errorf("rotate a session: %w", err)
	case reused:
		if err := s.Revoke(ctx, session.ID, Reuse); err != nil {
			return Session{}, "", err
		}
		return Session{}, "", ErrReused
	}
	return session, next, nil
}

// SessionOf is the session that a refresh token belongs to, used or not; ErrRefresh when there is none.
func (s *Store) SessionOf(ctx context.Context, token string) (events.ID, error) {
	hash, err := hashOf(token)
	if err != nil {
		return events.ID{}, ErrRefresh
	}
	var id events.ID
	err = s.cfg.Pool.QueryRow(ctx, `SELECT session_id FROM refresh_tokens WHERE hash = $1`, hash).Scan(&id)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return events.ID{}, ErrRefresh
	case err != nil:
		return events.ID{}, fmt.Errorf("find a session: %w", err)
	}
	return id, nil
}

// hashOf is what is stored of a refresh token.
func hashOf(token string) ([]byte, error) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != tokenBytes {
		return nil, ErrRefresh
	}
	sum := sha256.Sum256(raw)
	return sum[:], nil
}
