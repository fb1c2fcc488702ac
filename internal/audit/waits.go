package audit

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// Wait is how long a video took from being sent to its end: processed, rejected or given up.
type Wait struct {
	Video events.ID
	Sent  time.Time
	Took  time.Duration
	Bad   bool // rejected or given up
}

// Waits are those of the videos that came to their end up to a position, in the order in which they were sent.
func (r Reader) Waits(ctx context.Context, upTo int64) ([]Wait, error) {
	rows, err := r.Pool.Query(ctx, `
		WITH facts AS (
			SELECT (data->>'video_id')::uuid AS video, position, type, recorded_at
			FROM events
			WHERE log_id = $1 AND position <= $2
				AND type <> 'ballot.cast' AND type IN ('video.submitted', 'video.processed', 'video.rejected', 'video.failed')
		)
		SELECT s.video, s.recorded_at, e.recorded_at, e.type <> 'video.processed'
		FROM facts s
		JOIN (SELECT DISTINCT ON (video) video, recorded_at, type FROM facts WHERE type <> 'video.submitted' ORDER BY video, position) e
			ON e.video = s.video
		WHERE s.type = 'video.submitted'
		ORDER BY s.position`, mode, r.Store.Log(), upTo)
	if err != nil {
		return nil, fmt.Errorf("read waits: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (w Wait, err error) {
		var done time.Time
		err = row.Scan(&w.Video, &w.Sent, &done, &w.Bad)
		w.Took = done.Sub(w.Sent)
		return w, err
	})
	if err != nil {
		return nil, fmt.Errorf("read waits: %w", err)
	}
	return list, nil
}
