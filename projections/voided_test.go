package projections_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/dashboard"
)

// checkVoided compares what the dashboard says of voided ballots with the acts of the log that stand.
func checkVoided(t *rapid.T, q dashboard.Queries, c count, log []events.Recorded, id events.ID) {
	acts := map[events.ID]events.Recorded{}
	for _, r := range log {
		switch f := r.Event.(type) {
		case events.BallotsVoided:
			acts[f.ActID] = r
		case events.BallotsReinstated:
			delete(acts, f.ActID)
		}
	}
	out := map[int64]time.Time{} // ballot → when it was voided
	var want []dashboard.Voided
	for _, r := range slices.SortedFunc(maps.Values(acts), func(a, b events.Recorded) int { return cmp.Compare(b.Position, a.Position) }) {
		v := dashboard.Voided{Ruling: dashboard.Ruling{Reason: "r", At: r.RecordedAt}}
		for _, g := range r.Event.(events.BallotsVoided).Ballots {
			if c.owner[g.VideoID] == id {
				v.Votes += int64(len(g.Positions))
			}
			for _, position := range g.Positions {
				out[position] = r.RecordedAt
			}
		}
		if v.Votes > 0 {
			want = append(want, v)
		}
	}
	sameTime := gocmp.Comparer(time.Time.Equal)
	got, err := q.VoidedOf(context.Background(), id, 1000)
	if diff := gocmp.Diff(want, got, sameTime, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Fatalf("votes of %s that were voided: %v (-want +got):\n%s", id, err, diff)
	}
	ballots, err := q.BallotsOf(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range ballots {
		if at, void := out[b.Position]; b.Counts == void || !at.Equal(b.Out.At) {
			t.Fatalf("ballot %d is told as %+v; voided %t, %s", b.Position, b, void, at)
		}
	}
}
