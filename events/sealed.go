package events

import (
	"encoding/json"
	"errors"
)

// Sealed is a personal value: open in memory, ciphertext in the log. The ciphertext is made and read under the key of
// the person that the event is about (see Personal); when that key is destroyed the value cannot be read again, while
// the event, its position and its hash stay.
type Sealed[T any] struct {
	cipher []byte
	open   *T
}

// Sealing is what a vault needs of a sealed value, whatever its type.
type Sealing interface {
	// Encrypt makes the ciphertext from the open value; a value without one is left as it is.
	Encrypt(seal func(plain []byte) ([]byte, error)) error
	// Decrypt makes the open value from the ciphertext.
	Decrypt(unseal func(cipher []byte) ([]byte, error)) error
}

// Personal is an event with sealed values. Subject is the account under whose key they are sealed. WithSealed calls f
// on each sealed value of a copy of the event and returns that copy.
type Personal interface {
	Event
	Subject() ID
	WithSealed(f func(Sealing) error) (Event, error)
}

// ErrNotSealed says that an event with an open personal value was about to be written as it is.
var ErrNotSealed = errors.New("a personal value is not sealed")

// Open is a sealed value that has not been encrypted yet.
func Open[T any](v T) Sealed[T] { return Sealed[T]{open: &v} }

// Value is the open value; false when it was not opened or its key is gone.
func (s Sealed[T]) Value() (T, bool) {
	if s.open == nil {
		var none T
		return none, false
	}
	return *s.open, true
}

// Encrypt is part of Sealing.
func (s *Sealed[T]) Encrypt(seal func([]byte) ([]byte, error)) error {
	if s.open == nil {
		return nil
	}
	plain, err := json.Marshal(*s.open)
	if err != nil {
		return err
	}
	s.cipher, err = seal(plain)
	return err
}

// Decrypt is part of Sealing.
func (s *Sealed[T]) Decrypt(unseal func([]byte) ([]byte, error)) error {
	plain, err := unseal(s.cipher)
	if err != nil {
		return err
	}
	v := new(T)
	if !quickOpen(plain, v) {
		v = new(T)
		if err := strictUnmarshal(plain, v); err != nil {
			return err
		}
	}
	s.open = v
	return nil
}

// MarshalJSON is the ciphertext in base64. A value that was never encrypted is an error, so that no plain personal
// value can reach the log by mistake.
func (s Sealed[T]) MarshalJSON() ([]byte, error) {
	if len(s.cipher) == 0 {
		return nil, ErrNotSealed
	}
	return json.Marshal(s.cipher)
}

// UnmarshalJSON reads the ciphertext; the value stays closed until Decrypt.
func (s *Sealed[T]) UnmarshalJSON(b []byte) error {
	var c []byte
	if err := json.Unmarshal(b, &c); err != nil {
		return err
	}
	if len(c) == 0 {
		return ErrNotSealed
	}
	*s = Sealed[T]{cipher: c}
	return nil
}
