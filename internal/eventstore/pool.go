package eventstore

import (
	"context"
	"fmt"
	"maps"
	"net"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Limits of the connections that OpenPool makes.
const (
	connectTimeout    = 5 * time.Second
	idleTimeout       = 5 * time.Minute
	healthCheckPeriod = 15 * time.Second
	vanishedAfter     = 25 * time.Second // without a word from the other end's kernel
)

// keepAlive finds out that the other end has vanished while we only listen: 10 s and three questions, 5 s apart.
var keepAlive = net.KeepAliveConfig{Enable: true, Idle: 10 * time.Second, Interval: 5 * time.Second, Count: 3}

// sessionSettings bound what a connection can do to others when its client misbehaves.
var sessionSettings = map[string]string{
	"timezone":                            "UTC",
	"default_transaction_isolation":       "read committed", // append_events and the projectors rely on it
	"statement_timeout":                   "30s",
	"idle_in_transaction_session_timeout": "60s",
}

// OpenPool makes the pool of one process; name shows in the server's list of connections. It does not connect yet, so
// that a process can start before its database does. A connection whose other end has vanished without a word, as in a
// failover, fails within half a minute, and whoever waits on it can try another. set, each in turn, may change how it connects.
func OpenPool(ctx context.Context, databaseURL, name string, maxConns int32, set ...func(*pgxpool.Config) error) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read database URL: %w", err)
	}
	cfg.MaxConns = maxConns
	cfg.MaxConnIdleTime = idleTimeout
	cfg.HealthCheckPeriod = healthCheckPeriod
	cfg.ConnConfig.ConnectTimeout = connectTimeout
	cfg.ConnConfig.DialFunc = (&net.Dialer{KeepAliveConfig: keepAlive, Control: dropVanished}).DialContext
	maps.Copy(cfg.ConnConfig.RuntimeParams, sessionSettings)
	cfg.ConnConfig.RuntimeParams["application_name"] = name
	for _, change := range set {
		if err := change(cfg); err != nil {
			return nil, err
		}
	}
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open pool: %w", err)
	}
	return pool, nil
}
