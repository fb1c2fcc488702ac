package vault

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

var (
	master = [32]byte{1}
	ana    = events.ID{0: 1, 15: 1}
	luis   = events.ID{0: 1, 15: 2}
)

func registered(account events.ID) events.AccountRegistered {
	return events.AccountRegistered{
		AccountID:   account,
		Person:      events.Open(events.Person{FirstName: "Ana", LastName: "Ríos 🏀"}),
		Credentials: events.Open(events.Credentials{Email: "ana@example.org", PasswordHash: "$argon2id$"}),
		City:        "Bogotá",
	}
}

func newVault(t *testing.T) (*Vault, *pgxpool.Pool) {
	t.Helper()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	return New(pool, master, rand.Reader), pool
}

func newKey(t *testing.T, v *Vault, account events.ID) {
	t.Helper()
	if err := v.NewKey(t.Context(), account); err != nil {
		t.Fatal(err)
	}
}

// stored seals a fact and reads it back as the log would give it.
func stored(t *testing.T, v *Vault, e events.Event) events.Recorded {
	t.Helper()
	sealed, err := v.Seal(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	typ, schema, data, err := events.Marshal(sealed)
	if err != nil {
		t.Fatal(err)
	}
	for _, plain := range []string{"Ana", "Ríos", "example.org", "argon2id"} {
		if bytes.Contains(data, []byte(plain)) {
			t.Fatalf("%q is readable in %s", plain, data)
		}
	}
	r, err := events.Raw{Position: 1, Type: typ, Schema: schema, Data: data, Meta: []byte(`{}`)}.Decode()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// name is the opened first name of a registration; false when it is closed.
func name(t *testing.T, r events.Recorded) (string, bool) {
	t.Helper()
	e, ok := r.Event.(events.AccountRegistered)
	if !ok {
		t.Fatalf("%T is not a registration", r.Event)
	}
	p, open := e.Person.Value()
	if _, alike := e.Credentials.Value(); alike != open {
		t.Fatal("one value is open and the other is not")
	}
	return p.FirstName, open
}

func TestSealAndOpen(t *testing.T) {
	t.Parallel()
	v, _ := newVault(t)
	newKey(t, v, ana)
	newKey(t, v, luis)
	page := []events.Recorded{
		stored(t, v, registered(ana)),
		stored(t, v, events.BallotCast{VoterID: ana}),
		stored(t, v, registered(luis)),
		stored(t, v, events.VideoSubmitted{OwnerID: ana, Title: events.Open("Triple")}),
	}
	if _, open := name(t, page[0]); open {
		t.Error("a stored value is open before Open")
	}
	if err := v.Open(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 2} {
		if got, open := name(t, page[i]); !open || got != "Ana" {
			t.Errorf("event %d: %q, %t", i, got, open)
		}
	}
	submitted, ok := page[3].Event.(events.VideoSubmitted)
	if !ok {
		t.Fatalf("event 3 is %T", page[3].Event)
	}
	if title, open := submitted.Title.Value(); !open || title != "Triple" {
		t.Errorf("title %q, %t", title, open)
	}
}

func TestSealLeavesOthersAlone(t *testing.T) {
	t.Parallel()
	v := New(nil, master, rand.Reader) // would fail if it looked for a key
	want := events.BallotCast{VoterID: ana}
	if got, err := v.Seal(t.Context(), want); err != nil || got != events.Event(want) {
		t.Errorf("Seal = %v, %v", got, err)
	}
	page := []events.Recorded{{Event: want}}
	if err := v.Open(t.Context(), page); err != nil || page[0].Event != events.Event(want) {
		t.Errorf("Open = %v, %v", page, err)
	}
}

// TestErasure deletes a key: the person is gone at once, for every vault, and cannot be written again.
func TestErasure(t *testing.T) {
	t.Parallel()
	v, pool := newVault(t)
	newKey(t, v, ana)
	newKey(t, v, luis)
	page := []events.Recorded{stored(t, v, registered(ana)), stored(t, v, registered(luis))}
	if err := v.Open(t.Context(), page[:1]); err != nil {
		t.Fatal(err)
	}
	page[0] = stored(t, v, registered(ana))
	if _, err := pool.Exec(t.Context(), `DELETE FROM account_keys WHERE account_id = $1`, [16]byte(ana)); err != nil {
		t.Fatal(err)
	}
	if err := v.Open(t.Context(), page); err != nil {
		t.Fatal(err)
	}
	if got, open := name(t, page[0]); open || got != "" {
		t.Errorf("an erased person is read: %q", got)
	}
	if _, open := name(t, page[1]); !open {
		t.Error("another person is erased too")
	}
	if _, err := v.Seal(t.Context(), registered(ana)); !errors.Is(err, ErrNoKey) {
		t.Errorf("Seal for an erased person: %v", err)
	}
	// A new key, should anybody make one, does not bring the old values back.
	newKey(t, v, ana)
	if err := v.Open(t.Context(), page[:1]); !errors.Is(err, ErrOpen) {
		t.Errorf("old values under a new key: %v", err)
	}
}

func TestNewKeyTwiceKeepsTheFirst(t *testing.T) {
	t.Parallel()
	v, _ := newVault(t)
	newKey(t, v, ana)
	page := []events.Recorded{stored(t, v, registered(ana))}
	newKey(t, v, ana)
	if err := v.Open(t.Context(), page); err != nil {
		t.Error(err)
	}
}

// TestMovedAndChanged moves values and keys to where they do not belong, and changes single bits.
func TestMovedAndChanged(t *testing.T) {
	t.Parallel()
	key := newAccountKey([32]byte{7})
	plain := []byte("Ana")
	bound := valueContext(ana, "account.registered")
	sealed, err := key.seal(plain, bound, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := key.open(sealed, bound); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("open = %q, %v", got, err)
	}
	for what, context := range map[string][]byte{
		"account": valueContext(luis, "account.registered"),
		"event":   valueContext(ana, "account.profile-changed"),
		"kind":    keyContext(ana),
	} {
		if _, err := key.open(sealed, context); !errors.Is(err, ErrOpen) {
			t.Errorf("moved to another %s: %v", what, err)
		}
	}
	if _, err := newAccountKey([32]byte{8}).open(sealed, bound); !errors.Is(err, ErrOpen) {
		t.Errorf("under another key: %v", err)
	}
	for n := range sealed {
		if _, err := key.open(sealed[:n], bound); !errors.Is(err, ErrOpen) {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
		changed := bytes.Clone(sealed)
		changed[n] ^= 1
		if _, err := key.open(changed, bound); !errors.Is(err, ErrOpen) {
			t.Errorf("byte %d changed: %v", n, err)
		}
	}
	m := newMasterKey(master)
	wrapped, err := m.wrap(ana, [32]byte{7}, rand.Reader)
	if err != nil || len(wrapped) != 60 {
		t.Fatalf("wrap = %d bytes, %v", len(wrapped), err)
	}
	if got, err := m.unwrap(keyRow{ana, m.id, wrapped}); err != nil || got != [32]byte{7} {
		t.Fatalf("unwrap = %v, %v", got, err)
	}
	if _, err := m.unwrap(keyRow{luis, m.id, wrapped}); !errors.Is(err, ErrOpen) {
		t.Errorf("key moved to another account: %v", err)
	}
}

func TestEverySealIsAnother(t *testing.T) {
	t.Parallel()
	key := newAccountKey([32]byte{7})
	rapid.Check(t, func(r *rapid.T) {
		plain := rapid.SliceOf(rapid.Byte()).Draw(r, "plain")
		first, err1 := key.seal(plain, nil, rand.Reader)
		second, err2 := key.seal(plain, nil, rand.Reader)
		if err1 != nil || err2 != nil || bytes.Equal(first, second) {
			r.Fatalf("sealed alike: %v, %v", err1, err2)
		}
		if got, err := key.open(first, nil); err != nil || !bytes.Equal(got, plain) {
			r.Fatalf("opened %x, %v", got, err)
		}
	})
}

func TestTamperedRows(t *testing.T) {
	t.Parallel()
	v, pool := newVault(t)
	newKey(t, v, ana)
	page := []events.Recorded{stored(t, v, registered(ana))}
	other := New(pool, [32]byte{2}, rand.Reader)
	if err := other.Open(t.Context(), page); !errors.Is(err, ErrMaster) {
		t.Errorf("another master key: %v", err)
	}
	if _, err := other.Seal(t.Context(), registered(ana)); !errors.Is(err, ErrMaster) {
		t.Errorf("another master key seals: %v", err)
	}
	// A value of Ana's in an event that says it is Luis's.
	newKey(t, v, luis)
	moved, ok := page[0].Event.(events.AccountRegistered)
	if !ok {
		t.Fatal("not a registration")
	}
	moved.AccountID = luis
	err := v.Open(t.Context(), []events.Recorded{{Position: 42, Event: moved}})
	if !errors.Is(err, ErrOpen) || !strings.Contains(err.Error(), "42") {
		t.Errorf("moved value: %v", err)
	}
}

func TestRandomnessFails(t *testing.T) {
	t.Parallel()
	good, pool := newVault(t)
	newKey(t, good, ana)
	errDry := errors.New("dry")
	for _, random := range []io.Reader{
		iotest.ErrReader(errDry),
		io.MultiReader(bytes.NewReader(make([]byte, 32)), iotest.ErrReader(errDry)),
	} {
		if err := New(pool, master, random).NewKey(t.Context(), luis); !errors.Is(err, errDry) {
			t.Errorf("NewKey = %v", err)
		}
	}
	if _, err := New(pool, master, iotest.ErrReader(errDry)).Seal(t.Context(), registered(ana)); !errors.Is(err, errDry) {
		t.Errorf("Seal = %v", err)
	}
}

func TestDatabaseIsGone(t *testing.T) {
	t.Parallel()
	v, pool := newVault(t)
	newKey(t, v, ana)
	page := []events.Recorded{stored(t, v, registered(ana))}
	pool.Close()
	if v.NewKey(t.Context(), luis) == nil || v.Open(t.Context(), page) == nil {
		t.Error("works without a database")
	}
	if _, err := v.Seal(t.Context(), registered(ana)); err == nil || errors.Is(err, ErrNoKey) {
		t.Errorf("Seal = %v", err)
	}
}

// TestNothingLeaks looks for personal values in what errors and formatting show.
func TestNothingLeaks(t *testing.T) {
	t.Parallel()
	v, _ := newVault(t)
	_, err := v.Seal(t.Context(), registered(ana))
	if err == nil || strings.Contains(err.Error(), "Ana") || strings.Contains(err.Error(), "example.org") {
		t.Errorf("error %v", err)
	}
	if _, err := json.Marshal(registered(ana)); !errors.Is(err, events.ErrNotSealed) {
		t.Errorf("an open fact can be written: %v", err)
	}
}
