package audit_test

import (
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/logtest"
)

// TestTwoWaysAndTheLiveRankingAgree verifies drawn logs: counted in Go, in SQL and by the projector they have one digest,
// and a recount under the empty rule is the official ranking.
func TestTwoWaysAndTheLiveRankingAgree(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		log := logtest.Draw(rt)
		if len(log) == 0 {
			return
		}
		r, err := b.store(log)
		if err != nil {
			rt.Fatal(err)
		}
		if err := b.project(rt, r, log); err != nil {
			rt.Fatal(err)
		}
		v, err := r.Verify(ctx, nil)
		if err != nil || len(v.Wrong) > 0 {
			rt.Fatalf("%v: %q", err, v.Wrong)
		}
		official, err := r.AsOf(ctx, int64(len(log)))
		if err != nil {
			rt.Fatal(err)
		}
		recount, err := r.Recount(ctx, int64(len(log)), analysis.Rule{}, nil, nil)
		if err != nil {
			rt.Fatal(err)
		}
		if diff := cmp.Diff(official.Lines, recount.Lines, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("(-official +empty rule):\n%s", diff)
		}
		b.plant(rt, log, v.LiveDigest)
	})
}

// plant changes a vote in the live ranking, or a ballot in the log, and requires that it is found and named.
func (b bench) plant(t *rapid.T, log []events.Recorded, digest string) {
	ctx := context.Background()
	var video events.ID
	err := b.App.QueryRow(ctx, `
		UPDATE ranking_videos SET votes = votes + 1
		WHERE video_id = (SELECT video_id FROM ranking_videos WHERE votes > 0 ORDER BY video_id LIMIT 1)
		RETURNING video_id`).Scan(&video)
	if err != nil {
		return // no votes in this log
	}
	r, err := b.store(log)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.App.Exec(ctx, `INSERT INTO checkpoints (name, log_id, position) VALUES ('ranking', $1, $2)`, r.Store.Log(), len(log)); err != nil {
		t.Fatal(err)
	}
	// Live digests are asked for with the position of this log.
	v, err := r.Verify(ctx, nil)
	if err != nil || v.LiveDigest == digest || !strings.Contains(strings.Join(v.Wrong, "\n"), video.String()) {
		t.Fatalf("a planted vote for %s was not named: %v, %q", video, err, v.Wrong)
	}
}

// TestAFlippedByteIsNamed seals a log, changes one event past every guard, and requires that the event is named.
func TestAFlippedByteIsNamed(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	const n = 20_500
	log := make([]events.Recorded, 0, n)
	for i := range n {
		voter := events.ID{byte(i), byte(i >> 8), 1}
		log = append(log, events.Recorded{
			Position: int64(i + 1), Stream: events.BallotStream(voter, events.ID{7}), ID: voter,
			Event: events.BallotCast{VoterID: voter, VideoID: events.ID{7}},
		})
	}
	r, err := b.store(log)
	if err != nil {
		t.Fatal(err)
	}
	if sealed, err := r.Seal(t.Context()); err != nil || sealed != 2 {
		t.Fatalf("Seal = %d, %v", sealed, err)
	}
	if sealed, err := r.Seal(t.Context()); err != nil || sealed != 0 {
		t.Fatalf("Seal again = %d, %v", sealed, err)
	}
	if v, err := r.Verify(t.Context(), nil); err != nil || len(v.Wrong) > 0 || v.Sealed != 20_000 {
		t.Fatalf("Verify = %+v, %v", v, err)
	}
	for position, change := range map[int64]string{
		4_321:  `data = jsonb_set(data, '{voter_id}', '"00000000-0000-0000-0000-00000000000f"')`,
		10_001: `recorded_at = recorded_at + interval '1 microsecond'`,
		19_999: `meta = '{"address":"a"}'`,
	} {
		tx, err := b.Owner.Begin(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, sql := range []string{
			`SET LOCAL session_replication_role = replica`,
			`UPDATE events SET ` + change + ` WHERE log_id = (SELECT max(log_id) FROM events) AND position = ` + itoa(position),
		} {
			if _, err := tx.Exec(t.Context(), sql); err != nil {
				t.Fatal(err)
			}
		}
		if err := tx.Commit(t.Context()); err != nil {
			t.Fatal(err)
		}
		v, err := r.Verify(t.Context(), nil)
		if err != nil || !slices.Contains(v.Wrong, "the event at position "+itoa(position)+" is not what was sealed") {
			t.Errorf("%d was not named: %q, %v", position, v.Wrong, err)
		}
	}
}

// TestRulesLeaveOut holds recounts under drawn rules against a filter of the log.
func TestRulesLeaveOut(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rapid.Check(t, func(rt *rapid.T) {
		log := logtest.Draw(rt)
		r, err := b.store(log)
		if err != nil {
			rt.Fatal(err)
		}
		out := map[int64]bool{}
		for _, one := range log {
			if _, ok := one.Event.(events.BallotCast); ok && rapid.Bool().Draw(rt, "out") {
				out[one.Position] = true
			}
		}
		if len(out) == 0 {
			return
		}
		rule := analysis.Rule{Exclude: []analysis.Match{{Positions: slices.Sorted(maps.Keys(out))}}}
		got, err := r.Recount(context.Background(), int64(len(log)), rule, nil, nil)
		if err != nil {
			rt.Fatal(err)
		}
		rest := slices.DeleteFunc(slices.Clone(log), func(e events.Recorded) bool { return out[e.Position] })
		want := count(rest, len(rest), analysis.Rule{})
		if diff := cmp.Diff(want.Lines, got.Lines, cmpopts.EquateEmpty()); diff != "" {
			rt.Fatalf("(-filtered log +rule):\n%s", diff)
		}
	})
}
