package projector

import (
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/internal/logtest"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/projections/ranking"
)

// rankings is a database with a drawn log, and the ranking's tables.
type rankings struct {
	*logtest.Database
	cfg Config
}

// dump is all that the ranking stores.
func (r rankings) dump(t *rapid.T) (all []string) {
	for _, table := range []string{"ranking_players", "ranking_videos", "ranking_snapshots"} {
		rows, err := r.App.Query(t.Context(), `SELECT t::text FROM `+table+` t ORDER BY 1`)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		all = append(append(all, table), lines...)
	}
	return all
}

// restart empties the ranking, as a database that has never seen it.
func (r rankings) restart(t *rapid.T) {
	err := pgx.BeginFunc(t.Context(), r.App, func(tx pgx.Tx) error {
		if err := (ranking.Projection{}).Reset(t.Context(), tx); err != nil {
			return err
		}
		_, err := tx.Exec(t.Context(), `UPDATE checkpoints SET position = 0 WHERE name = 'ranking'`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// process is one of several that serve the ranking's queue; it answers doorbells as handlers/project does.
func (r rankings) process(batch int) *Projector {
	cfg := r.cfg
	cfg.Batch = batch
	return New(cfg, ranking.Projection{Profiles: Profiles{Store: cfg.Store, Vault: cfg.Vault}, Every: 16})
}

// TestRankingOfManyDoorbells folds a drawn log by one and by two processes, from doorbells that each come twice and in any
// order to either: what is stored is what one process folds in a single page. A log has one order and one checkpoint per
// projection; so whoever else folds shares the work by turns and not by parts.
func TestRankingOfManyDoorbells(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	r := rankings{Database: logtest.NewDatabase(pgtest.Pool(t, db.OwnerURL), pgtest.Pool(t, db.AppURL))}
	rapid.Check(t, func(rt *rapid.T) {
		log := logtest.Draw(rt)
		if len(log) == 0 {
			return
		}
		store, err := r.Write(rt.Context(), log)
		if err != nil {
			rt.Fatal(err)
		}
		r.cfg = Config{Pool: r.App, Store: store, Vault: r.Vault}
		r.restart(rt)
		if err := r.process(5000).CatchUp(rt.Context(), int64(len(log))); err != nil {
			rt.Fatal(err)
		}
		want := r.dump(rt)
		for _, processes := range []int{1, 2} {
			r.restart(rt)
			r.ring(rt, processes, len(log))
			if diff := cmp.Diff(want, r.dump(rt)); diff != "" {
				rt.Fatalf("%d processes (-want +got):\n%s", processes, diff)
			}
		}
	})
}

// ring delivers a doorbell for every seventh position and for the last, each twice, in any order, and waits.
func (r rankings) ring(t *rapid.T, processes, head int) {
	bells := []int64{int64(head), int64(head)}
	for to := 7; to < head; to += 7 {
		bells = append(bells, int64(to), int64(to))
	}
	bells = rapid.Permutation(bells).Draw(t, "doorbells")
	failed := make([]error, processes)
	var serving sync.WaitGroup
	for i := range processes {
		p := r.process(rapid.SampledFrom([]int{1, 7, 5000, 0}).Draw(t, "batch"))
		mine := bells[i*len(bells)/processes : (i+1)*len(bells)/processes]
		serving.Go(func() {
			for _, to := range mine {
				if err := p.CatchUp(t.Context(), to); err != nil {
					failed[i] = fmt.Errorf("doorbell to %d: %w", to, err)
					return
				}
			}
		})
	}
	serving.Wait()
	for _, err := range failed {
		if err != nil {
			t.Fatal(err)
		}
	}
}
