package relay

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgxpool"
)

// errMoved says that somebody else moved the cursor: they lead.
var errMoved = errors.New("the cursor was moved by another relay")

// cursor is a queue's row in checkpoints.
type cursor struct {
	pool *pgxpool.Pool
	name string
	log  int
}

// load finds the cursor, at the beginning of the log when the queue is new.
func (c cursor) load(ctx context.Context) (position int64, err error) {
	_, err = c.pool.Exec(ctx, `INSERT INTO checkpoints (name, log_id) VALUES ($1, $2) ON CONFLICT DO NOTHING`, c.name, c.log)
	if err != nil {
		return 0, fmt.Errorf("make cursor %s: %w", c.name, err)
	}
	err = c.pool.QueryRow(ctx, `SELECT position FROM checkpoints WHERE name = $1 AND log_id = $2`, c.name, c.log).Scan(&position)
	if err != nil {
		return 0, fmt.Errorf("load cursor %s: %w", c.name, err)
	}
	return position, nil
}

// move moves the cursor from where it was last seen; errMoved when it is not there any more. The commit is not waited
// for: a move that is lost in a crash of the server only means that messages are sent again.
func (c cursor) move(ctx context.Context, from, to int64) error {
	tag, err := c.pool.Exec(ctx, `
		UPDATE checkpoints
		SET position = $4, updated_at = now()
		FROM (SELECT set_config('synchronous_commit', 'off', true)) AS commits (mode)
		WHERE commits.mode = 'off'
			AND name = $1
			AND log_id = $2
			AND position = $3`, c.name, c.log, from, to)
	if err != nil {
		return fmt.Errorf("move cursor %s: %w", c.name, err)
	}
	if tag.RowsAffected() != 1 {
		return fmt.Errorf("move cursor %s: %w", c.name, errMoved)
	}
	return nil
}
