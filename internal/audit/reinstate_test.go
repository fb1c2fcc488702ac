package audit_test

import (
	"context"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/logtest"
)

// TestVoidAndReinstateIsTheOriginal makes drawn rules official on drawn logs and takes them back: voided, the ranking is
// the recount under the rule, live and as of; reinstated, it is what it was.
func TestVoidAndReinstateIsTheOriginal(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		log := logtest.Draw(rt)
		n := int64(len(log))
		if n == 0 {
			return
		}
		r, err := b.store(log)
		if err != nil {
			rt.Fatal(err)
		}
		original, err := r.Recount(ctx, n, analysis.Rule{}, nil, nil)
		if err != nil {
			rt.Fatal(err)
		}
		rule := analysis.Rule{Exclude: []analysis.Match{{Ranges: []analysis.Range{{
			From: rapid.Int64Range(1, n).Draw(rt, "from"), To: rapid.Int64Range(1, n).Draw(rt, "to"),
		}}}}, CapPerVoter: rapid.IntRange(0, 3).Draw(rt, "cap")}
		void, err := r.Strike(ctx, n, rule, []byte("rule"), nil)
		if err != nil {
			rt.Fatal(err)
		}
		if void.Count == 0 {
			return
		}
		recounted, err := r.Recount(ctx, n, rule, nil, nil)
		if err != nil {
			rt.Fatal(err)
		}
		void.ContestID, void.ActID, void.Reason = logtest.Contest, events.ID{0xac, 1}, "r"
		back := events.BallotsReinstated{ContestID: logtest.Contest, ActID: void.ActID, Reason: "r", Count: void.Count, Ballots: void.Ballots}
		longer := slices.Clone(log)
		for i, fact := range []events.Ledger{void, back} {
			last := longer[len(longer)-1]
			longer = append(longer, events.Recorded{
				Position: last.Position + 1, Stream: events.LedgerStream(logtest.Contest), ID: events.ID{0xac, 2, byte(i)},
				Event: fact, RecordedAt: last.RecordedAt,
			})
		}
		if r, err = b.store(longer); err != nil {
			rt.Fatal(err)
		}
		if err := b.project(rt, r, longer); err != nil { // which holds the live ranking against AsOf on its way
			rt.Fatal(err)
		}
		for position, want := range map[int64]analysis.Result{n: original, n + 1: recounted, n + 2: original} {
			got, err := r.AsOf(ctx, position)
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want.Lines, got.Lines, cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("at %d of %d (-want +as of):\n%s", position, n, diff)
			}
		}
		told, err := r.BallotTold(ctx, itoa(void.Ballots[0].Positions[0]))
		if err != nil || !told.Counts || len(told.Acts) < 2 {
			rt.Fatalf("%+v, %v", told, err)
		}
	})
}
