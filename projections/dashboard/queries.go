package dashboard

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
)

// Figures are a player's own numbers.
type Figures struct {
	TotalVotes int64 // over public videos, as in the ranking
	Processed  int   // clips that are there, public or private
	Pending    int
	Rejected   int // also those whose every attempt failed
}

// Hour is one hour's votes.
type Hour struct {
	Hour  time.Time // its beginning, UTC
	Votes int64
}

// Queries reads the read model.
type Queries struct{ Pool *pgxpool.Pool }

// Of are the figures of one player; zeros for somebody without videos.
func (q Queries) Of(ctx context.Context, owner events.ID) (Figures, error) {
	var f Figures
	err := q.Pool.QueryRow(ctx, `
		SELECT coalesce(sum(votes) FILTER (WHERE stage = $2), 0)::bigint,
		       count(*) FILTER (WHERE stage IN ($2, $3)),
		       count(*) FILTER (WHERE stage = $4),
		       count(*) FILTER (WHERE stage = $5)
		FROM dashboard_videos
		WHERE owner_id = $1`, owner, StagePublic, StageProcessed, StagePending, StageRejected).
		Scan(&f.TotalVotes, &f.Processed, &f.Pending, &f.Rejected)
	if err != nil {
		return Figures{}, fmt.Errorf("read dashboard: %w", err)
	}
	return f, nil
}

// Hours are the votes that a player received per hour, in order, for the newest limit hours that had any.
func (q Queries) Hours(ctx context.Context, owner events.ID, limit int) ([]Hour, error) {
	rows, err := q.Pool.Query(ctx, `
		SELECT hour, votes
		FROM (SELECT hour, votes FROM dashboard_hours WHERE owner_id = $1 ORDER BY hour DESC LIMIT $2) newest
		ORDER BY hour`, owner, limit)
	if err != nil {
		return nil, fmt.Errorf("read votes per hour: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Hour])
	if err != nil {
		return nil, fmt.Errorf("read votes per hour: %w", err)
	}
	return list, nil
}

// VotedBy are the videos that somebody voted for, in the order of the votes.
func (q Queries) VotedBy(ctx context.Context, voter events.ID) ([]events.ID, error) {
	rows, err := q.Pool.Query(ctx, `SELECT video_id FROM dashboard_ballots WHERE voter_id = $1 ORDER BY position`, voter)
	if err != nil {
		return nil, fmt.Errorf("list votes: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[events.ID])
	if err != nil {
		return nil, fmt.Errorf("list votes: %w", err)
	}
	return list, nil
}
