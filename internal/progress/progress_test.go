package progress_test

import (
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/progress"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type row struct {
	Attempt   int
	Percent   int
	UpdatedAt time.Time
}

func find(t *testing.T, pool *pgxpool.Pool, video events.ID) []row {
	t.Helper()
	rows, err := pool.Query(t.Context(), `SELECT attempt, percent, updated_at FROM video_progress WHERE video_id = $1`, video)
	if err != nil {
		t.Fatal(err)
	}
	found, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestProgressGoesOnlyForward(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	table := progress.Table{Pool: pool}
	video, other := events.ID{1}, events.ID{2}
	var last time.Time
	for _, step := range []struct{ attempt, percent, wantAttempt, wantPercent int }{
		{1, -5, 1, 0}, {1, 10, 1, 10}, {1, 10, 1, 10}, {1, 5, 1, 10}, {2, 0, 2, 0}, {1, 90, 2, 0}, {2, 250, 2, 100},
	} {
		if err := table.Set(t.Context(), video, step.attempt, step.percent); err != nil {
			t.Fatal(err)
		}
		got := find(t, pool, video)
		if len(got) != 1 || got[0].Attempt != step.wantAttempt || got[0].Percent != step.wantPercent || got[0].UpdatedAt.Before(last) {
			t.Errorf("after %+v: %+v", step, got)
		}
		last = got[0].UpdatedAt
	}
	if err := table.Set(t.Context(), other, 1, 1); err != nil {
		t.Fatal(err)
	}
	if err := table.Forget(t.Context(), video); err != nil {
		t.Fatal(err)
	}
	if len(find(t, pool, video)) != 0 || len(find(t, pool, other)) != 1 {
		t.Error("forgot the wrong one")
	}
}

func TestProgressOfAClosedPoolIsAnError(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	pool.Close()
	table := progress.Table{Pool: pool}
	if table.Set(t.Context(), events.ID{1}, 1, 1) == nil || table.Forget(t.Context(), events.ID{1}) == nil {
		t.Error("no error")
	}
}
