package uploads_test

import (
	"crypto/rand"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/uploads"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func newID() (id events.ID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

func TestUploadsAreRememberedUntilForgotten(t *testing.T) {
	t.Parallel()
	table := uploads.Table{Pool: pgtest.Pool(t, pgtest.New(t).AppURL)}
	now := time.Now().UTC().Truncate(time.Millisecond)
	ana := newID()
	add := func(at time.Time) (uploads.Upload, error) {
		u := uploads.Upload{
			ID: newID(), Account: ana, Title: "Mate", Public: true, Bytes: 9, SHA256: "ab", Key: "k", Multipart: "m",
			CreatedAt: at, ExpiresAt: at.Add(uploads.TTL),
		}
		return u, table.Add(t.Context(), u)
	}
	var first uploads.Upload
	for i := range uploads.MaxPerAccount {
		u, err := add(now.Add(time.Duration(i) * time.Second))
		if err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			first = u
		}
	}
	if _, err := add(now.Add(time.Minute)); !errors.Is(err, uploads.ErrTooMany) {
		t.Errorf("one too many: %v", err)
	}
	got, ok, err := table.ByID(t.Context(), first.ID)
	got.CreatedAt, got.ExpiresAt = got.CreatedAt.UTC(), got.ExpiresAt.UTC()
	if diff := cmp.Diff(first, got); !ok || err != nil || diff != "" {
		t.Errorf("%v %v %s", ok, err, diff)
	}
	if list, err := table.Of(t.Context(), ana); len(list) != uploads.MaxPerAccount || list[0].ID != first.ID || err != nil {
		t.Errorf("%v, %v", list, err)
	}
	list, err := table.Expired(t.Context(), now.Add(uploads.TTL), 10)
	if len(list) != 1 || list[0].ID != first.ID || err != nil {
		t.Errorf("expired: %v, %v", list, err)
	}
	if _, err := add(now.Add(uploads.TTL)); err != nil {
		t.Errorf("an expired one counts: %v", err)
	}
	if begun, err := table.Begun(t.Context(), []events.ID{first.ID, newID()}); len(begun) != 1 || !begun[first.ID] || err != nil {
		t.Errorf("begun: %v, %v", begun, err)
	}
	if err := table.Forget(t.Context(), first.ID, newID()); err != nil {
		t.Fatal(err)
	}
	if _, ok, err := table.ByID(t.Context(), first.ID); ok || err != nil {
		t.Errorf("forgotten: %v, %v", ok, err)
	}
}
