package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"io"

	"github.com/rising-stars/showcase/events"
)

// What the keys derived from a master key are for. They are part of what is stored: changing one loses data.
const (
	infoMasterID = "showcase master key id v1"
	infoWrap     = "showcase account key wrapping v1"
	infoEmail    = "showcase e-mail mac v1"
	infoAddress  = "showcase address digest v1"

	contextKey   = "account key"
	contextValue = "personal value"
)

const (
	nonceBytes    = 12
	masterIDBytes = 8
	formatV1      = 1 // first byte of a value: AES-256-GCM, then nonce, ciphertext and tag
)

// derive makes a key for one purpose from a master key.
func derive(master [32]byte, info string, size int) []byte {
	key, err := hkdf.Key(sha256.New, master[:], nil, info, size)
	if err != nil {
		panic(err) // only for sizes that SHA-256 cannot give; ours are constants
	}
	return key
}

func newGCM(key []byte) cipher.AEAD {
	block, err := aes.NewCipher(key)
	if err != nil {
		panic(err) // only for key sizes that AES does not have; ours are 32 bytes
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		panic(err) // only for block sizes that AES does not have
	}
	return gcm
}

// sealWith is prefix, a fresh nonce and the ciphertext with its tag.
func sealWith(gcm cipher.AEAD, prefix, plain, bound []byte, random io.Reader) ([]byte, error) {
	out := make([]byte, len(prefix)+nonceBytes, len(prefix)+nonceBytes+len(plain)+gcm.Overhead())
	copy(out, prefix)
	nonce := out[len(prefix):]
	if _, err := io.ReadFull(random, nonce); err != nil {
		return nil, err
	}
	return gcm.Seal(out, nonce, plain, bound), nil
}

func openWith(gcm cipher.AEAD, sealed, bound []byte) ([]byte, error) {
	if len(sealed) < nonceBytes {
		return nil, ErrOpen
	}
	plain, err := gcm.Open(nil, sealed[:nonceBytes], sealed[nonceBytes:], bound)
	if err != nil {
		return nil, ErrOpen
	}
	return plain, nil
}

// masterKey wraps account keys. Its id is a fingerprint that tells nothing about it.
type masterKey struct {
	id  []byte
	gcm cipher.AEAD
}

func newMasterKey(master [32]byte) masterKey {
	return masterKey{
		id:  derive(master, infoMasterID, masterIDBytes),
		gcm: newGCM(derive(master, infoWrap, 32)),
	}
}

// keyRow is a row of account_keys.
type keyRow struct {
	account events.ID
	master  []byte
	wrapped []byte
}

func (m masterKey) wrap(account events.ID, key [32]byte, random io.Reader) ([]byte, error) {
	return sealWith(m.gcm, nil, key[:], keyContext(account), random)
}

func (m masterKey) unwrap(row keyRow) ([32]byte, error) {
	if !bytes.Equal(row.master, m.id) {
		return [32]byte{}, ErrMaster
	}
	key, err := openWith(m.gcm, row.wrapped, keyContext(row.account))
	if err != nil || len(key) != 32 {
		return [32]byte{}, ErrOpen
	}
	return [32]byte(key), nil
}

// accountKey seals and opens values of one account.
type accountKey struct{ gcm cipher.AEAD }

func newAccountKey(key [32]byte) accountKey { return accountKey{newGCM(key[:])} }

func (k accountKey) seal(plain, bound []byte, random io.Reader) ([]byte, error) {
	return sealWith(k.gcm, []byte{formatV1}, plain, bound, random)
}

func (k accountKey) open(sealed, bound []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != formatV1 {
		return nil, ErrOpen
	}
	return openWith(k.gcm, sealed[1:], bound)
}

// keyContext is what a wrapped key is authenticated with.
func keyContext(account events.ID) []byte { return append([]byte(contextKey), account[:]...) }

// valueContext is what a value is authenticated with. The id has a fixed length, so no two contexts can be confused.
func valueContext(account events.ID, eventType string) []byte {
	return append(append([]byte(contextValue), account[:]...), eventType...)
}
