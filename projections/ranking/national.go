package ranking

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// NationalRank is a player's place in the country and among how many; zeros when they have no public video.
func (q Queries) NationalRank(ctx context.Context, player events.ID) (position, participants int64, err error) {
	err = q.Pool.QueryRow(ctx, `
		SELECT (SELECT 1 + count(*) FROM ranking_players
		        WHERE videos > 0 AND (-votes, reached, player_id) < (-me.votes, me.reached, me.player_id)),
		       (SELECT count(*) FROM ranking_players WHERE videos > 0)
		FROM ranking_players me
		WHERE me.player_id = $1 AND me.videos > 0`, player).Scan(&position, &participants)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return 0, 0, fmt.Errorf("rank player in the country: %w", err)
	}
	return position, participants, nil
}
