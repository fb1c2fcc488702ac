package relay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/internal/pause"
)

// leaderLock is the class of the advisory lock that the leader of a log holds; the log's number is the other half.
const leaderLock = 0x52454c59

const (
	heartbeat   = time.Second     // between two looks at the lock's connection
	lockTimeout = 5 * time.Second // for one statement on it
)

// errLost ends a term.
var errLost = errors.New("the lock's connection is lost")

// lead works a term if nobody else leads. It returns nil when somebody does.
func (r *Relay) lead(ctx context.Context) error {
	conn, err := r.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect for the leader's lock: %w", err)
	}
	elected, err := lock(ctx, conn, r.LogID)
	if err == nil && !elected {
		conn.Release()
		return nil
	}
	defer release(context.WithoutCancel(ctx), conn)
	if err != nil {
		return fmt.Errorf("take the leader's lock: %w", err)
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return watch(ctx, conn) })
	group.Go(func() error { return r.term(ctx) })
	return group.Wait()
}

// lock tries to take the lock for as long as the connection lives. The server is told to notice a client that vanishes
// without a word, since the lock is only free when it does.
func lock(ctx context.Context, conn *pgxpool.Conn, log int) (elected bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	err = conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1, $2)`, leaderLock, log).Scan(&elected)
	if err != nil || !elected {
		return false, err
	}
	_, err = conn.Exec(ctx, `
		SELECT set_config('tcp_keepalives_idle', '10', false),
			set_config('tcp_keepalives_interval', '5', false),
			set_config('tcp_keepalives_count', '4', false)`)
	return true, err
}

// watch returns an error when the connection, and with it the lock, is gone.
func watch(ctx context.Context, conn *pgxpool.Conn) error {
	for {
		if err := pause.For(ctx, heartbeat); err != nil {
			return err
		}
		if err := beat(ctx, conn.Conn()); err != nil {
			return errors.Join(errLost, err)
		}
	}
}

func beat(ctx context.Context, conn *pgx.Conn) error {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	return conn.Ping(ctx)
}

// release closes the connection, which ends the session and frees the lock, and gives its place back to the pool.
func release(ctx context.Context, conn *pgxpool.Conn) {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	_ = conn.Conn().Close(ctx) // one that cannot be closed is gone
	conn.Release()
}
