// Package vault keeps what is personal unreadable in the log: names, e-mails, password hashes and titles are stored as
// AES-256-GCM ciphertext under a key per account. The keys are rows of account_keys, each wrapped by a master key that
// only the environment holds. Deleting a row erases the person from the log, while events, positions and counts stay.
//
// The package must not know what the values mean, and never logs one. It keeps no open key between two calls, so that an
// erased key is gone everywhere as soon as its row is: a page of events costs one query for all of its keys.
//
// What is authenticated with what:
//
//	wrapped key   under the master key, with the account's id
//	value         under the account's key, with the account's id and the event's type
//
// so that a row or a value that somebody moved to another account or another kind of event does not open.
package vault

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
)

// ErrNoKey says that an account has no key: it was never made, or the account is erased.
var ErrNoKey = errors.New("account has no key")

// ErrMaster says that a key is wrapped by another master key than the vault's.
var ErrMaster = errors.New("account key is wrapped by another master key")

// ErrOpen says that a key or a value does not open: it was changed, moved, or cut.
var ErrOpen = errors.New("ciphertext is not authentic")

// Querier is what reading keys needs: a pool, a connection or a transaction.
type Querier interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
}

// Vault seals and opens personal values. Its methods may be called by any number of goroutines.
type Vault struct {
	pool   *pgxpool.Pool
	random io.Reader
	master masterKey
	macs   macKeys
}

// New makes a vault. random must be a cryptographic source that several goroutines may read. The keys of the MACs are
// derived from master; see Rooted for what that means when master changes.
func New(pool *pgxpool.Pool, master [32]byte, random io.Reader) *Vault {
	return &Vault{pool: pool, random: random, master: newMasterKey(master), macs: deriveMACKeys(master)}
}

// Rooted is a vault that wraps with the same master key and makes MACs with keys derived from root. MACs name streams in
// the log for ever; so after Rewrap the first master key that the database had must be given here.
func (v *Vault) Rooted(root [32]byte) *Vault {
	r := *v
	r.macs = deriveMACKeys(root)
	return &r
}

// NewKey makes the key of an account. When there is one it stays, so that a command can be repeated.
func (v *Vault) NewKey(ctx context.Context, account events.ID) error {
	var key [32]byte
	if _, err := io.ReadFull(v.random, key[:]); err != nil {
		return fmt.Errorf("make key of account %s: %w", account, err)
	}
	wrapped, err := v.master.wrap(account, key, v.random)
	if err != nil {
		return fmt.Errorf("make key of account %s: %w", account, err)
	}
	_, err = v.pool.Exec(ctx, `
		INSERT INTO account_keys (account_id, master_id, wrapped)
		VALUES ($1, $2, $3)
		ON CONFLICT (account_id) DO NOTHING`, [16]byte(account), v.master.id, wrapped)
	if err != nil {
		return fmt.Errorf("make key of account %s: %w", account, err)
	}
	return nil
}

// Seal is e with its personal values encrypted under the key of the account that it is about, or e itself when it has
// none. ErrNoKey when the account has no key.
func (v *Vault) Seal(ctx context.Context, e events.Event) (events.Event, error) {
	personal, ok := e.(events.Personal)
	if !ok {
		return e, nil
	}
	account := personal.Subject()
	keys, err := v.load(ctx, v.pool, []events.ID{account})
	if err != nil {
		return nil, err
	}
	key, ok := keys[account]
	if !ok {
		return nil, fmt.Errorf("seal %s of account %s: %w", e.EventType(), account, ErrNoKey)
	}
	bound := valueContext(account, e.EventType())
	sealed, err := personal.WithSealed(func(s events.Sealing) error {
		return s.Encrypt(func(plain []byte) ([]byte, error) { return key.seal(plain, bound, v.random) })
	})
	if err != nil {
		return nil, fmt.Errorf("seal %s of account %s: %w", e.EventType(), account, err)
	}
	return sealed, nil
}

// Open opens the personal values of a page in place, with one query. Those of an account without a key stay closed.
func (v *Vault) Open(ctx context.Context, page []events.Recorded) error {
	return v.OpenIn(ctx, v.pool, page)
}

// OpenIn is Open over a connection or transaction of the caller's.
func (v *Vault) OpenIn(ctx context.Context, q Querier, page []events.Recorded) error {
	accounts := subjects(page)
	if len(accounts) == 0 {
		return nil
	}
	keys, err := v.load(ctx, q, accounts)
	if err != nil {
		return err
	}
	for i := range page {
		if err := openEvent(&page[i], keys); err != nil {
			return fmt.Errorf("open event at position %d: %w", page[i].Position, err)
		}
	}
	return nil
}

func subjects(page []events.Recorded) []events.ID {
	seen := map[events.ID]struct{}{}
	var accounts []events.ID
	for _, r := range page {
		personal, ok := r.Event.(events.Personal)
		if !ok {
			continue
		}
		account := personal.Subject()
		if _, again := seen[account]; !again {
			seen[account] = struct{}{}
			accounts = append(accounts, account)
		}
	}
	return accounts
}

func openEvent(r *events.Recorded, keys map[events.ID]accountKey) error {
	personal, ok := r.Event.(events.Personal)
	if !ok {
		return nil
	}
	key, ok := keys[personal.Subject()]
	if !ok {
		return nil // erased
	}
	bound := valueContext(personal.Subject(), r.Event.EventType())
	opened, err := personal.WithSealed(func(s events.Sealing) error {
		return s.Decrypt(func(cipher []byte) ([]byte, error) { return key.open(cipher, bound) })
	})
	if err != nil {
		return err
	}
	r.Event = opened
	return nil
}

// load reads and unwraps the keys of accounts; those without one are left out.
func (v *Vault) load(ctx context.Context, q Querier, accounts []events.ID) (map[events.ID]accountKey, error) {
	ids := make([][16]byte, len(accounts))
	for i, a := range accounts {
		ids[i] = a
	}
	rows, err := q.Query(ctx, `
		SELECT account_id, master_id, wrapped
		FROM account_keys
		WHERE account_id = ANY ($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("load account keys: %w", err)
	}
	keys := make(map[events.ID]accountKey, len(accounts))
	var row keyRow
	_, err = pgx.ForEachRow(rows, []any{(*[16]byte)(&row.account), &row.master, &row.wrapped}, func() error {
		key, err := v.master.unwrap(row)
		if err != nil {
			return fmt.Errorf("key of account %s: %w", row.account, err)
		}
		keys[row.account] = newAccountKey(key)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load account keys: %w", err)
	}
	return keys, nil
}
