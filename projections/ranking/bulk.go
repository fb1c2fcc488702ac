package ranking

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// AddBallots counts ballots that were added up elsewhere: per video, how many and the newest of them. It is Apply for a
// whole stretch of the log at once, whose other facts are applied already, but for the players' totals: those are wrong
// until Total.
func (Projection) AddBallots(ctx context.Context, tx pgx.Tx, videos []events.ID, votes, newest []int64) error {
	if len(videos) == 0 {
		return nil
	}
	var b pgx.Batch
	queueTallies(&b, videos, votes, newest)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("add ballots: %w", err)
	}
	return nil
}

// Total adds the videos of all players up anew.
func (Projection) Total(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, fmt.Sprintf(totals, "")+` AND (p.videos, p.votes, p.reached) IS DISTINCT FROM (t.videos, t.votes, t.reached)`)
	if err != nil {
		return fmt.Errorf("total ranking: %w", err)
	}
	return nil
}

// Snapshot keeps the videos as they are at a position, unless that was done.
func (Projection) Snapshot(ctx context.Context, tx pgx.Tx, at int64) error {
	var b pgx.Batch
	queueSnapshot(&b, at)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("keep snapshot: %w", err)
	}
	return nil
}
