package eventstore

import (
	"context"
	"fmt"
	"maps"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Limits of the connections that OpenPool makes.
const (
	connectTimeout    = 5 * time.Second
	idleTimeout       = 5 * time.Minute
	healthCheckPeriod = 15 * time.Second
)

// sessionSettings bound what a connection can do to others when its client misbehaves.
var sessionSettings = map[string]string{
	"timezone":                            "UTC",
	"default_transaction_isolation":       "read committed", // append_events and the projectors rely on it
	"statement_timeout":                   "30s",
	"idle_in_transaction_session_timeout": "60s",
}

// OpenPool makes the pool of one process; name shows in the server's list of connections. It does not connect yet, so
// that a process can start before its database does. set, each in turn, may change how it connects.
func OpenPool(ctx context.Context, databaseURL, name string, maxConns int32, set ...func(*pgxpool.Config) error) (*pgxpool.Pool, error) {
	cfg, err := pgxpool.ParseConfig(databaseURL)
	if err != nil {
		return nil, fmt.Errorf("read database URL: %w", err)
	}
	cfg.MaxConns = maxConns
	cfg.MaxConnIdleTime = idleTimeout
	cfg.HealthCheckPeriod = healthCheckPeriod
	cfg.ConnConfig.ConnectTimeout = connectTimeout
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
