package app

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/handlers/project"
	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/vault"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/dashboard"
	"github.com/rising-stars/showcase/projections/gallery"
	"github.com/rising-stars/showcase/projections/ranking"
)

// Projections are all read models, by the names that an operator uses.
func (a *App) Projections() []projector.Projection {
	return []projector.Projection{accounts.Projection{}, gallery.Projection{}, a.ranking(), dashboard.Projection{}}
}

func (a *App) ranking() ranking.Projection { return rankingOf(a.Store, a.Vault) }

func rankingOf(store *eventstore.Store, v *vault.Vault) ranking.Projection {
	return ranking.Projection{Profiles: projector.Profiles{Store: store, Vault: v}}
}

// Projector makes the projector of one read model; onRebuild, which may be nil, is told of a rebuild's progress.
func (a *App) Projector(p projector.Projection, onRebuild func(position, upTo int64)) *projector.Projector {
	return projector.New(projector.Config{
		Pool: a.Pool, Store: a.Store, Vault: a.Vault, Log: a.Log, OnRebuild: onRebuild,
	}, p)
}

// Project is the role that keeps the read models up with the log: ranking and dashboard when their doorbell rings, all
// of them by a tick. Accounts and gallery are kept up by whoever writes to them; their tick is for what a killed process
// left behind, and so that a sign-up after many votes has little to read.
func (a *App) Project() Role {
	rankings, dashboards := a.Projector(a.ranking(), nil), a.Projector(dashboard.Projection{}, nil)
	all := []*projector.Projector{a.accounts, a.gallery, rankings, dashboards}
	a.watchProjections(all)
	a.meterProjections(all)
	seals := audit.Reader{Pool: a.Pool, Store: a.Store}
	a.meterSeals(seals)
	return func(ctx context.Context) error {
		g, ctx := errgroup.WithContext(ctx)
		for _, p := range []*projector.Projector{a.accounts, a.gallery} {
			g.Go(func() error { return p.Run(ctx, nil) })
		}
		a.goProject(ctx, g, bus.Ranking, rankings)
		a.goProject(ctx, g, bus.Dashboard, dashboards)
		g.Go(func() error {
			return seals.RunSeals(ctx, sealInterval, func(err error) {
				a.Log.ErrorContext(ctx, "log is not sealed", slog.Any("error", err))
			})
		})
		return g.Wait()
	}
}

// sealInterval is how often ranges of the log that have become full are sealed.
const sealInterval = time.Minute

// doorbellTimeout is how long catching up after one doorbell may take.
const doorbellTimeout = time.Minute

func (a *App) goProject(ctx context.Context, g *errgroup.Group, topic string, p *projector.Projector) {
	log := a.Log.With(slog.String("projection", p.Name()))
	g.Go(func() error { return p.Run(ctx, nil) })
	g.Go(func() error {
		return a.Bus.RunDoorbells(ctx, bus.Doorbells{Topic: topic, Timeout: doorbellTimeout}, project.New(p, log).Handle)
	})
}
