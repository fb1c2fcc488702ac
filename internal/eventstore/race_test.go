package eventstore

import (
	"context"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// TestRacingStores draws items, some of them twice, and has two stores append them at the same moment in whatever order
// comes about: every answer agrees with the log, and the log has no hole and no doubled event.
func TestRacingStores(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner := pgtest.Pool(t, db.OwnerURL)
	pools := []*Store{New(pgtest.Pool(t, db.AppURL), Config{}), New(pgtest.Pool(t, db.AppURL), Config{})}
	rapid.Check(t, func(r *rapid.T) {
		log := int16(lastLog.Add(1) + 1)
		mustExec(t, owner, `INSERT INTO heads VALUES ($1, 0, '-infinity')`, log)
		items := rapid.SliceOfN(rapid.Custom(drawAppend), 1, 20).Draw(r, "items")
		items = append(items, items[:rapid.IntRange(0, len(items)).Draw(r, "again")]...)
		outcomes := appendAtOnce(t, pools, log, items)

		rows, err := owner.Query(t.Context(), `SELECT position, stream, version, id FROM events WHERE log_id = $1 ORDER BY position`, log)
		if err != nil {
			r.Fatal(err)
		}
		stored, err := pgx.CollectRows(rows, pgx.RowToStructByPos[modelRow])
		if err != nil {
			r.Fatal(err)
		}
		checkAnswers(r, items, outcomes, stored)
	})
}

func drawAppend(r *rapid.T) Append {
	return several(streams.Draw(r, "stream"), expects.Draw(r, "expect"), rapid.IntRange(1, 3).Draw(r, "events"))
}

func appendAtOnce(t *testing.T, like []*Store, log int16, items []Append) []Outcome {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	var flushers, callers sync.WaitGroup
	var stores []*Store
	for _, l := range like {
		s := New(l.pool, Config{Log: log, BatchItems: 4})
		stores = append(stores, s)
		flushers.Go(func() { _ = s.Run(ctx) })
	}
	outcomes := make([]Outcome, len(items))
	for i, a := range items {
		callers.Go(func() {
			o, err := stores[i%len(stores)].Append(ctx, a)
			if err != nil {
				t.Errorf("item %d: %v", i, err)
			}
			outcomes[i] = o
		})
	}
	callers.Wait()
	stop()
	flushers.Wait()
	return outcomes
}

// checkAnswers compares what the callers were told with what is in the log.
func checkAnswers(r *rapid.T, items []Append, outcomes []Outcome, stored []modelRow) {
	versions := map[string]int64{}
	byID := map[events.ID]modelRow{}
	for i, row := range stored {
		if row.Position != int64(i+1) || row.Version != versions[row.Stream]+1 {
			r.Fatalf("row %d is %+v", i+1, row)
		}
		versions[row.Stream] = row.Version
		byID[row.ID] = row
	}
	appended := 0
	for i, a := range items {
		first, isThere := byID[a.Events[0].ID]
		last := byID[a.Events[len(a.Events)-1].ID]
		switch o := outcomes[i]; o.Result {
		case Appended, Duplicate:
			if o.Version != last.Version || o.Position != last.Position {
				r.Fatalf("item %d was told %v, and is %+v", i, o, last)
			}
			if a.Expect != AnyVersion && first.Version != a.Expect+1 {
				r.Fatalf("item %d expected version %d and got %d", i, a.Expect, first.Version)
			}
			if o.Result == Appended {
				appended += len(a.Events)
			}
		case Conflict:
			if isThere && !repeated(items, i) || o.Version == a.Expect || a.Expect == AnyVersion {
				r.Fatalf("item %d expecting %d of %s was told %v", i, a.Expect, a.Stream, o)
			}
		}
	}
	if appended != len(stored) {
		r.Fatalf("%d events were said to be appended, %d are there", appended, len(stored))
	}
}

// repeated reports whether an item is drawn twice; then one of the two may conflict before the other is accepted.
func repeated(items []Append, i int) bool {
	n := 0
	for _, a := range items {
		if a.Events[0].ID == items[i].Events[0].ID {
			n++
		}
	}
	return n > 1
}
