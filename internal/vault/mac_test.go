package vault

import (
	"bytes"
	"encoding/hex"
	"testing"
)

// Computed with another implementation of HKDF and HMAC.
const (
	wantEmail    = "a760ef424f11384d4da2eeca6f9cddc6316d769ab6646d33eda392759cd55739"
	wantAddress  = "9e66f454f94d81e2"
	wantMasterID = "f0cb5cfb16c3e1c1"
)

// TestMACsNeverChange pins what stands in the log for ever: with another derivation nobody could sign in any more.
func TestMACsNeverChange(t *testing.T) {
	t.Parallel()
	v := New(nil, [32]byte{1, 2, 3}, nil)
	if got := hex.EncodeToString(v.EmailMAC("ana@example.org")); got != wantEmail {
		t.Errorf("EmailMAC = %s", got)
	}
	if got := v.AddressDigest("192.0.2.0/24"); got != wantAddress {
		t.Errorf("AddressDigest = %s", got)
	}
	if got := hex.EncodeToString(newMasterKey([32]byte{1, 2, 3}).id); got != wantMasterID {
		t.Errorf("master id = %s", got)
	}
}

func TestMACsDiffer(t *testing.T) {
	t.Parallel()
	v, w := New(nil, [32]byte{1}, nil), New(nil, [32]byte{2}, nil)
	if bytes.Equal(v.EmailMAC("a"), v.EmailMAC("b")) || bytes.Equal(v.EmailMAC("a"), w.EmailMAC("a")) {
		t.Error("MACs of different texts or keys are equal")
	}
	if hex.EncodeToString(v.EmailMAC("a"))[:16] == v.AddressDigest("a") {
		t.Error("one text has the same MAC as an e-mail and as an address")
	}
	if !bytes.Equal(w.Rooted([32]byte{1}).EmailMAC("a"), v.EmailMAC("a")) {
		t.Error("Rooted makes other MACs than its root")
	}
	if bytes.Equal(w.EmailMAC("a"), v.EmailMAC("a")) {
		t.Error("Rooted changed its receiver")
	}
}
