package vault

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
)

// addressDigestBytes is how much of an address's MAC is kept: enough to tell addresses apart, not to prove one.
const addressDigestBytes = 8

// macKeys make the keyed digests that stand in the log for what must not.
type macKeys struct{ email, address []byte }

func deriveMACKeys(root [32]byte) macKeys {
	return macKeys{email: derive(root, infoEmail, 32), address: derive(root, infoAddress, 32)}
}

// EmailMAC is the 32-byte HMAC-SHA256 of a normalised e-mail; it names the account's stream.
func (v *Vault) EmailMAC(normalised string) []byte { return mac(v.macs.email, normalised) }

// AddressDigest is a short keyed digest, in hex, of the prefix of a client's address.
func (v *Vault) AddressDigest(prefix string) string {
	return hex.EncodeToString(mac(v.macs.address, prefix)[:addressDigestBytes])
}

func mac(key []byte, s string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(s)) // never fails
	return h.Sum(nil)
}
