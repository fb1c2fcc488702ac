package projections_test

import (
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/projections/dashboard"
	"github.com/rising-stars/showcase/projections/gallery"
	"github.com/rising-stars/showcase/projections/ranking"
)

func TestTopsOfCountryAndCities(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	q := ranking.Queries{Pool: pool}
	if at, err := q.Position(t.Context()); at != 0 || err != nil {
		t.Errorf("before the first step: %d, %v", at, err)
	}
	for i, p := range []struct {
		city   string
		videos int
		votes  int64
	}{{"cali", 1, 9}, {"cali", 2, 7}, {"cali", 1, 5}, {"pasto", 1, 3}, {"pasto", 0, 0}} {
		id := events.ID{byte(i + 1)}
		if _, err := pool.Exec(t.Context(), `INSERT INTO ranking_players (player_id, name, city, city_key, videos, votes, reached) VALUES ($1, $2, $3, $3, $4, $5, $6)`,
			id, string(rune('A'+i)), p.city, p.videos, p.votes, i); err != nil {
			t.Fatal(err)
		}
		if _, err := pool.Exec(t.Context(), `INSERT INTO ranking_videos (video_id, player_id, public, votes, reached) VALUES ($1, $1, $2, $3, 0)`, id, p.videos > 0, p.votes); err != nil {
			t.Fatal(err)
		}
	}
	got, err := q.Tops(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	want := []ranking.Top{
		{Row: ranking.Row{Position: 1, PlayerID: events.ID{1}, Username: "A", City: "cali", Votes: 9}, CityKey: "cali", CityPosition: 1, CityPlayers: 3, CityVotes: 21},
		{Row: ranking.Row{Position: 2, PlayerID: events.ID{2}, Username: "B", City: "cali", Votes: 7}, CityKey: "cali", CityPosition: 2, CityPlayers: 3, CityVotes: 21},
		{Row: ranking.Row{Position: 4, PlayerID: events.ID{4}, Username: "D", City: "pasto", Votes: 3}, CityKey: "pasto", CityPosition: 1, CityPlayers: 1, CityVotes: 3},
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if players, votes, err := q.Totals(t.Context()); players != 4 || votes != 24 || err != nil {
		t.Errorf("totals: %d, %d, %v", players, votes, err)
	}
	if tallies, err := q.Tallies(t.Context(), 3); len(tallies) != 3 || tallies[1] != (ranking.Tally{VideoID: events.ID{2}, CityKey: "cali", Votes: 7}) || err != nil {
		t.Errorf("tallies: %v, %v", tallies, err)
	}
}

func TestWatchedVideos(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	now := time.Now().UTC().Truncate(time.Millisecond)
	add := func(id byte, owner byte, stage string, changed time.Duration) {
		t.Helper()
		if _, err := pool.Exec(t.Context(), `INSERT INTO gallery_videos (video_id, owner_id, title, public, stage, attempt, original, duration_ms, uploaded_at, changed_at)
			VALUES ($1, $2, 't', true, $3, 1, '{}', 1, $4, $5)`,
			events.ID{id}, events.ID{owner}, stage, now.Add(time.Duration(id)*time.Second), now.Add(changed)); err != nil {
			t.Fatal(err)
		}
	}
	add(1, 1, gallery.StageRejected, -time.Hour)
	add(2, 1, gallery.StageProcessing, -time.Hour)
	add(3, 1, gallery.StageRejected, time.Second)
	add(4, 2, gallery.StageRejected, -time.Hour)
	add(5, 3, gallery.StageQueued, 0)
	if _, err := pool.Exec(t.Context(), `INSERT INTO video_progress VALUES ($1, 1, 42, now())`, events.ID{2}); err != nil {
		t.Fatal(err)
	}
	list, err := gallery.Queries{Pool: pool}.Watched(t.Context(), []gallery.Watch{{Owner: events.ID{1}, After: now}, {Owner: events.ID{2}}}, 2)
	if err != nil {
		t.Fatal(err)
	}
	got := map[events.ID]int{}
	for _, s := range list {
		got[s.VideoID] = s.Progress
	}
	if diff := gocmp.Diff(map[events.ID]int{{2}: 42, {3}: 0, {4}: 0}, got); diff != "" {
		t.Error(diff)
	}
}

func TestBallotsOfAVoter(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	at := time.Now().UTC().Truncate(time.Millisecond)
	if _, err := pool.Exec(t.Context(), `
		WITH acts AS (
			INSERT INTO dashboard_acts (position, at, act, subject, reason) VALUES (20, $4, 'ballots.voided', '1', 'Por un robot')
		)
		INSERT INTO dashboard_ballots (voter_id, video_id, position, counts, act) VALUES
			($1, $2, 9, true, null), ($1, $3, 4, false, 20), ($2, $3, 5, true, null)`, events.ID{1}, events.ID{2}, events.ID{3}, at); err != nil {
		t.Fatal(err)
	}
	q := dashboard.Queries{Pool: pool}
	got, err := q.BallotsOf(t.Context(), events.ID{1})
	if err != nil {
		t.Fatal(err)
	}
	out := dashboard.Ballot{VideoID: events.ID{3}, Position: 4, Out: dashboard.Ruling{Reason: "Por un robot", At: at}}
	want := []dashboard.Ballot{out, {VideoID: events.ID{2}, Position: 9, Counts: true}}
	sameTime := gocmp.Comparer(time.Time.Equal)
	if diff := gocmp.Diff(want, got, sameTime); diff != "" {
		t.Error(diff)
	}
	if got, err := q.VoidedBy(t.Context(), events.ID{1}, 5); err != nil || !gocmp.Equal(want[:1], got, sameTime) {
		t.Errorf("voided %v, %v", got, err)
	}
	if got, err := q.VoidedBy(t.Context(), events.ID{2}, 5); err != nil || len(got) > 0 {
		t.Errorf("voided %v, %v", got, err)
	}
}
