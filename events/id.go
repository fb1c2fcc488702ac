package events

import (
	"bytes"
	"encoding/hex"
	"errors"
)

// ID is a UUID (RFC 9562) in its 16 bytes. The zero ID means "none" and is never given to anything.
type ID [16]byte

// ErrID says that a text is not a UUID in its 36-character form.
var ErrID = errors.New("not a UUID in 8-4-4-4-12 form")

// digits are where the text form has the two digits of each byte; the four hyphens are in between.
var digits = [len(ID{})]int{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// noDigit is the value of what is no hexadecimal digit.
const noDigit = 0xff

var digitValues = func() (values [256]byte) {
	for i := range values {
		values[i] = noDigit
	}
	for i, c := range []byte("0123456789") {
		values[c] = byte(i)
	}
	for i := range byte(6) {
		values['a'+i], values['A'+i] = 10+i, 10+i
	}
	return values
}()

// ParseID reads the 36-character form with hyphens, in either case, and nothing else.
func ParseID(s string) (ID, error) { return parseID(s) }

func parseID[T string | []byte](s T) (id ID, err error) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return ID{}, ErrID
	}
	for i, at := range digits {
		high, low := digitValues[s[at]], digitValues[s[at+1]]
		if high|low == noDigit {
			return ID{}, ErrID
		}
		id[i] = high<<4 | low
	}
	return id, nil
}

// IsZero reports whether the ID is none.
func (id ID) IsZero() bool { return id == ID{} }

// Compare puts IDs in the order of their bytes, which is that of their texts.
func (id ID) Compare(other ID) int { return bytes.Compare(id[:], other[:]) }

// String is the 36-character lower-case form.
func (id ID) String() string {
	b, _ := id.AppendText(make([]byte, 0, 36)) // cannot fail
	return string(b)
}

// AppendText appends the 36-character form.
func (id ID) AppendText(b []byte) ([]byte, error) {
	text := [36]byte{8: '-', 13: '-', 18: '-', 23: '-'}
	hex.Encode(text[0:], id[0:4])
	hex.Encode(text[9:], id[4:6])
	hex.Encode(text[14:], id[6:8])
	hex.Encode(text[19:], id[8:10])
	hex.Encode(text[24:], id[10:16])
	return append(b, text[:]...), nil
}

// MarshalText is the 36-character form; JSON and SQL drivers use it.
func (id ID) MarshalText() ([]byte, error) { return id.AppendText(make([]byte, 0, 36)) }

// UnmarshalText is ParseID.
func (id *ID) UnmarshalText(b []byte) error {
	v, err := parseID(b)
	if err != nil {
		return err
	}
	*id = v
	return nil
}
