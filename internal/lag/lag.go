// Package lag says how far behind a reader of the log is in time: how long ago the first event was recorded that it has not
// passed. The database's clock alone counts, so that hosts may disagree about the time.
package lag

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Log is the log to be behind of.
type Log struct {
	Pool *pgxpool.Pool
	ID   int16
}

// Behind is the age of the oldest event after a position; 0 when there is none.
func (l Log) Behind(ctx context.Context, position int64) (time.Duration, error) {
	var seconds float64
	err := l.Pool.QueryRow(ctx, `
		SELECT greatest(0, coalesce(extract(epoch FROM clock_timestamp() - (
			SELECT recorded_at
			FROM events
			WHERE log_id = $1 AND position > $2
			ORDER BY position
			LIMIT 1
		)), 0))::float8`, l.ID, position).Scan(&seconds)
	if err != nil {
		return 0, fmt.Errorf("look how old the event after position %d is: %w", position, err)
	}
	return time.Duration(seconds * float64(time.Second)), nil
}
