package dashboard

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// Ballot is a vote that somebody gave.
type Ballot struct {
	VideoID  events.ID
	Position int64 // in the log
	Counts   bool  // false: it was taken out of the count on record
}

// BallotsOf are all votes that somebody gave, in order.
func (q Queries) BallotsOf(ctx context.Context, voter events.ID) ([]Ballot, error) {
	rows, err := q.Pool.Query(ctx, `
		SELECT video_id, position, counts
		FROM dashboard_ballots
		WHERE voter_id = $1
		ORDER BY position`, voter)
	if err != nil {
		return nil, fmt.Errorf("list ballots: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Ballot])
	if err != nil {
		return nil, fmt.Errorf("list ballots: %w", err)
	}
	return list, nil
}
