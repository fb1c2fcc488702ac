// Package progress tells how far a running job is: a number for its owner to look at, and a sign of life for the sweep.
//
// It is not a fact and never reaches the log. Who reads it must do without it: it is lost when the database crashes.
package progress

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
)

// Table is where progress is kept.
type Table struct {
	Pool *pgxpool.Pool
}

// Set says that an attempt, counted from 1, at a video has done percent of its work; values outside 0 to 100 count as
// the nearer end. What an older attempt says is ignored, and an attempt never goes back.
func (t Table) Set(ctx context.Context, video events.ID, attempt, percent int) error {
	_, err := t.Pool.Exec(ctx, `
		INSERT INTO video_progress (video_id, attempt, percent, updated_at)
		VALUES ($1, $2, $3, clock_timestamp())
		ON CONFLICT (video_id) DO UPDATE
		SET attempt = excluded.attempt, percent = excluded.percent, updated_at = excluded.updated_at
		WHERE (video_progress.attempt, video_progress.percent) <= (excluded.attempt, excluded.percent)`,
		video, attempt, min(max(percent, 0), 100))
	if err != nil {
		return fmt.Errorf("set progress of %s: %w", video, err)
	}
	return nil
}

// Forget removes what was said of a video that has its result.
func (t Table) Forget(ctx context.Context, video events.ID) error {
	_, err := t.Pool.Exec(ctx, `DELETE FROM video_progress WHERE video_id = $1`, video)
	if err != nil {
		return fmt.Errorf("forget progress of %s: %w", video, err)
	}
	return nil
}
