package audit_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/internal/logtest"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/projections/ranking"
)

// somePositions is how many positions of a log are asked for that is not asked for all of them, beside its last.
const somePositions = 10

// TestAsOfIsTheFoldOfThePrefix asks for the ranking at every position of a fifth of the drawn logs, and at some positions
// of the others, with snapshots close together: it is what counting the events up to there gives, ballot by ballot, and
// what the live ranking showed at that moment.
func TestAsOfIsTheFoldOfThePrefix(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rapid.Check(t, func(rt *rapid.T) {
		log := logtest.Draw(rt)
		log = log[:min(len(log), 150)]
		r, err := b.store(log)
		if err != nil {
			rt.Fatal(err)
		}
		if err := b.project(rt, r, log); err != nil {
			rt.Fatal(err)
		}
		for _, n := range positions(rt, len(log)) {
			want := count(log, n, analysis.Rule{})
			got, err := r.AsOf(context.Background(), int64(n))
			if err != nil {
				rt.Fatal(err)
			}
			if diff := cmp.Diff(want.Lines, got.Lines, cmpopts.EquateEmpty()); diff != "" {
				rt.Fatalf("at %d (-counted +as of):\n%s", n, diff)
			}
		}
	})
}

func positions(t *rapid.T, last int) (list []int) {
	if last > 0 && rapid.IntRange(0, 4).Draw(t, "sample") != 0 {
		return append(rapid.SliceOfN(rapid.IntRange(1, last), somePositions, somePositions).Draw(t, "positions"), last)
	}
	for n := range last {
		list = append(list, n+1)
	}
	return list
}

// project runs the ranking over the log in pages of any size, and holds it against AsOf after each.
func (b bench) project(t *rapid.T, r audit.Reader, log []events.Recorded) error {
	ctx := context.Background()
	p := ranking.Projection{Profiles: projector.Profiles{Store: r.Store, Vault: b.Vault}, Every: 16}
	if err := pgx.BeginFunc(ctx, b.App, func(tx pgx.Tx) error { return p.Reset(ctx, tx) }); err != nil {
		return err
	}
	for done := 0; done < len(log); {
		n := min(rapid.IntRange(1, 60).Draw(t, "page"), len(log)-done)
		page := slices.DeleteFunc(slices.Clone(log[done:done+n]), func(e events.Recorded) bool {
			return !slices.Contains(p.Types(), e.Event.EventType())
		})
		done += n
		err := pgx.BeginFunc(ctx, b.App, func(tx pgx.Tx) error {
			if err := p.Apply(ctx, tx, page); err != nil {
				return err
			}
			_, err := tx.Exec(ctx, `
				INSERT INTO checkpoints (name, log_id, position) VALUES ('ranking', $1, $2)
				ON CONFLICT (name, log_id) DO UPDATE SET position = $2`, r.Store.Log(), done)
			return err
		})
		if err != nil {
			return err
		}
		if err := b.compareLive(t, r, int64(done)); err != nil {
			return err
		}
	}
	return nil
}

func (b bench) compareLive(t *rapid.T, r audit.Reader, position int64) error {
	ctx := context.Background()
	rows, _, err := ranking.Queries{Pool: b.App}.Page(ctx, "", 1000, 0)
	if err != nil {
		return err
	}
	past, err := r.AsOf(ctx, position)
	if err != nil {
		return err
	}
	if len(rows) != len(past.Lines) {
		t.Fatalf("at %d the live ranking has %d lines, as of it has %d", position, len(rows), len(past.Lines))
	}
	for i, row := range rows {
		l := past.Lines[i]
		if !sameID(row.PlayerID, l.Player) || row.City != l.City || row.Votes != l.Votes || row.Position != int64(i+1) {
			t.Fatalf("at %d, line %d: live %+v, as of %+v", position, i+1, row, l)
		}
	}
	return nil
}

// TestMoments asks for times and positions that the log does not have.
func TestMoments(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	at := func(n int) time.Time { return time.Date(2026, 11, 1, 0, n, 0, 0, time.UTC) }
	var log []events.Recorded
	for i := range 9 {
		log = append(log, events.Recorded{
			Position: int64(i + 1), Stream: fmt.Sprint("v", i), ID: events.ID{byte(i + 1)}, Event: events.VideoDeleted{}, RecordedAt: at(i / 2),
		})
	}
	r, err := b.store(log)
	if err != nil {
		t.Fatal(err)
	}
	for want, moment := range map[int64]time.Time{2: at(0), 4: at(1).Add(time.Second), 9: at(1000)} {
		if got, err := r.PositionAt(t.Context(), moment); err != nil || got != want {
			t.Errorf("PositionAt(%s) = %d, %v; want %d", moment, got, err, want)
		}
	}
	if _, err := r.PositionAt(t.Context(), at(-1)); !errors.Is(err, audit.ErrBeforeLog) {
		t.Errorf("before the log: %v", err)
	}
	for position, want := range map[int64]error{0: audit.ErrBeforeLog, -1: audit.ErrBeforeLog, 10: audit.ErrBeyond, 9: nil} {
		if err := r.CheckPosition(t.Context(), position); !errors.Is(err, want) {
			t.Errorf("CheckPosition(%d) = %v", position, err)
		}
	}
}
