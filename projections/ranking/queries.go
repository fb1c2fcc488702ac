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

// Page is a part of the ranking, of one city or of all when city is empty, and the log position that it reflects.
func (q Queries) Page(ctx context.Context, city string, limit, offset int) ([]Row, int64, error) {
	var list []Row
	var position int64
	err := pgx.BeginTxFunc(ctx, q.Pool, snapshot, func(tx pgx.Tx) error {
		var err error
		if position, err = checkpoint(ctx, tx); err != nil {
			return err
		}
		list, err = readPage(ctx, tx, cityname.Key(city), limit, offset)
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read ranking: %w", err)
	}
	return list, position, nil
}

// snapshot shows one state of the tables to all statements of a transaction.
var snapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

func checkpoint(ctx context.Context, tx pgx.Tx) (int64, error) {
	var position int64
	err := tx.QueryRow(ctx, `SELECT position FROM checkpoints WHERE name = 'ranking'`).Scan(&position)
	if errors.Is(err, pgx.ErrNoRows) {
		return 0, nil
	}
	return position, err
}

// The two forms differ so that each has its index; the order is the same.
const (
	selectNational = `
		SELECT player_id, name, city, votes
		FROM ranking_players
		WHERE videos > 0
		ORDER BY votes DESC, reached, player_id
		LIMIT $1 OFFSET $2`
	selectCity = `
		SELECT player_id, name, city, votes
		FROM ranking_players
		WHERE videos > 0 AND city_key = $3
		ORDER BY votes DESC, reached, player_id
		LIMIT $1 OFFSET $2`
)

func readPage(ctx context.Context, tx pgx.Tx, cityKey string, limit, offset int) ([]Row, error) {
	sql, args := selectNational, []any{limit, offset}
	if cityKey != "" {
		sql, args = selectCity, append(args, cityKey)
	}
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	next := int64(offset)
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (Row, error) {
		next++
		r := Row{Position: next}
		err := row.Scan(&r.PlayerID, &r.Username, &r.City, &r.Votes)
		return r, err
	})
}

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
		GROUP BY me.player_id`, player).
		Scan(&s.City, &s.Position, &s.Participants, &s.Votes, &s.VotesToNext)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return Standing{}, false, nil
	case err != nil:
		return Standing{}, false, fmt.Errorf("rank player: %w", err)
	}
	return s, true, nil
}
