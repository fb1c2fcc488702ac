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
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rising-stars/showcase/events"
)

// execer is a pool or a transaction.
type execer interface {
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
}

func (s *Store) insert(ctx context.Context, db execer, session Session, now, expires time.Time) error {
	_, err := db.Exec(ctx, `
		INSERT INTO sessions (session_id, account_id, created_at, last_used_at, expires_at)
		VALUES ($1, $2, $3, $3, $4)`, session.ID, session.Account, now, expires)
	if err != nil {
		return fmt.Errorf("insert a session: %w", err)
	}
	return nil
}

func (s *Store) issue(ctx context.Context, db execer, session events.ID, now time.Time) (string, error) {
	raw := make([]byte, tokenBytes)
	if _, err := io.ReadFull(s.cfg.Random, raw); err != nil {
		return "", fmt.Errorf("make a refresh token: %w", err)
	}
	sum := sha256.Sum256(raw)
	_, err := db.Exec(ctx, `INSERT INTO refresh_tokens (hash, session_id, issued_at) VALUES ($1, $2, $3)`, sum[:], session, now)
	if err != nil {
		return "", fmt.Errorf("insert a refresh token: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw), nil
}

// spend marks a refresh token as used and finds its session, or says that it had been used before.
func spend(ctx context.Context, tx pgx.Tx, hash []byte, now time.Time, session *events.ID) (used bool, err error) {
	err = tx.QueryRow(ctx, `
		UPDATE refresh_tokens SET used_at = $2
		WHERE hash = $1 AND used_at IS NULL
		RETURNING session_id`, hash, now).Scan(session)
	if !errors.Is(err, pgx.ErrNoRows) {
		return false, err
	}
	err = tx.QueryRow(ctx, `SELECT session_id FROM refresh_tokens WHERE hash = $1`, hash).Scan(session)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, ErrRefresh
	}
	return true, err
}

// touch moves the end of a living session on and says whose it is; ErrRefresh when it has ended.
func (s *Store) touch(ctx context.Context, tx pgx.Tx, session events.ID, now time.Time) (account events.ID, err error) {
	err = tx.QueryRow(ctx, `
		UPDATE sessions
		SET last_used_at = $2, expires_at = least($3, created_at + $4)
		WHERE session_id = $1 AND revoked_at IS NULL AND expires_at > $2
		RETURNING account_id`, session, now, now.Add(s.cfg.IdleTTL), s.cfg.MaxTTL).Scan(&account)
	if errors.Is(err, pgx.ErrNoRows) {
		return events.ID{}, ErrRefresh
	}
	return account, err
}

// Revoke ends a session; ending it twice changes nothing.
func (s *Store) Revoke(ctx context.Context, session events.ID, why Reason) error {
	_, err := s.revoke(ctx, `session_id = $1`, why, session)
	return err
}

// RevokeAccount ends every session of an account but one; the zero ID spares none.
func (s *Store) RevokeAccount(ctx context.Context, account, but events.ID, why Reason) error {
	_, err := s.revoke(ctx, `account_id = $1 AND session_id <> $3`, why, account, but)
	return err
}

func (s *Store) revoke(ctx context.Context, which string, why Reason, args ...any) (int, error) {
	rows, err := s.cfg.Pool.Query(ctx, `
		UPDATE sessions
		SET revoked_at = clock_timestamp(), revoked_why = $2
		WHERE revoked_at IS NULL AND `+which+`
		RETURNING session_id, revoked_at`, append([]any{args[0], string(why)}, args[1:]...)...)
	if err != nil {
		return 0, fmt.Errorf("revoke sessions: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[revocation])
	if err != nil {
		return 0, fmt.Errorf("revoke sessions: %w", err)
	}
	s.revoked.add(list)
	return len(list), nil
}

// readRevoked is a page of revocations after a point, in order.
func (s *Store) readRevoked(ctx context.Context, after revocation, limit int) ([]revocation, error) {
	rows, err := s.cfg.Pool.Query(ctx, `
		SELECT session_id, revoked_at
		FROM sessions
		WHERE (revoked_at, session_id) > ($1, $2)
		ORDER BY revoked_at, session_id
		LIMIT $3`, after.At, after.Session, limit)
	if err != nil {
		return nil, fmt.Errorf("read revocations: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[revocation])
	if err != nil {
		return nil, fmt.Errorf("read revocations: %w", err)
	}
	return list, nil
}

// sweepOld deletes sessions that ended so long ago that no access token of theirs can be alive.
func (s *Store) sweepOld(ctx context.Context) error {
	before := s.cfg.Now().Add(-s.cfg.AccessTTL - 2*clockSlack)
	_, err := s.cfg.Pool.Exec(ctx, `
		DELETE FROM sessions
		WHERE session_id IN (
			SELECT session_id FROM sessions
			WHERE expires_at < $1 AND (revoked_at IS NULL OR revoked_at < $1)
			LIMIT $2
		)`, before, sweepBatch)
	if err != nil {
		return fmt.Errorf("sweep sessions: %w", err)
	}
	return nil
}
