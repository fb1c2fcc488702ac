package app

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/relay"
	"github.com/rising-stars/showcase/internal/sweep"
	"github.com/rising-stars/showcase/internal/uploads"
	"github.com/rising-stars/showcase/projections/gallery"
)

// Relay is the role that tells the queues what the log has to say; the process whose relay leads also sweeps.
func (a *App) Relay() Role {
	r := relay.New(relay.Config{
		Pool: a.Pool, Log: a.Store, LogID: 1, Publisher: measuredSends{a.Bus.Publisher(), a.meter}, Slog: a.Log,
		Routes: []relay.Route{
			{Topic: bus.Transcode, Types: relay.VideoWork(), Work: a.tracedWork(relay.ForTranscoder)},
			{Topic: bus.Ranking},
			{Topic: bus.Dashboard},
		},
	})
	a.watchRelay(r)
	a.meterRelay(r)
	s := sweep.New(sweep.Config{
		Gallery: candidates{gallery.Queries{Pool: a.Pool}}, Log: a.Store, Vault: a.Vault, Queue: a.Bus,
		Publisher: measuredRescues{a.Bus.Publisher(), a.meter}, Commands: a.Commands, Objects: a.Objects,
		Uploads: uploads.Table{Pool: a.Pool}, May: r.Leading, Now: time.Now, Slog: a.Log,
	})
	return func(ctx context.Context) error {
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return r.Run(ctx) })
		g.Go(func() error { return s.Run(ctx) })
		return g.Wait()
	}
}
