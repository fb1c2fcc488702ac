// Package uploads remembers direct uploads that were begun: what they are to become, and where their parts are.
//
// A row is not a fact and never reaches the log. The package knows neither the object store nor HTTP; who removes a row
// also gives the parts up.
package uploads

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// Limits.
const (
	TTL           = 24 * time.Hour // from the beginning to the completion
	MaxPerAccount = 5              // begun at once
)

// Refusals.
var (
	ErrNotFound = fault.New(fault.NotFound, "upload.not-found",
		"La subida no existe o venció.", "There is no such upload, or it has expired.")
	ErrTooMany = fault.New(fault.Invalid, "upload.too-many-pending",
		"Tienes 5 subidas sin terminar. Termina o cancela una.", "You have 5 unfinished uploads. Finish or cancel one.")
)

// Upload is one that was begun.
type Upload struct {
	ID        events.ID // also of the video that it becomes
	Account   events.ID
	Title     string
	Public    bool
	Bytes     int64
	SHA256    string // as the client says, lower-case hex; empty when it did not
	Key       string
	Multipart string // the object store's id
	CreatedAt time.Time
	ExpiresAt time.Time
}

// Table is where they are kept.
type Table struct{ Pool *pgxpool.Pool }

// Add remembers an upload. Refusal: ErrTooMany.
func (t Table) Add(ctx context.Context, u Upload) error {
	err := pgx.BeginFunc(ctx, t.Pool, func(tx pgx.Tx) error {
		// Two that begin at once must not both be the fifth.
		if _, err := tx.Exec(ctx, `SELECT pg_advisory_xact_lock(hashtextextended($1, 21))`, u.Account.String()); err != nil {
			return err
		}
		tag, err := tx.Exec(ctx, `
			INSERT INTO pending_uploads (upload_id, account_id, title, public, bytes, sha256, object_key, multipart, created_at, expires_at)
			SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10
			WHERE (SELECT count(*) FROM pending_uploads WHERE account_id = $2 AND expires_at > $9) < $11`,
			u.ID, u.Account, u.Title, u.Public, u.Bytes, u.SHA256, u.Key, u.Multipart, u.CreatedAt, u.ExpiresAt, MaxPerAccount)
		if err == nil && tag.RowsAffected() == 0 {
			return ErrTooMany
		}
		return err
	})
	if errors.Is(err, ErrTooMany) {
		return ErrTooMany
	}
	if err != nil {
		return fmt.Errorf("remember upload %s: %w", u.ID, err)
	}
	return nil
}

const selectUploads = `
	SELECT upload_id, account_id, title, public, bytes, sha256, object_key, multipart, created_at, expires_at
	FROM pending_uploads `

// ByID is an upload that was begun, expired or not; false when there is none.
func (t Table) ByID(ctx context.Context, id events.ID) (Upload, bool, error) {
	list, err := t.list(ctx, selectUploads+`WHERE upload_id = $1`, id)
	if err != nil || len(list) == 0 {
		return Upload{}, false, err
	}
	return list[0], true, nil
}

// Of are the uploads of an account, oldest first, expired or not.
func (t Table) Of(ctx context.Context, account events.ID) ([]Upload, error) {
	return t.list(ctx, selectUploads+`WHERE account_id = $1 ORDER BY created_at, upload_id`, account)
}

// Begun are those of the ids that were begun and are not forgotten, expired or not.
func (t Table) Begun(ctx context.Context, ids []events.ID) (map[events.ID]bool, error) {
	list, err := t.list(ctx, selectUploads+`WHERE upload_id = ANY($1)`, ids)
	begun := make(map[events.ID]bool, len(list))
	for _, u := range list {
		begun[u.ID] = true
	}
	return begun, err
}

// Expired are up to limit uploads whose time was over at a moment.
func (t Table) Expired(ctx context.Context, at time.Time, limit int) ([]Upload, error) {
	return t.list(ctx, selectUploads+`WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2`, at, limit)
}

// Forget removes uploads; ones that are not there are no error.
func (t Table) Forget(ctx context.Context, ids ...events.ID) error {
	if _, err := t.Pool.Exec(ctx, `DELETE FROM pending_uploads WHERE upload_id = ANY($1)`, ids); err != nil {
		return fmt.Errorf("forget uploads: %w", err)
	}
	return nil
}

func (t Table) list(ctx context.Context, sql string, args ...any) ([]Upload, error) {
	rows, err := t.Pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list uploads: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Upload])
	if err != nil {
		return nil, fmt.Errorf("list uploads: %w", err)
	}
	return list, nil
}
