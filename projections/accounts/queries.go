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
	Role         string // RolePlayer or RoleOrganiser
}

// Queries reads the read model.
type Queries struct{ Pool *pgxpool.Pool }

const selectAccount = `
	SELECT account_id, stream, email, password_hash, first_name, last_name, city, country, registered_at, role
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

// Organisers are the living accounts with that role, by name.
func (q Queries) Organisers(ctx context.Context) ([]Account, error) {
	rows, err := q.Pool.Query(ctx, selectAccount+`WHERE role = 'organiser' ORDER BY first_name, last_name, account_id`)
	if err != nil {
		return nil, fmt.Errorf("list organisers: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Account])
	if err != nil {
		return nil, fmt.Errorf("list organisers: %w", err)
	}
	return list, nil
}

// Names are the first and last names of those of the accounts that are living.
func (q Queries) Names(ctx context.Context, ids []events.ID) (map[events.ID]string, error) {
	rows, err := q.Pool.Query(ctx, `SELECT account_id, first_name || ' ' || last_name FROM accounts WHERE account_id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("find names: %w", err)
	}
	names := make(map[events.ID]string, len(ids))
	var id events.ID
	var name string
	_, err = pgx.ForEachRow(rows, []any{&id, &name}, func() error {
		names[id] = name
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("find names: %w", err)
	}
	return names, nil
}
