package events

import (
	"encoding/hex"
	"errors"
)

// ID is a UUID (RFC 9562) in its 16 bytes. The zero ID means "none" and is never given to anything.
type ID [16]byte

// ErrID says that a text is not a UUID in its 36-character form.
var ErrID = errors.New("not a UUID in 8-4-4-4-12 form")

// dashes are where the text form has its four hyphens.
var dashes = [...]int{8, 13, 18, 23}

// ParseID reads the 36-character form with hyphens, in either case, and nothing else.
func ParseID(s string) (ID, error) {
	var id ID
	if len(s) != 36 {
		return ID{}, ErrID
	}
	var digits [32]byte
	n := 0
	for i := range len(s) {
		if i == dashes[0] || i == dashes[1] || i == dashes[2] || i == dashes[3] {
			if s[i] != '-' {
				return ID{}, ErrID
			}
			continue
		}
		digits[n] = s[i]
		n++
	}
	if _, err := hex.Decode(id[:], digits[:]); err != nil {
		return ID{}, ErrID
	}
	return id, nil
}

// IsZero reports whether the ID is none.
func (id ID) IsZero() bool { return id == ID{} }

// String is the 36-character lower-case form.
func (id ID) String() string {
	b, _ := id.AppendText(make([]byte, 0, 36)) // cannot fail
	return string(b)
}

// AppendText appends the 36-character form.
func (id ID) AppendText(b []byte) ([]byte, error) {
	b = hex.AppendEncode(b, id[0:4])
	for _, part := range [][]byte{id[4:6], id[6:8], id[8:10], id[10:16]} {
		b = append(b, '-')
		b = hex.AppendEncode(b, part)
	}
	return b, nil
}

// MarshalText is the 36-character form; JSON and SQL drivers use it.
func (id ID) MarshalText() ([]byte, error) { return id.AppendText(make([]byte, 0, 36)) }

// UnmarshalText is ParseID.
func (id *ID) UnmarshalText(b []byte) error {
	v, err := ParseID(string(b))
	if err != nil {
		return err
	}
	*id = v
	return nil
}
