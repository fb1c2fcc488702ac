package sessions_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/auth/sessions"
)

func TestLivingSessionsOfAnAccount(t *testing.T) {
	t.Parallel()
	i := open(t, pool(t))
	ana, beto := newID(), newID()
	first, token := begin(t, i, ana)
	i.pass(time.Minute)
	second, _ := begin(t, i, ana)
	begin(t, i, beto)
	i.pass(time.Minute)
	rotate(t, i, token)
	list, err := i.Of(t.Context(), ana)
	if err != nil || len(list) != 2 || list[0].ID != first.ID || list[0].LastUsedAt.Sub(list[0].CreatedAt) != 2*time.Minute {
		t.Fatalf("the one used last goes first: %v, %v", list, err)
	}
	if err := i.RevokeOwn(t.Context(), beto, second.ID, sessions.Logout); !errors.Is(err, sessions.ErrNotFound) {
		t.Errorf("a stranger's: %v", err)
	}
	if err := i.RevokeOwn(t.Context(), ana, second.ID, sessions.Logout); err != nil || !i.Revoked(second.ID) {
		t.Errorf("one's own: %v", err)
	}
	if err := i.RevokeOwn(t.Context(), ana, second.ID, sessions.Logout); !errors.Is(err, sessions.ErrNotFound) {
		t.Errorf("again: %v", err)
	}
	if list, err = i.Of(t.Context(), ana); err != nil || len(list) != 1 {
		t.Errorf("afterwards: %v, %v", list, err)
	}
	i.pass(91 * 24 * time.Hour)
	if list, err = i.Of(t.Context(), ana); err != nil || len(list) != 0 {
		t.Errorf("much later: %v, %v", list, err)
	}
}
