package rebuild_test

import (
	"errors"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/e2e"
	"github.com/rising-stars/showcase/internal/logtest"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/rebuild"
	"github.com/rising-stars/showcase/projections/ranking"
)

// votesOf is what readers see of the only player.
func votesOf(t *testing.T, d *logtest.Database) (votes int64) {
	t.Helper()
	rows, _, err := ranking.Queries{Pool: d.App}.Page(t.Context(), "", 10, 0)
	if err != nil || len(rows) != 1 {
		t.Fatalf("%v, %v", rows, err)
	}
	return rows[0].Votes
}

// waiters is how many sessions wait for a lock.
func waiters(t *testing.T, d *logtest.Database) (n int) {
	t.Helper()
	err := d.Owner.QueryRow(t.Context(), `
		SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestALockThatIsLost ends the session that holds the rebuild's lock behind the first stretch, and lets another rebuild
// go on with the version, to the end. The first may not fold a stretch into it again.
func TestALockThatIsLost(t *testing.T) {
	t.Parallel()
	const size = 5000
	log := small()[:3]
	for n := len(log); n < size; n++ {
		log = append(log, events.Recorded{
			Position: int64(n + 1), ID: events.ID{8, byte(n >> 8), byte(n)}, Stream: "many",
			Event: events.BallotCast{VoterID: events.ID{7, byte(n >> 8), byte(n)}, VideoID: events.ID{2}},
		})
	}
	d := newDatabase(t)
	cfg, err := live(d, log, size)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Batch = 1000
	second, err := rebuild.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	lost := false
	cfg.Progress = func(int64, int64) {
		if lost {
			return
		}
		lost = true
		_, err := d.Owner.Exec(t.Context(), `
			SELECT pg_terminate_backend(pid, 5000)
			FROM pg_locks
			WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		if err != nil {
			t.Error(err)
		}
		if r, err := second.Run(t.Context()); err != nil || !r.Swapped {
			t.Errorf("the second: %+v, %v", r, err)
		}
	}
	first, err := rebuild.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := first.Run(t.Context()); !errors.Is(err, rebuild.ErrMoved) || r.Swapped {
		t.Errorf("the first: %+v, %v", r, err)
	}
	if votes := votesOf(t, d); votes != size-3 {
		t.Errorf("%d votes, want %d", votes, size-3)
	}
}

// TestFillingBesideTheFirstStep fills the ranking of a log that no projector has read, and one begins to meanwhile: it
// goes on behind what was filled in.
func TestFillingBesideTheFirstStep(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	store, err := d.Write(t.Context(), small())
	if err != nil {
		t.Fatal(err)
	}
	b, err := rebuild.New(rebuild.Config{Pool: d.App, Store: store, Vault: d.Vault, Contest: logtest.Contest, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	profiles := projector.Profiles{Store: store, Vault: d.Vault}
	p := projector.New(projector.Config{Pool: d.App, Store: store, Vault: d.Vault, Batch: 4}, ranking.Projection{Profiles: profiles})

	// Who holds the new version's row stops the filling on its way.
	if _, err := d.App.Exec(t.Context(), `SELECT ranking_version_create($1)`, ranking.FoldVersion); err != nil {
		t.Fatal(err)
	}
	tx, err := d.App.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT FROM ranking_versions WHERE state = 'building' FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	filled, stepped := make(chan error, 1), make(chan error, 1)
	go func() { _, err := b.Run(t.Context()); filled <- err }()
	e2e.Eventually(t, "the filling waits for the row", func() bool { return waiters(t, d) > 0 })
	go func() { _, err := p.Step(t.Context()); stepped <- err }()
	e2e.Eventually(t, "the step waits, too, or is through", func() bool { return waiters(t, d) > 1 || len(stepped) > 0 })
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, done := range []chan error{filled, stepped} {
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	if err := p.CatchUp(t.Context(), int64(len(small()))); err != nil {
		t.Fatal(err)
	}
	if votes := votesOf(t, d); votes != 3 {
		t.Errorf("%d votes, want 3", votes)
	}
}
