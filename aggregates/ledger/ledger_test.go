package ledger_test

import (
	"strings"
	"testing"

	"github.com/rising-stars/showcase/aggregates/ledger"
	"github.com/rising-stars/showcase/aggregates/scenario"
	"github.com/rising-stars/showcase/events"
)

var (
	struck = []events.BallotsOfHour{{VideoID: events.ID{7}, Positions: []int64{11, 12}}, {VideoID: events.ID{8}, Positions: []int64{15}}}
	voided = events.BallotsVoided{
		ContestID: events.ID{1}, ActID: events.ID{2}, Reason: "robots", Rule: "exclude: []", UpTo: 20, Count: 3, Ballots: struck,
	}
	back   = events.BallotsReinstated{ContestID: events.ID{1}, ActID: events.ID{2}, Reason: "people", Count: 3, Ballots: struck}
	revert = ledger.Reinstate{ContestID: events.ID{1}, ActID: events.ID{2}, Reason: "people"}
)

func given(t *testing.T, facts ...events.Ledger) scenario.Story[ledger.State, events.Ledger] {
	t.Helper()
	return scenario.Given[ledger.State](t, facts...)
}

func with(change func(*events.BallotsVoided)) ledger.Void {
	f := voided
	change(&f)
	return ledger.Void{Fact: f}
}

func TestVoid(t *testing.T) {
	t.Parallel()
	given(t).When(with(func(f *events.BallotsVoided) { f.Count = 0 })).Then(voided)
	given(t, voided).When(ledger.Void{Fact: voided}).Then()
	again := with(func(f *events.BallotsVoided) { f.ActID = events.ID{3} })
	given(t, voided).When(again).Refused(ledger.ErrAlreadyVoid)
	given(t, voided, back).When(again).Then(again.Fact)
	given(t).When(with(func(f *events.BallotsVoided) { f.Ballots = nil })).Refused(ledger.ErrNothing)
	given(t).When(with(func(f *events.BallotsVoided) { f.Reason = " " })).Refused(ledger.ErrReason)
	given(t).When(with(func(f *events.BallotsVoided) { f.Rule = strings.Repeat("x", ledger.MaxRule+1) })).Refused(ledger.ErrRule)
	given(t).When(with(func(f *events.BallotsVoided) {
		f.Ballots = []events.BallotsOfHour{{Positions: make([]int64, ledger.MaxBallots+1)}}
	})).Refused(ledger.ErrTooMany)
}

func TestReinstate(t *testing.T) {
	t.Parallel()
	given(t, voided).When(revert).Then(back)
	given(t, voided, back).When(revert).Then()
	given(t).When(revert).Refused(ledger.ErrNoAct)
	given(t, voided).When(ledger.Reinstate{ActID: events.ID{2}}).Refused(ledger.ErrReason)
}
