package vault

import (
	"fmt"
	"io"

	"github.com/rising-stars/showcase/events"
)

// NewAccountKey is an account's key that is in no database yet, for logs that are made as a whole.
type NewAccountKey struct {
	Account  events.ID
	MasterID []byte // as account_keys stores it
	Wrapped  []byte // as account_keys stores it

	key    accountKey
	random io.Reader
}

// MakeKey makes a key that the caller stores. With a source that is not random the log can be made again byte by byte,
// and is worth as little as that source; only generated people may live under such a key.
func (v *Vault) MakeKey(account events.ID, random io.Reader) (NewAccountKey, error) {
	var key [32]byte
	if _, err := io.ReadFull(random, key[:]); err != nil {
		return NewAccountKey{}, fmt.Errorf("make key of account %s: %w", account, err)
	}
	wrapped, err := v.master.wrap(account, key, random)
	if err != nil {
		return NewAccountKey{}, fmt.Errorf("make key of account %s: %w", account, err)
	}
	return NewAccountKey{account, v.master.id, wrapped, newAccountKey(key), random}, nil
}

// Seal is e with its personal values encrypted under the key.
func (k NewAccountKey) Seal(e events.Personal) (events.Event, error) {
	bound := valueContext(k.Account, e.EventType())
	sealed, err := e.WithSealed(func(s events.Sealing) error {
		return s.Encrypt(func(plain []byte) ([]byte, error) { return k.key.seal(plain, bound, k.random) })
	})
	if err != nil {
		return nil, fmt.Errorf("seal %s of account %s: %w", e.EventType(), k.Account, err)
	}
	return sealed, nil
}
