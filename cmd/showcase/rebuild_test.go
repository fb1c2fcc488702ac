package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/internal/e2e"
)

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// setting is the value of one in an environment.
func setting(t *testing.T, env []string, name string) string {
	t.Helper()
	for _, e := range env {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	t.Fatalf("there is no %s", name)
	return ""
}

// TestARebuildIsKilled kills rebuilds of the ranking at any moment while votes are cast and read: readers never see an
// error, nor fewer votes than before; the last one is let through, and all agrees.
func TestARebuildIsKilled(t *testing.T) {
	t.Parallel()
	d := newDesk(t, "150k")
	pool, err := pgxpool.New(t.Context(), setting(t, d.Env, "DATABASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	d.Tool("provision")
	projector := d.Run("project")
	ctx, stop := context.WithCancel(t.Context())
	var busy sync.WaitGroup
	busy.Go(func() { castVotes(ctx, t, pool) })
	busy.Go(func() { readVotes(ctx, t, pool) })
	dice := rand.New(rand.NewPCG(1, 2))
	killed, done := 0, 0
	for range 12 {
		p := e2e.Start(t, e2e.Command{
			Path: e2e.Program(t, "showcase"), Env: d.Env,
			Args: []string{"project", "rebuild", "ranking", "--batch", itoa(5000 + dice.Int64N(20_000)), "--workers", "3"},
		})
		end := time.After(time.Duration(dice.Int64N(int64(2500 * time.Millisecond))))
		for waiting := true; waiting && !p.Ended(); {
			select {
			case <-end:
				waiting = false
			case <-time.After(5 * time.Millisecond):
			}
		}
		if p.Ended() {
			done++
			continue
		}
		p.Kill()
		killed++
	}
	d.ok("project", "rebuild", "ranking")
	stop()
	busy.Wait()
	t.Logf("%d rebuilds were killed, %d were done before", killed, done)
	if killed == 0 {
		t.Error("no rebuild was killed")
	}
	e2e.Eventually(t, "the projector has read everything", func() bool { return !strings.Contains(d.ok("project", "status"), "stands") && behind(t, pool) == 0 })
	d.ok("verify")
	d.ok("project", "rebuild", "ranking", "--rollback")
	d.ok("verify")
	if projector.Ended() {
		t.Errorf("the projector ended:\n%s", projector.Output())
	}
}

func behind(t *testing.T, pool *pgxpool.Pool) (n int64) {
	t.Helper()
	err := pool.QueryRow(t.Context(), `
		SELECT h.position - c.position FROM heads h JOIN checkpoints c USING (log_id) WHERE c.name = 'ranking'`).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// castVotes appends ballots of new voters until it is told to stop.
func castVotes(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	for n := 0; ctx.Err() == nil; n++ {
		_, err := pool.Exec(ctx, `
			WITH one AS (
				SELECT video_id::text AS video, gen_random_uuid()::text AS voter
				FROM ranking_videos WHERE public ORDER BY video_id OFFSET $1 LIMIT 1
			)
			SELECT append_events(1::smallint, ARRAY[1], ARRAY[1], ARRAY[0::bigint], ARRAY['ballot-' || voter || '-' || video],
				ARRAY[gen_random_uuid()], ARRAY['ballot.cast'], ARRAY[1::smallint],
				ARRAY[jsonb_build_object('voter_id', voter, 'video_id', video)], ARRAY['{}'::jsonb])
			FROM one`, n%50)
		if err != nil && ctx.Err() == nil {
			t.Errorf("cast a vote: %v", err)
			return
		}
	}
}

// readVotes reads the ranking until it is told to stop; the total never falls.
func readVotes(ctx context.Context, t *testing.T, pool *pgxpool.Pool) {
	t.Helper()
	most := int64(0)
	for ctx.Err() == nil {
		var votes int64
		err := pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
			return tx.QueryRow(ctx, `SELECT coalesce(sum(votes), 0)::bigint FROM ranking_players WHERE videos > 0`).Scan(&votes)
		})
		if ctx.Err() != nil {
			return
		}
		if err != nil || votes < most {
			t.Error(fmt.Errorf("a reader saw %d votes after %d, %w", votes, most, err))
			return
		}
		most = votes
	}
}
