package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Key signs or checks access tokens.
type Key struct {
	ID     string // the token header's kid
	Secret []byte
}

// Limits of the key list.
const (
	minSecretBytes = 32 // as long as HS256's output, RFC 7518 section 3.2
	maxKeys        = 8
	maxKeyID       = 64
)

// ErrKeys says that the list of token keys is not usable; its text never holds a key.
var ErrKeys = errors.New("token keys")

// ParseKeys reads `kid:base64,kid2:base64`. The first signs; all of them check, so a key is rotated by putting a new
// one in front and dropping the old one when its last token has expired. A secret has at least 32 bytes.
func ParseKeys(s string) ([]Key, error) {
	var keys []Key
	seen := map[string]bool{}
	for i, item := range strings.Split(s, ",") {
		k, err := parseKey(strings.TrimSpace(item))
		if err != nil {
			return nil, fmt.Errorf("%w: entry %d: %w", ErrKeys, i+1, err)
		}
		if seen[k.ID] {
			return nil, fmt.Errorf("%w: entry %d: the id %q is used twice", ErrKeys, i+1, k.ID)
		}
		seen[k.ID] = true
		keys = append(keys, k)
	}
	if len(keys) > maxKeys {
		return nil, fmt.Errorf("%w: %d entries; the limit is %d", ErrKeys, len(keys), maxKeys)
	}
	return keys, nil
}

func parseKey(item string) (Key, error) {
	id, text, ok := strings.Cut(item, ":")
	if !ok || !keyID(id) {
		return Key{}, errors.New("not of the form id:base64, with an id of letters, digits, '.', '_' and '-'")
	}
	secret, err := decodeSecret(text)
	if err != nil {
		return Key{}, errors.New("the secret is not base64")
	}
	if len(secret) < minSecretBytes {
		return Key{}, fmt.Errorf("the secret has %d bytes; at least %d are needed", len(secret), minSecretBytes)
	}
	return Key{ID: id, Secret: secret}, nil
}

// decodeSecret reads both alphabets of base64, padded or not.
func decodeSecret(s string) ([]byte, error) {
	s = strings.NewReplacer("-", "+", "_", "/").Replace(strings.TrimRight(s, "="))
	return base64.RawStdEncoding.DecodeString(s)
}

func keyID(s string) bool {
	if s == "" || len(s) > maxKeyID {
		return false
	}
	return strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == ""
}
