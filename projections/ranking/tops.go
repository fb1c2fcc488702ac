package ranking

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// Top is one player's place in both lists, with what their city's list amounts to.
type Top struct {
	Row          // Position is the national one
	CityKey      string
	CityPosition int64
	CityPlayers  int64
	CityVotes    int64
}

// Tally is the votes of one public video.
type Tally struct {
	VideoID events.ID
	CityKey string
	Votes   int64
}

// Position is how far the read model is; 0 before the first step.
func (q Queries) Position(ctx context.Context) (int64, error) {
	var position int64
	err := q.Pool.QueryRow(ctx, `SELECT position FROM checkpoints WHERE name = 'ranking' AND log_id = 1`).Scan(&position)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, fmt.Errorf("read ranking position: %w", err)
	}
	return position, nil
}

// Tops are the first depth players of the country and of each city, in national order.
func (q Queries) Tops(ctx context.Context, depth int) ([]Top, error) {
	rows, err := q.Pool.Query(ctx, `
		SELECT place, player_id, name, city, votes, city_key, city_place, city_players, city_votes
		FROM (
			SELECT player_id, name, city, votes, city_key,
			       row_number() OVER (ORDER BY votes DESC, reached, player_id) AS place,
			       row_number() OVER (PARTITION BY city_key ORDER BY votes DESC, reached, player_id) AS city_place,
			       count(*) OVER (PARTITION BY city_key) AS city_players,
			       (sum(votes) OVER (PARTITION BY city_key))::bigint AS city_votes
			FROM ranking_players
			WHERE videos > 0
		) p
		WHERE place <= $1 OR city_place <= $1
		ORDER BY place`, depth)
	if err != nil {
		return nil, fmt.Errorf("read tops of the ranking: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Top, err error) {
		err = row.Scan(&t.Position, &t.PlayerID, &t.Username, &t.City, &t.Votes, &t.CityKey, &t.CityPosition, &t.CityPlayers, &t.CityVotes)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("read tops of the ranking: %w", err)
	}
	return list, nil
}

// Totals are the players of the country with a public video, and their votes.
func (q Queries) Totals(ctx context.Context) (players, votes int64, err error) {
	err = q.Pool.QueryRow(ctx, `SELECT count(*), coalesce(sum(votes), 0)::bigint FROM ranking_players WHERE videos > 0`).Scan(&players, &votes)
	if err != nil {
		return 0, 0, fmt.Errorf("read totals of the ranking: %w", err)
	}
	return players, votes, nil
}

// Tallies are the votes of up to limit public videos.
func (q Queries) Tallies(ctx context.Context, limit int) ([]Tally, error) {
	rows, err := q.Pool.Query(ctx, `
		SELECT v.video_id, p.city_key, v.votes
		FROM ranking_videos v
		JOIN ranking_players p USING (player_id)
		WHERE v.public
		ORDER BY v.video_id
		LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("read votes of videos: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Tally])
	if err != nil {
		return nil, fmt.Errorf("read votes of videos: %w", err)
	}
	return list, nil
}
