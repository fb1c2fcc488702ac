package events

import (
	"bytes"
	"errors"
	"slices"
	"testing"
)

var errRefused = errors.New("refused")

func refuse([]byte) ([]byte, error) { return nil, errRefused }

// flip stands for a cipher.
func flip(b []byte) ([]byte, error) {
	b = bytes.Clone(b)
	for i := range b {
		b[i] ^= 0xff
	}
	return b, nil
}

func encrypt(s Sealing) error { return s.Encrypt(flip) }
func decrypt(s Sealing) error { return s.Decrypt(flip) }

// personal are the facts with personal values, open.
func personal() []Personal {
	ana, login := Open(Person{"Ana", "Ríos"}), Open(Credentials{"ana@example.org", "$argon2id$"})
	return []Personal{
		AccountRegistered{AccountID: ID{1}, Person: ana, Credentials: login},
		AccountProfileChanged{AccountID: ID{1}, Person: ana},
		AccountPasswordChanged{AccountID: ID{1}, Credentials: login},
		VideoSubmitted{OwnerID: ID{1}, Title: Open("Triple")},
	}
}

// TestPersonalSurvivesTheLog seals, stores, reads and opens each fact with personal values.
func TestPersonalSurvivesTheLog(t *testing.T) {
	t.Parallel()
	for _, open := range personal() {
		sealed, err := open.WithSealed(encrypt)
		if err != nil {
			t.Fatal(err)
		}
		typ, schema, data, err := Marshal(sealed)
		if err != nil {
			t.Fatal(err)
		}
		for _, plain := range []string{"Ana", "Ríos", "example", "argon", "Triple"} {
			if bytes.Contains(data, []byte(plain)) {
				t.Errorf("%s is stored with %q readable: %s", typ, plain, data)
			}
		}
		stored, err := Unmarshal(typ, schema, data)
		if err != nil {
			t.Fatal(err)
		}
		closed, ok := stored.(Personal)
		if !ok || closed.Subject() != (ID{1}) {
			t.Fatalf("%s is not about its subject", typ)
		}
		opened, err := closed.WithSealed(decrypt)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(values(t, opened), values(t, open)) {
			t.Errorf("%s: opened %v, want %v", typ, values(t, opened), values(t, open))
		}
		if slices.Contains(values(t, stored), any("Triple")) {
			t.Errorf("%s: opening a copy changed the original", typ)
		}
	}
}

// values are the open personal values of a fact.
func values(t *testing.T, e Event) (all []any) {
	t.Helper()
	switch e := e.(type) {
	case AccountRegistered:
		all = append(all, opened(e.Person), opened(e.Credentials))
	case AccountProfileChanged:
		all = append(all, opened(e.Person))
	case AccountPasswordChanged:
		all = append(all, opened(e.Credentials))
	case VideoSubmitted:
		all = append(all, opened(e.Title))
	default:
		t.Fatalf("%s has no personal values", e.EventType())
	}
	return all
}

func opened[T any](s Sealed[T]) any {
	if v, ok := s.Value(); ok {
		return v
	}
	return nil
}

func TestSealingFails(t *testing.T) {
	t.Parallel()
	for _, e := range personal() {
		got, err := e.WithSealed(func(s Sealing) error { return s.Encrypt(refuse) })
		if !errors.Is(err, errRefused) {
			t.Errorf("%s: %v, %v", e.EventType(), got, err)
		}
	}
	// The second value of a fact can fail too.
	calls := 0
	_, err := personal()[0].WithSealed(func(Sealing) error {
		if calls++; calls == 2 {
			return errRefused
		}
		return nil
	})
	if !errors.Is(err, errRefused) {
		t.Errorf("second value: %v", err)
	}
	unencodable := Open(make(chan int))
	if err := unencodable.Encrypt(flip); err == nil {
		t.Error("a value that JSON cannot hold was sealed")
	}
}

func TestOpeningFails(t *testing.T) {
	t.Parallel()
	var s Sealed[Person]
	if err := s.Decrypt(refuse); !errors.Is(err, errRefused) {
		t.Errorf("Decrypt = %v", err)
	}
	for _, plain := range []string{`null`, ``, `[]`, `{"first_name":"Ana","age":7}`, `{}{}`} {
		err := s.Decrypt(func([]byte) ([]byte, error) { return []byte(plain), nil })
		if _, ok := s.Value(); ok || err == nil {
			t.Errorf("plain text %q was opened: %v", plain, err)
		}
	}
}

// TestClosedStaysClosed reads a fact of an erased account and writes it again as it was.
func TestClosedStaysClosed(t *testing.T) {
	t.Parallel()
	sealed := Open("Triple")
	if err := sealed.Encrypt(flip); err != nil {
		t.Fatal(err)
	}
	stored, err := sealed.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	var closed Sealed[string]
	if err := closed.UnmarshalJSON(stored); err != nil {
		t.Fatal(err)
	}
	if v, ok := closed.Value(); ok || v != "" {
		t.Errorf("Value = %q, %t", v, ok)
	}
	if err := closed.Encrypt(refuse); err != nil {
		t.Errorf("a closed value was sealed again: %v", err)
	}
	if again, err := closed.MarshalJSON(); err != nil || !bytes.Equal(again, stored) {
		t.Errorf("written again as %s, %v; want %s", again, err, stored)
	}
}
