package sessions_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/auth/sessions"
)

func TestTicketsAreGoodOnceAndForAMinute(t *testing.T) {
	t.Parallel()
	db := pool(t)
	one, other := open(t, db), open(t, db)
	s, _ := begin(t, one, newID())
	issue := func() string {
		t.Helper()
		ticket, err := one.IssueTicket(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		return ticket
	}
	first := issue()
	if got, err := other.RedeemTicket(t.Context(), first); err != nil || got != s {
		t.Errorf("on another instance: %v, %v", got, err)
	}
	refused := func(why string, in *instance, ticket string) {
		t.Helper()
		if _, err := in.RedeemTicket(t.Context(), ticket); !errors.Is(err, sessions.ErrTicket) {
			t.Errorf("%s: %v", why, err)
		}
	}
	refused("a second time", one, first)
	refused("nonsense", one, "nonsense")
	old := issue()
	other.pass(sessions.TicketTTL + time.Second)
	refused("too old", other, old)
	unused, ended := issue(), issue()
	if err := one.Revoke(t.Context(), s.ID, sessions.Logout); err != nil {
		t.Fatal(err)
	}
	refused("of a session that ended", one, ended)
	one.pass(sessions.TicketTTL + time.Second)
	if err := one.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var left int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM stream_tickets`).Scan(&left); err != nil || left != 0 {
		t.Errorf("%d tickets left, %v; %s was one", left, err, unused)
	}
}
