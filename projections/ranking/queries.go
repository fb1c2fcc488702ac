package ranking

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
)

// Row is one player's place.
type Row struct {
	Position int64 // from 1, without gaps, within the list that was asked for
	PlayerID events.ID
	Username string
	City     string
	Votes    int64
}

// City is one city's share of the contest.
type City struct {
	Name    string
	Players int64 // with a public video
	Votes   int64
}

// Standing is where one player stands in their city.
type Standing struct {
	City         string
	Position     int64
	Participants int64
	Votes        int64
	VotesToNext  int64 // to pass the player above, since a tie goes to whoever was there first; 0 for the first
}

// Queries reads the read model.
type Queries struct{ Pool *pgxpool.Pool }

// Page is a part of the ranking, of one city or of all when city is empty, and the log position that it reflects. It is
// one statement, so that it sees one version of the tables in one state.
func (q Queries) Page(ctx context.Context, city string, limit, offset int) ([]Row, int64, error) {
	sql, args := selectNational, []any{limit, offset}
	if key := cityname.Key(city); key != "" {
		sql, args = selectCity, append(args, key)
	}
	rows, err := q.Pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, 0, fmt.Errorf("read ranking: %w", err)
	}
	var list []Row
	var position int64
	var name, home *string
	var player *events.ID
	var votes *int64
	_, err = pgx.ForEachRow(rows, []any{&position, &player, &name, &home, &votes}, func() error {
		if player != nil {
			list = append(list, Row{int64(offset + len(list) + 1), *player, *name, *home, *votes})
		}
		return nil
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read ranking: %w", err)
	}
	return list, position, nil
}

// The two forms differ so that each has its index; the order is the same. There is a row with the position even when
// there is nobody.
const (
	selectNational = `
		SELECT at.position, p.player_id, p.name, p.city, p.votes
		FROM (SELECT coalesce((SELECT position FROM checkpoints WHERE name = 'ranking' AND log_id = 1), 0)) at (position)
		LEFT JOIN (
			SELECT player_id, name, city, votes, reached
			FROM ranking_players
			WHERE videos > 0
			ORDER BY votes DESC, reached, player_id
			LIMIT $1 OFFSET $2
		) p ON true
		ORDER BY p.votes DESC, p.reached, p.player_id`
	selectCity = `
		SELECT at.position, p.player_id, p.name, p.city, p.votes
		FROM (SELECT coalesce((SELECT position FROM checkpoints WHERE name = 'ranking' AND log_id = 1), 0)) at (position)
		LEFT JOIN (
			SELECT player_id, name, city, votes, reached
			FROM ranking_players
			WHERE videos > 0 AND city_key = $3
			ORDER BY votes DESC, reached, player_id
			LIMIT $1 OFFSET $2
		) p ON true
		ORDER BY p.votes DESC, p.reached, p.player_id`
)

// VideoVotes are the votes of each of the videos; a video that the ranking does not know yet has none.
func (q Queries) VideoVotes(ctx context.Context, ids []events.ID) (map[events.ID]int64, error) {
	rows, err := q.Pool.Query(ctx, `SELECT video_id, votes FROM ranking_videos WHERE video_id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("count votes: %w", err)
	}
	votes := make(map[events.ID]int64, len(ids))
	var id events.ID
	var n int64
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		votes[id] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count votes: %w", err)
	}
	return votes, nil
}

// Cities are the cities that have players with a public video, by name.
func (q Queries) Cities(ctx context.Context) ([]City, error) {
	rows, err := q.Pool.Query(ctx, `
		SELECT min(city COLLATE "C"), count(*), coalesce(sum(votes), 0)::bigint
		FROM ranking_players
		WHERE videos > 0
		GROUP BY city_key
		ORDER BY city_key`)
	if err != nil {
		return nil, fmt.Errorf("list cities: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[City])
	if err != nil {
		return nil, fmt.Errorf("list cities: %w", err)
	}
	return list, nil
}

// PlayerRank is where a player stands in their city; false when they have no public video.
func (q Queries) PlayerRank(ctx context.Context, player events.ID) (Standing, bool, error) {
	var s Standing
	err := q.Pool.QueryRow(ctx, `
		SELECT me.city, 1 + count(*) FILTER (WHERE better), count(*), me.votes,
		       coalesce(min(others.votes) FILTER (WHERE better) - me.votes + 1, 0)
		FROM ranking_players me
		JOIN ranking_players others ON others.city_key = me.city_key AND others.videos > 0
		CROSS JOIN LATERAL (SELECT (-others.votes, others.reached, others.player_id) < (-me.votes, me.reached, me.player_id)) b (better)
		WHERE me.player_id = $1 AND me.videos > 0
		GROUP BY me.player_id, me.city, me.votes`, player).
		Scan(&s.City, &s.Position, &s.Participants, &s.Votes, &s.VotesToNext)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Standing{}, false, nil
	case err != nil:
		return Standing{}, false, fmt.Errorf("rank player: %w", err)
	}
	return s, true, nil
}
