package gallery

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// Watch asks for an owner's videos that changed after a moment.
type Watch struct {
	Owner events.ID
	After time.Time // zero: whenever
}

// State is how far a video is.
type State struct {
	OwnerID, VideoID   events.ID
	Stage              string
	Progress           int // of the running attempt, 0 to 100; 100 when ready
	ReasonCode         string
	ReasonES, ReasonEN string
	Processed, Votable bool
	ChangedAt          time.Time
}

// Watched are, of each owner, the newest perOwner videos that wait for a result or changed after the moment given.
func (q Queries) Watched(ctx context.Context, watches []Watch, perOwner int) ([]State, error) {
	owners, after := make([]events.ID, len(watches)), make([]time.Time, len(watches))
	for i, w := range watches {
		owners[i], after[i] = w.Owner, w.After
	}
	rows, err := q.Pool.Query(ctx, `
		SELECT w.owner_id, v.*
		FROM unnest($1::uuid[], $2::timestamptz[]) AS w (owner_id, after)
		CROSS JOIN LATERAL (
			SELECT v.video_id, v.stage,
			       CASE v.stage WHEN 'ready' THEN 100 WHEN 'processing' THEN coalesce(p.percent, 0) ELSE 0 END,
			       v.reason_code, v.reason_es, v.reason_en, v.clip IS NOT NULL, v.votable, v.changed_at
			FROM gallery_videos v
			LEFT JOIN video_progress p ON p.video_id = v.video_id AND p.attempt = v.attempt
			WHERE v.owner_id = w.owner_id AND (v.changed_at > w.after OR v.stage IN ('queued', 'processing'))
			ORDER BY v.uploaded_at DESC, v.video_id DESC
			LIMIT $3
		) v`, owners, after, perOwner)
	if err != nil {
		return nil, fmt.Errorf("watch videos: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[State])
	if err != nil {
		return nil, fmt.Errorf("watch videos: %w", err)
	}
	return list, nil
}
