package rebuild_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/logtest"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/rebuild"
	"github.com/rising-stars/showcase/projections/ranking"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func newDatabase(t *testing.T) *logtest.Database {
	t.Helper()
	db := pgtest.New(t)
	return logtest.NewDatabase(pgtest.Pool(t, db.OwnerURL), pgtest.Pool(t, db.AppURL))
}

// live writes a log and folds the first n events of it into the live tables, as the projector does.
func live(d *logtest.Database, log []events.Recorded, n int) (rebuild.Config, error) {
	ctx := context.Background()
	store, err := d.Write(ctx, log)
	if err != nil {
		return rebuild.Config{}, err
	}
	p := ranking.Projection{Profiles: projector.Profiles{Store: store, Vault: d.Vault}}
	page := slices.DeleteFunc(slices.Clone(log[:n]), func(e events.Recorded) bool { return !slices.Contains(p.Types(), e.Event.EventType()) })
	err = pgx.BeginFunc(ctx, d.App, func(tx pgx.Tx) error {
		if err := p.Reset(ctx, tx); err != nil {
			return err
		}
		if err := p.Apply(ctx, tx, page); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO checkpoints (name, log_id, position) VALUES ('ranking', $1, $2)`, store.Log(), n)
		return err
	})
	return rebuild.Config{Pool: d.App, Store: store, Vault: d.Vault, Contest: logtest.Contest, Now: time.Now}, err
}

// TestRebuiltIsLive rebuilds drawn logs in stretches of any size: the digest is the live one, and the swapped version is
// what readers see.
func TestRebuiltIsLive(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	rapid.Check(t, func(rt *rapid.T) {
		ctx := context.Background()
		log := logtest.Draw(rt)
		if len(log) == 0 {
			return
		}
		cfg, err := live(d, log, rapid.IntRange(1, len(log)).Draw(rt, "live"))
		if err != nil {
			rt.Fatal(err)
		}
		before, _, err := ranking.Queries{Pool: d.App}.Page(ctx, "", 1000, 0)
		if err != nil {
			rt.Fatal(err)
		}
		cfg.Batch, cfg.Workers = rapid.IntRange(1, 60).Draw(rt, "batch"), rapid.IntRange(1, 3).Draw(rt, "workers")
		b, err := rebuild.New(cfg)
		if err != nil {
			rt.Fatal(err)
		}
		report, err := b.Run(ctx)
		if err != nil || !report.Swapped || report.Live != report.Built {
			rt.Fatalf("%+v, %v", report, err)
		}
		after, _, err := ranking.Queries{Pool: d.App}.Page(ctx, "", 1000, 0)
		if err != nil || !slices.Equal(before, after) {
			rt.Fatalf("readers saw %v, and now %v, %v", before, after, err)
		}
	})
}

// TestADifferenceWaits plants a vote in the live tables: the rebuild shows it and waits for Accept; Rollback goes back.
func TestADifferenceWaits(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	ana, clip, voter := events.ID{1}, events.ID{2}, events.ID{3}
	log := []events.Recorded{
		{Event: events.AccountRegistered{AccountID: ana, City: "Cali", Person: events.Open(events.Person{}), Credentials: events.Open(events.Credentials{})}},
		{Event: events.VideoSubmitted{VideoID: clip, OwnerID: ana, Title: events.Open("t")}},
		{Event: events.VideoPublished{VideoID: clip}},
		{Event: events.BallotCast{VoterID: voter, VideoID: clip}},
	}
	for i := range log {
		log[i].Position, log[i].ID, log[i].Stream = int64(i+1), events.ID{9, byte(i)}, string(rune('a'+i))
	}
	cfg, err := live(d, log, len(log))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.App.Exec(t.Context(), `UPDATE ranking_players SET votes = votes + 1`); err != nil {
		t.Fatal(err)
	}
	run := func(accept, back bool) (rebuild.Report, error) {
		cfg.Accept = accept
		b, err := rebuild.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		if back {
			return b.Rollback(t.Context())
		}
		return b.Run(t.Context())
	}
	votes := func() (n int64) {
		if err := d.App.QueryRow(t.Context(), `SELECT votes FROM ranking_players`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if _, err := run(false, true); !errors.Is(err, rebuild.ErrNoVersion) {
		t.Errorf("Rollback without a version = %v", err)
	}
	r, err := run(false, false)
	if err != nil || r.Swapped || len(r.Changes) != 1 || r.Changes[0].VotesBefore != 2 || r.Changes[0].VotesAfter != 1 || votes() != 2 {
		t.Fatalf("Run = %+v, %v; live votes %d", r, err, votes())
	}
	if r, err := run(true, false); err != nil || !r.Swapped || votes() != 1 {
		t.Fatalf("accepted: %+v, %v; live votes %d", r, err, votes())
	}
	if r, err := run(false, true); err != nil || !r.Swapped || votes() != 2 {
		t.Fatalf("Rollback: %+v, %v; live votes %d", r, err, votes())
	}
}

// small is a log of one video with three ballots.
func small() []events.Recorded {
	ana, clip := events.ID{1}, events.ID{2}
	log := []events.Recorded{
		{Event: events.AccountRegistered{AccountID: ana, City: "Cali", Person: events.Open(events.Person{}), Credentials: events.Open(events.Credentials{})}},
		{Event: events.VideoSubmitted{VideoID: clip, OwnerID: ana, Title: events.Open("t")}},
		{Event: events.VideoPublished{VideoID: clip}},
	}
	for i := range 3 {
		log = append(log, events.Recorded{Event: events.BallotCast{VoterID: events.ID{3, byte(i)}, VideoID: clip}})
	}
	for i := range log {
		log[i].Position, log[i].ID, log[i].Stream = int64(i+1), events.ID{9, byte(i)}, string(rune('a'+i))
	}
	return log
}

// TestBackBehindMoreVotes goes back to a version that has missed votes since, one stretch at a time.
func TestBackBehindMoreVotes(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	log := small()
	cfg, err := live(d, log, 4)
	if err != nil {
		t.Fatal(err)
	}
	cfg.Batch = 1
	b, err := rebuild.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := b.Run(t.Context()); err != nil || !r.Swapped {
		t.Fatalf("Run = %+v, %v", r, err)
	}
	err = pgx.BeginFunc(t.Context(), d.App, func(tx pgx.Tx) error {
		if err := (ranking.Projection{}).Apply(t.Context(), tx, log[4:]); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE checkpoints SET position = $1 WHERE name = 'ranking'`, len(log))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Rollback(t.Context())
	if err != nil || !r.Swapped || r.Live != r.Built || r.Version != 1 || r.Position != int64(len(log)) {
		t.Errorf("Rollback = %+v, %v", r, err)
	}
}

// TestWhatCannotBeFolded spoils an event of the log in one way after another: the rebuild stops and names it, nothing is
// swapped, and readers have what they had.
func TestWhatCannotBeFolded(t *testing.T) {
	t.Parallel()
	for name, spoil := range map[string]struct {
		position int64
		change   string
		want     error
	}{
		"a ballot of the future":       {5, `schema = 9`, events.ErrSchema},
		"a fact of the future":         {3, `schema = 9`, events.ErrSchema},
		"a fact with a field too many": {2, `data = data || '{"x": 1}'`, nil},
		"a fact that is no object":     {3, `data = '[]'`, nil},
		"a ballot that names no video": {4, `data = '{"video_id": "x"}'`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := newDatabase(t)
			log := small()
			cfg, err := live(d, log, len(log))
			if err != nil {
				t.Fatal(err)
			}
			before, _, err := ranking.Queries{Pool: d.App}.Page(t.Context(), "", 10, 0)
			if err != nil || len(before) != 1 || before[0].Votes != 3 {
				t.Fatalf("%v, %v", before, err)
			}
			spoilEvent(t, d, spoil.position, spoil.change)
			cfg.Batch, cfg.Accept = 1, true
			b, err := rebuild.New(cfg)
			if err != nil {
				t.Fatal(err)
			}
			report, err := b.Run(t.Context())
			if err == nil || report.Swapped || spoil.want != nil && !errors.Is(err, spoil.want) ||
				!strings.Contains(err.Error(), fmt.Sprint("position ", spoil.position)) &&
					!strings.Contains(err.Error(), fmt.Sprintf("positions %d to %[1]d", spoil.position)) {
				t.Errorf("Run = %+v, %v", report, err)
			}
			after, _, err := ranking.Queries{Pool: d.App}.Page(t.Context(), "", 10, 0)
			if err != nil || !slices.Equal(before, after) {
				t.Errorf("readers saw %v, and now %v, %v", before, after, err)
			}
		})
	}
}

// spoilEvent changes an event past every guard.
func spoilEvent(t *testing.T, d *logtest.Database, position int64, change string) {
	t.Helper()
	err := pgx.BeginFunc(t.Context(), d.Owner, func(tx pgx.Tx) error {
		if _, err := tx.Exec(t.Context(), `SET LOCAL session_replication_role = replica`); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE events SET `+change+` WHERE position = $1`, position)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestWhoHoldsIt has a second rebuild told who runs the first.
func TestWhoHoldsIt(t *testing.T) {
	t.Parallel()
	d := newDatabase(t)
	cfg, err := live(d, small(), 6)
	if err != nil {
		t.Fatal(err)
	}
	b, err := rebuild.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := d.App.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), `SET application_name = 'showcase of Ana'`); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.Exec(t.Context(), `SELECT pg_advisory_lock(x'72616e6b696e67'::bigint)`); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Run(t.Context()); !errors.Is(err, rebuild.ErrHeld) || !strings.Contains(err.Error(), "showcase of Ana from ") {
		t.Errorf("a second rebuild = %v", err)
	}
}
