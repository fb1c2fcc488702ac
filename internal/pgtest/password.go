package pgtest

import (
	"context"
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
)

// quickenPasswords keeps the passwords and has them hashed once for a connection, not 4,096 times, which with the race
// detector costs a test some 20 ms of CPU for each connection. The many rounds are for passwords that can be guessed; these
// are random.
func (s *server) quickenPasswords(ctx context.Context) error {
	for _, u := range []*url.URL{s.super, s.app} {
		password, _ := u.User.Password()
		verifier, err := scramOnce(password)
		if err != nil {
			return err
		}
		// A verifier is base64 and punctuation without quotes; ALTER ROLE takes no parameter.
		if err := s.admin(ctx, createTimeout, `ALTER ROLE `+quote(u.User.Username())+` PASSWORD '`+verifier+`'`); err != nil {
			return err
		}
	}
	return nil
}

// scramOnce is what PostgreSQL stores of a password (RFC 5803), for one round of hashing.
func scramOnce(password string) (string, error) {
	salt := make([]byte, 16)
	rand.Read(salt) // it never fails
	salted, err := pbkdf2.Key(sha256.New, password, salt, 1, sha256.Size)
	if err != nil {
		return "", fmt.Errorf("hash password: %w", err)
	}
	sign := func(text string) []byte {
		h := hmac.New(sha256.New, salted)
		h.Write([]byte(text))
		return h.Sum(nil)
	}
	stored, encode := sha256.Sum256(sign("Client Key")), base64.StdEncoding.EncodeToString
	return fmt.Sprintf("SCRAM-SHA-256$1:%s$%s:%s", encode(salt), encode(stored[:]), encode(sign("Server Key"))), nil
}
