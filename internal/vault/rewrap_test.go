package vault

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"testing"
	"testing/iotest"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// TestRewrap turns more keys than one transaction takes; values stay readable, with the new master key only.
func TestRewrap(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app, owner := pgtest.Pool(t, db.AppURL), pgtest.Pool(t, db.OwnerURL)
	before := New(app, master, rand.Reader)
	next := [32]byte{9}
	const n = 2*rewrapBatch + 3
	var page []events.Recorded
	for i := range n {
		account := events.ID{0: 1}
		binary.BigEndian.PutUint32(account[12:], uint32(i))
		newKey(t, before, account)
		if i%100 == 0 {
			page = append(page, stored(t, before, registered(account)))
		}
	}
	closed := append([]events.Recorded{}, page...)
	errDry := errors.New("dry")
	if _, err := Rewrap(t.Context(), owner, master, next, iotest.ErrReader(errDry)); !errors.Is(err, errDry) {
		t.Errorf("without randomness: %v", err)
	}
	if turned, err := Rewrap(t.Context(), app, master, next, rand.Reader); err == nil {
		t.Errorf("the application may turn keys: %d", turned)
	}
	for _, want := range []int{n, 0} {
		if turned, err := Rewrap(t.Context(), owner, master, next, rand.Reader); err != nil || turned != want {
			t.Errorf("Rewrap = %d, %v; want %d", turned, err, want)
		}
	}
	after := New(app, next, rand.Reader).Rooted(master)
	if err := after.Open(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	for _, r := range page {
		if _, open := name(t, r); !open {
			t.Error("a value is closed after Rewrap")
		}
	}
	if err := before.Open(t.Context(), closed); !errors.Is(err, ErrMaster) {
		t.Errorf("with the old master key: %v", err)
	}
}

func TestRewrapRefusesTamperedKeys(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner := pgtest.Pool(t, db.OwnerURL)
	newKey(t, New(owner, master, rand.Reader), ana)
	if _, err := owner.Exec(t.Context(), `UPDATE account_keys SET wrapped = set_byte(wrapped, 20, 1 # get_byte(wrapped, 20))`); err != nil {
		t.Fatal(err)
	}
	if _, err := Rewrap(t.Context(), owner, master, [32]byte{9}, rand.Reader); !errors.Is(err, ErrOpen) {
		t.Errorf("Rewrap = %v", err)
	}
	owner.Close()
	if _, err := Rewrap(t.Context(), owner, master, [32]byte{9}, rand.Reader); err == nil {
		t.Error("works without a database")
	}
}
