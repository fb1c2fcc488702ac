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

// An act quotes the newest ballot that it leaves to a video. Another act that came between makes that another one.
func TestVoidThatWasOvertaken(t *testing.T) {
	t.Parallel()
	act := func(upTo, left int64, positions ...int64) events.BallotsVoided {
		return events.BallotsVoided{
			ContestID: events.ID{1}, ActID: events.ID{byte(positions[0])}, Reason: "robots", UpTo: upTo, Count: len(positions),
			Ballots: []events.BallotsOfHour{{VideoID: events.ID{7}, Positions: positions}},
			Newest:  []events.NewestBallot{{VideoID: events.ID{7}, Position: left}},
		}
	}
	reinstated := func(f events.BallotsVoided) events.BallotsReinstated {
		return events.BallotsReinstated{ContestID: f.ContestID, ActID: f.ActID, Reason: "people", Count: f.Count, Ballots: f.Ballots}
	}
	newest, late := act(40, 20, 30), act(60, 30, 50)
	given(t).When(ledger.Void{Fact: act(40, 30, 10)}).Then(act(40, 30, 10))
	given(t, newest).When(ledger.Void{Fact: act(40, 30, 10)}).Refused(ledger.ErrOvertaken) // 30 is void
	given(t, newest).When(ledger.Void{Fact: act(40, 20, 10)}).Then(act(40, 20, 10))
	given(t, newest, reinstated(newest)).When(ledger.Void{Fact: act(40, 20, 10)}).Refused(ledger.ErrOvertaken) // 30 counts again
	given(t, newest, reinstated(newest)).When(ledger.Void{Fact: act(40, 20, 10, 30)}).Then(act(40, 20, 10, 30))
	given(t, late, reinstated(late)).When(ledger.Void{Fact: act(40, 30, 10)}).Then(act(40, 30, 10)) // 50 is seen by the fold
}

func TestReinstate(t *testing.T) {
	t.Parallel()
	given(t, voided).When(revert).Then(back)
	given(t, voided, back).When(revert).Then()
	given(t).When(revert).Refused(ledger.ErrNoAct)
	given(t, voided).When(ledger.Reinstate{ActID: events.ID{2}}).Refused(ledger.ErrReason)
}
