package accounts

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
)

// Account is a living account.
type Account struct {
	ID           events.ID
	Stream       string
	Email        string
	PasswordHash string
	FirstName    string
	LastName     string
	City         string
	Country      string
	RegisteredAt time.Time
}

// Queries reads the read model.
type Queries struct{ Pool *pgxpool.Pool }

const selectAccount = `
	SELECT account_id, stream, email, password_hash, first_name, last_name, city, country, registered_at
	FROM accounts `

// ByStream is the living account on a stream; false when there is none.
func (q Queries) ByStream(ctx context.Context, stream string) (Account, bool, error) {
	return q.one(ctx, selectAccount+`WHERE stream = $1`, stream)
}

// ByID is the living account with an id; false when there is none.
func (q Queries) ByID(ctx context.Context, id events.ID) (Account, bool, error) {
	return q.one(ctx, selectAccount+`WHERE account_id = $1`, id)
}

func (q Queries) one(ctx context.Context, sql string, arg any) (Account, bool, error) {
	rows, err := q.Pool.Query(ctx, sql, arg)
	if err != nil {
		return Account{}, false, fmt.Errorf("find account: %w", err)
	}
	a, err := pgx.CollectExactlyOneRow(rows, pgx.RowToStructByPos[Account])
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Account{}, false, nil
	case err != nil:
		return Account{}, false, fmt.Errorf("find account: %w", err)
	}
	return a, true, nil
}
