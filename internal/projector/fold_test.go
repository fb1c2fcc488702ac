package projector

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
)

func sorted(all []row) []row {
	slices.SortFunc(all, func(a, b row) int { return bytes.Compare(a.Video[:], b.Video[:]) })
	return all
}

// restart makes the tally start over, as a database that has never seen it.
func (b *bench) restart(t *testing.T) {
	t.Helper()
	b.mustExec(t, `TRUNCATE tally, tally_names, checkpoints`)
}

// TestSameTables applies one log in every way: in pages of 1, 7 and 5,000, woken too often, by steps, catch-ups and
// rebuilds of several projectors at once. The tables are the same.
func TestSameTables(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var videos []int
	const n = 120
	for i := range n {
		videos = append(videos, i*i%11)
	}
	for chunk := range slices.Chunk(videos, n/2) {
		b.vote(t, chunk...)
	}
	wanted := want(videos...)
	for _, size := range []int{1, 7, 5000} {
		b.restart(t)
		p := b.projector(&tally{}, batch(size))
		if err := p.CatchUp(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(wanted, b.rows(t)); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
	}
	rapid.Check(t, func(r *rapid.T) {
		b.restart(t)
		var workers sync.WaitGroup
		for range rapid.IntRange(1, 3).Draw(r, "projectors") {
			p := b.projector(&tally{}, batch(rapid.SampledFrom([]int{7, 20, 50, 5000}).Draw(r, "page")))
			wakes := rapid.SliceOfN(rapid.IntRange(0, n), 0, 4).Draw(r, "wakes")
			rebuild := rapid.IntRange(0, 9).Draw(r, "rebuild") == 0
			workers.Go(func() {
				if err := work(t, p, wakes, rebuild); err != nil {
					t.Error(err)
				}
			})
		}
		workers.Wait()
		if err := b.projector(&tally{}).CatchUp(t.Context(), n); err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(wanted, b.rows(t)); diff != "" {
			r.Fatalf("(-want +got):\n%s", diff)
		}
	})
}

func work(t *testing.T, p *Projector, wakes []int, rebuild bool) error {
	t.Helper()
	for _, position := range wakes {
		if position%2 == 0 {
			if _, err := p.Step(t.Context()); err != nil {
				return err
			}
			continue
		}
		if err := p.CatchUp(t.Context(), int64(position)); err != nil {
			return err
		}
	}
	if rebuild {
		return p.Rebuild(t.Context())
	}
	return nil
}

// TestTypes applies a few types only; the checkpoint passes the others.
func TestTypes(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.append(t, events.VideoDeleted{})
	b.vote(t, 1, 2, 1)
	b.append(t, events.VideoDeleted{}, events.VideoDeleted{})
	p := b.projector(&tally{types: []string{"ballot.cast"}}, batch(2))
	if err := p.CatchUp(t.Context(), 6); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Position(t.Context()); err != nil || got != 6 {
		t.Errorf("Position = %d, %v", got, err)
	}
	if diff := cmp.Diff([]row{{video(1), 2, 4}, {video(2), 1, 3}}, b.rows(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if n, err := p.Step(t.Context()); n != 0 || err != nil {
		t.Errorf("a step at the log's head = %d, %v", n, err)
	}
}

// TestPersonalValues has open names reach the projection, until the account's key is gone.
func TestPersonalValues(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	account := newID()
	if err := b.cfg.Vault.NewKey(t.Context(), account); err != nil {
		t.Fatal(err)
	}
	sealed, err := b.cfg.Vault.Seal(t.Context(), events.AccountRegistered{
		AccountID: account, Person: events.Open(events.Person{FirstName: "Ana"}), Credentials: events.Open(events.Credentials{}),
	})
	if err != nil {
		t.Fatal(err)
	}
	b.append(t, sealed)
	p := b.projector(&tally{})
	if err := p.CatchUp(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	b.mustExec(t, `DELETE FROM account_keys`)
	names := func() (name string) {
		if err := b.owner.QueryRow(t.Context(), `SELECT string_agg(name, ',') FROM tally_names`).Scan(&name); err != nil {
			t.Fatal(err)
		}
		return name
	}
	if got := names(); got != "Ana" {
		t.Errorf("names %q", got)
	}
	if err := p.Rebuild(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := names(); got != "" {
		t.Errorf("names after erasure and rebuild: %q", got)
	}
}

func TestCatchUpBeyondTheLog(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.vote(t, 1)
	p := b.projector(&tally{})
	if err := p.CatchUp(t.Context(), 2); !errors.Is(err, ErrBeyondLog) {
		t.Errorf("CatchUp = %v", err)
	}
	if err := p.CatchUp(t.Context(), 1); err != nil {
		t.Errorf("CatchUp = %v", err)
	}
}

// TestManyCatchUps lets more requests wait than the pool has connections, each for what it has just written.
func TestManyCatchUps(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	pool, err := eventstore.OpenPool(t.Context(), b.db.AppURL, "small", 2)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	p := b.projector(&tally{}, func(c *Config) { c.Pool = pool })
	var requests sync.WaitGroup
	for i := range 60 {
		requests.Go(func() {
			position := b.vote(t, i%5)
			if err := p.CatchUp(t.Context(), position); err != nil {
				t.Error(err)
			}
			if got, err := p.Position(t.Context()); err != nil || got < position {
				t.Errorf("checkpoint %d, %v; want %d", got, err, position)
			}
		})
	}
	requests.Wait()
}

// TestCatchUpIsBounded holds the checkpoint's lock elsewhere: who waits for it leaves with its context.
func TestCatchUpIsBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.vote(t, 1)
	p := b.projector(&tally{})
	if _, err := p.Step(t.Context()); err != nil {
		t.Fatal(err)
	}
	position := b.vote(t, 1)
	tx, err := b.owner.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT FROM checkpoints FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error, 2)
	for range 2 { // one waits for the row, the other for its turn
		go func() { left <- p.CatchUp(ctx, position) }()
	}
	eventually(t, "one waits for the row", func() bool {
		var n int
		err := b.owner.QueryRow(t.Context(), `
			SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&n)
		return err == nil && n == 1
	})
	soon, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := p.CatchUp(soon, 1); err != nil {
		t.Errorf("who needs nothing new has to wait: %v", err)
	}
	leave()
	for range 2 {
		if err := <-left; !errors.Is(err, context.Canceled) {
			t.Errorf("CatchUp = %v", err)
		}
	}
	if err := tx.Rollback(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := p.CatchUp(t.Context(), position); err != nil {
		t.Errorf("CatchUp = %v", err)
	}
	if s, err := p.Status(t.Context()); err != nil || s.Poison != nil || s.Position != position {
		t.Errorf("Status = %+v, %v", s, err)
	}
}

// TestPagesGrowFarBehind has pages double while they are full, unless somebody set their size.
func TestPagesGrowFarBehind(t *testing.T) {
	t.Parallel()
	p := New(Config{}, &tally{})
	for _, c := range []struct{ size, next int }{
		{DefaultBatch - 1, DefaultBatch},
		{DefaultBatch, 2 * DefaultBatch},
		{2 * DefaultBatch, 4 * DefaultBatch},
		{4 * DefaultBatch, 8 * DefaultBatch},
		{8 * DefaultBatch, 16 * DefaultBatch},
		{16 * DefaultBatch, eventstore.MaxPage},
		{eventstore.MaxPage, eventstore.MaxPage},
		{0, DefaultBatch},
	} {
		if p.adapt(c.size); p.next != c.next {
			t.Errorf("after a page of %d: %d, want %d", c.size, p.next, c.next)
		}
	}
	p = New(Config{Batch: 7}, &tally{})
	if p.adapt(7); p.next != 7 {
		t.Errorf("pages of a set size became %d", p.next)
	}
}

// bareTally is the tally of somebody who reads no metadata.
type bareTally struct{ tally }

func (*bareTally) Bare() {}

// TestBare has a projection that reads no metadata pass metadata that nobody can read.
func TestBare(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	n := b.vote(t, 1, 2, 1)
	b.tamper(t, `UPDATE events SET meta = '{"weather": "fine"}' WHERE position = 2`)
	if err := New(b.cfg, &bareTally{}).CatchUp(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want(1, 2, 1), b.rows(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	b.restart(t)
	if err := b.projector(&tally{}).CatchUp(t.Context(), n); err == nil {
		t.Error("one that reads metadata passed them too")
	}
}
