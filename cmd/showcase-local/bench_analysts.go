package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rising-stars/showcase/internal/app"
	"github.com/rising-stars/showcase/internal/bench"
	"github.com/rising-stars/showcase/internal/local"
	"github.com/rising-stars/showcase/migrations"
)

// What the generated logs begin with.
const benchContest = "0197a1de-0000-7000-8000-000000000001"

// liveUpTo is the longest log that is folded by the projector too, which takes longest.
const liveUpTo = 1_000_000

var seedStart = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// analystsBench measures the analysts' tools on generated logs.
type analystsBench struct {
	TenMillion bool `name:"ten-million" help:"Also measure the analysts' tools on a log of 10 million events, which takes some minutes and 15 GB."`
}

// logSizes are the logs in events, so that growth shows.
func (c analystsBench) logSizes() []int64 {
	if c.TenMillion {
		return []int64{1_000_000, 3_000_000, 10_000_000}
	}
	return []int64{1_000_000, 3_000_000}
}

func (c analystsBench) measure(ctx context.Context, stack *local.Stack, keys secrets) error {
	for _, size := range c.logSizes() {
		if err := c.one(ctx, stack, keys, size); err != nil {
			return fmt.Errorf("analysts' tools, %d events: %w", size, err)
		}
	}
	return nil
}

// one measures on a database of its own.
func (c analystsBench) one(ctx context.Context, stack *local.Stack, keys secrets, size int64) error {
	url, err := stack.CreateDatabase(ctx, fmt.Sprintf("bench%d", size))
	if err != nil {
		return err
	}
	return c.on(ctx, url, keys, size)
}

// on measures on an empty database.
func (analystsBench) on(ctx context.Context, url string, keys secrets, size int64) (err error) {
	if err := migrations.Up(ctx, url); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "showcase-bench-export-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	a, err := app.OpenAnalyst(ctx, app.AnalystConfig{DatabaseURL: url, MasterKey: keys.MasterKey, ContestID: benchContest}, "bench")
	if err != nil {
		return err
	}
	defer a.Close()
	live := a.RebuildRankingLive
	if size > liveUpTo {
		live = nil
	}
	return bench.Analysts{
		Events: size,
		Seed: func(ctx context.Context) error {
			_, err := app.Seed(ctx, app.SeedConfig{
				DatabaseURL: url, MasterKey: keys.MasterKey, ContestID: benchContest, Events: size, Days: 21, Seed: 1,
				Start: seedStart, Fraud: []string{"all"},
			}, nil)
			return err
		},
		Floor:   a.CountBallots,
		Rebuild: a.RebuildRanking,
		Live:    live,
		Recount: a.RecountOfficial,
		Look: func(ctx context.Context) error {
			_, err := a.Anomalies(ctx, size, nil)
			return err
		},
		Export: func(ctx context.Context, format string) error {
			_, err := a.Export(ctx, app.ExportConfig{Out: filepath.Join(dir, format), Format: format, From: 1}, nil)
			return err
		},
		AsOf: func(ctx context.Context, position int64) error {
			_, err := a.AsOf(ctx, position)
			return err
		},
	}.Run(ctx, os.Stdout)
}
