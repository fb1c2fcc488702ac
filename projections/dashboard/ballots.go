package dashboard

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// Ballot is a vote that somebody gave.
type Ballot struct {
	VideoID  events.ID
	Position int64  // in the log
	Counts   bool   // false: it was taken out of the count on record
	Out      Ruling // why and when; zero while it counts
}

// Ruling is why and when organisers took votes out of the count.
type Ruling struct {
	Reason string
	At     time.Time
}

// Voided are votes of a player that one act keeps out of the count.
type Voided struct {
	Ruling
	Votes int64
}

// selectBallots reads Ballots.
const selectBallots = `
	SELECT b.video_id, b.position, b.counts, coalesce(a.reason, ''), a.at
	FROM dashboard_ballots b
	LEFT JOIN dashboard_acts a ON a.position = b.act
	`

// BallotsOf are all votes that somebody gave, in order.
func (q Queries) BallotsOf(ctx context.Context, voter events.ID) ([]Ballot, error) {
	return q.ballots(ctx, selectBallots+`WHERE b.voter_id = $1 ORDER BY b.position`, voter)
}

// VoidedBy are the newest limit votes that somebody gave and that do not count, newest first.
func (q Queries) VoidedBy(ctx context.Context, voter events.ID, limit int) ([]Ballot, error) {
	return q.ballots(ctx, selectBallots+`WHERE b.voter_id = $1 AND b.act IS NOT NULL ORDER BY b.position DESC LIMIT $2`, voter, limit)
}

func (q Queries) ballots(ctx context.Context, query string, args ...any) ([]Ballot, error) {
	rows, err := q.Pool.Query(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list ballots: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (b Ballot, err error) {
		var at *time.Time
		if err = row.Scan(&b.VideoID, &b.Position, &b.Counts, &b.Out.Reason, &at); err == nil && at != nil {
			b.Out.At = *at
		}
		return b, err
	})
	if err != nil {
		return nil, fmt.Errorf("list ballots: %w", err)
	}
	return list, nil
}

// VoidedOf are the votes that a player's videos lost to acts of the ledger that stand, newest limit acts first.
func (q Queries) VoidedOf(ctx context.Context, owner events.ID, limit int) ([]Voided, error) {
	rows, err := q.Pool.Query(ctx, `
		SELECT a.reason, a.at, sum(o.votes)::bigint
		FROM dashboard_videos v
		JOIN dashboard_voided o USING (video_id)
		JOIN dashboard_acts a ON a.position = o.position
		WHERE v.owner_id = $1
		GROUP BY a.position
		ORDER BY a.position DESC
		LIMIT $2`, owner, limit)
	if err != nil {
		return nil, fmt.Errorf("list voided votes: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (v Voided, err error) {
		err = row.Scan(&v.Reason, &v.At, &v.Votes)
		return v, err
	})
	if err != nil {
		return nil, fmt.Errorf("list voided votes: %w", err)
	}
	return list, nil
}
