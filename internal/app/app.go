// Package app puts the parts together: it reads the configuration, makes what a process shares and runs its roles.
//
// It is the only package that sees everything, and it decides nothing: no rule, no protocol and no SQL is here.
package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/emf"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/obs"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/sdnotify"
	"github.com/rising-stars/showcase/internal/tracing"
	"github.com/rising-stars/showcase/internal/vault"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/gallery"
)

// App is what the roles of one process share.
type App struct {
	Config
	Log      *slog.Logger
	Registry *prometheus.Registry
	Pool     *pgxpool.Pool
	Store    *eventstore.Store
	Vault    *vault.Vault
	Bus      *bus.Bus
	Objects  *blob.Store
	Commands *command.Service

	meter    *emf.Meter // nil when nobody reads metrics among the log lines
	log      measuredLog
	tracer   *tracing.Tracer // nil when nobody collects traces
	service  service
	instance string
	accounts *projector.Projector
	gallery  *projector.Projector
}

// Role is one thing that a process does until its context ends.
type Role func(ctx context.Context) error

// Open makes an App. It connects lazily, so that a process may start before its database does. roles names what the
// process will do, for its log lines.
func Open(ctx context.Context, cfg Config, roles string, logTo io.Writer) (*App, error) {
	tuneMemory()
	master, err := masterKey("MASTER_KEY", cfg.MasterKey)
	if err != nil {
		return nil, err
	}
	instance, err := os.Hostname()
	if err != nil {
		return nil, fmt.Errorf("name this instance: %w", err)
	}
	instance = fmt.Sprintf("%s-%d", instance, os.Getpid())
	logTo = &lines{to: logTo}
	log, err := newLog(logTo, cfg.LogLevel, roles, instance)
	if err != nil {
		return nil, err
	}
	tracer := tracing.New(tracing.Config{
		Endpoint: cfg.TraceEndpoint, Service: "showcase-" + roles, Random: rand.Reader, Now: time.Now, OnError: func(err error) {
			log.LogAttrs(ctx, slog.LevelWarn, "traces are dropped", slog.Any("error", err))
		},
	})
	a := &App{
		tracer: tracer,
		Config: cfg, instance: instance, Registry: obs.NewRegistry(), Log: log,
		meter: newMeter(cfg, roles, logTo), service: service{systemd: sdnotify.New(os.Getenv), ready: closedNow()},
	}
	if a.Pool, err = eventstore.OpenPool(ctx, cfg.DatabaseURL, "showcase "+roles, cfg.MaxConns, cfg.login(ctx, cfg.credentials())); err != nil {
		return nil, err
	}
	a.meterPool()
	a.Store = eventstore.New(a.Pool, eventstore.Config{})
	a.log = measuredLog{a.Store, a.meter, new(atomic.Int64)}
	a.Vault = vault.New(a.Pool, master, rand.Reader)
	if cfg.MasterRoot != "" {
		root, err := masterKey("MASTER_ROOT", cfg.MasterRoot)
		if err != nil {
			return nil, err
		}
		a.Vault = a.Vault.Rooted(root)
	}
	if a.Bus, a.Objects, err = openCloud(ctx, cfg.CloudConfig, a.Log); err != nil {
		return nil, err
	}
	return a, a.openCommands()
}

func newLog(to io.Writer, levelName, roles, instance string) (*slog.Logger, error) {
	var level slog.Level
	if err := level.UnmarshalText([]byte(levelName)); err != nil {
		return nil, fmt.Errorf("read log level: %w", err)
	}
	return obs.NewLogger(to, level, obs.Service{Name: "showcase", Role: roles, Instance: instance}), nil
}

// openCommands makes the commands, and the projections that they catch up.
func (a *App) openCommands() error {
	contestID, err := events.ParseID(a.ContestID)
	if err != nil {
		return fmt.Errorf("read contest id: %w", err)
	}
	a.accounts = a.Projector(accounts.Projection{}, nil)
	a.gallery = a.Projector(gallery.Projection{}, nil)
	a.Commands = command.New(command.Config{
		Log: a.log, Vault: a.Vault, Accounts: a.accounts, Gallery: a.gallery,
		People: people{accounts.Queries{Pool: a.Pool}}, Videos: videos{gallery.Queries{Pool: a.Pool}},
		ContestID: contestID, Now: time.Now, NewID: NewID,
	})
	return nil
}

// NewID is a new UUID of version 7.
func NewID() events.ID { return events.ID(uuid.Must(uuid.NewV7())) }

// Run runs the roles until the context ends or one of them fails, then ends all of them, then the store that they write
// through, and waits for everything.
func (a *App) Run(ctx context.Context, roles ...Role) error {
	store, stopStore := a.accompany(ctx)
	g, ctx := errgroup.WithContext(ctx)
	for _, role := range roles {
		g.Go(func() error { return role(ctx) })
	}
	if a.MetricsAddr != "" {
		g.Go(func() error { return a.serveMetrics(ctx) })
	}
	err := g.Wait()
	stopStore()
	if errors.Is(err, context.Canceled) {
		err = nil
	}
	return errors.Join(err, store.Wait())
}

// accompany runs what goes on until the last role has ended: the store that they write through, the metrics, and what
// systemd is told.
func (a *App) accompany(ctx context.Context) (g *errgroup.Group, stop func()) {
	over, stop := context.WithCancel(context.WithoutCancel(ctx))
	g = new(errgroup.Group)
	g.Go(func() error { return a.Store.Run(over) })
	g.Go(func() error { return a.meter.Run(over) })
	g.Go(func() error { return a.tracer.Run(over) })
	g.Go(func() error {
		if err := a.service.tell(ctx, over); err != nil {
			a.Log.LogAttrs(ctx, slog.LevelWarn, "systemd is not told", slog.Any("error", err))
		}
		return nil
	})
	return g, stop
}

// Close gives up connections. Nothing of the App may be used after it.
func (a *App) Close() {
	a.Bus.Close()
	a.Objects.Close()
	a.Pool.Close()
}
