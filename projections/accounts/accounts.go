// Package accounts is the read model of living accounts: who signs in with what, and how they are called.
//
// It is caught up before a sign-up is answered, so that the next request finds the account on any instance. When it
// applies an erasure it also destroys the account's key, in the same transaction: from then on nobody can read the
// person in the log.
package accounts

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// Roles of an account.
const (
	RolePlayer    = "player"
	RoleOrganiser = events.RoleOrganiser
)

// Projection folds account facts into the table accounts.
type Projection struct{}

// Name names the checkpoint.
func (Projection) Name() string { return "accounts" }

// Types are the facts that it reads.
func (Projection) Types() []string {
	return []string{
		events.AccountRegistered{}.EventType(), events.AccountProfileChanged{}.EventType(),
		events.AccountPasswordChanged{}.EventType(), events.AccountErased{}.EventType(),
		events.AccountRoleGranted{}.EventType(), events.AccountRoleRevoked{}.EventType(),
	}
}

// Reset empties the read model.
func (Projection) Reset(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `DELETE FROM accounts`)
	return err
}

// Apply folds a page of facts, in order.
func (Projection) Apply(ctx context.Context, tx pgx.Tx, batch []events.Recorded) error {
	var b pgx.Batch
	for _, r := range batch {
		if fact, ok := r.Event.(events.Account); ok {
			queue(&b, r, fact)
		}
	}
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("apply accounts: %w", err)
	}
	return nil
}

func queue(b *pgx.Batch, r events.Recorded, fact events.Account) {
	switch f := fact.(type) {
	case events.AccountRegistered:
		queueRegistered(b, r, f)
	case events.AccountProfileChanged:
		if person, ok := f.Person.Value(); ok {
			b.Queue(`UPDATE accounts SET first_name = $2, last_name = $3, city = $4, country = $5 WHERE account_id = $1`,
				f.AccountID, person.FirstName, person.LastName, f.City, f.Country)
		}
	case events.AccountPasswordChanged:
		if c, ok := f.Credentials.Value(); ok {
			b.Queue(`UPDATE accounts SET password_hash = $2 WHERE account_id = $1`, f.AccountID, c.PasswordHash)
		}
	case events.AccountRoleGranted:
		b.Queue(`UPDATE accounts SET role = $2 WHERE account_id = $1`, f.AccountID, f.Role)
	case events.AccountRoleRevoked:
		b.Queue(`UPDATE accounts SET role = $2 WHERE account_id = $1 AND role = $3`, f.AccountID, RolePlayer, f.Role)
	case events.AccountErased:
		b.Queue(`DELETE FROM accounts WHERE account_id = $1`, f.AccountID)
		b.Queue(`DELETE FROM account_keys WHERE account_id = $1`, f.AccountID)
	}
}

// queueRegistered leaves out an account whose key is gone: it was erased later in the log.
func queueRegistered(b *pgx.Batch, r events.Recorded, f events.AccountRegistered) {
	person, ok := f.Person.Value()
	credentials, ok2 := f.Credentials.Value()
	if !ok || !ok2 {
		return
	}
	b.Queue(`
		INSERT INTO accounts (account_id, stream, email, password_hash, first_name, last_name, city, country, registered_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		f.AccountID, r.Stream, credentials.Email, credentials.PasswordHash,
		person.FirstName, person.LastName, f.City, f.Country, r.RecordedAt)
}
