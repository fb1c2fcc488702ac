package app

import (
	"context"
	"log/slog"

	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/rebuild"
	"github.com/rising-stars/showcase/projections/ranking"
)

// RebuildReport is what a rebuild of the ranking came to.
type RebuildReport = rebuild.Report

// RankingBuilder makes what rebuilds the ranking beside the live one.
func (a *App) RankingBuilder(batch, workers int, accept bool, progress func(position, upTo int64)) (*rebuild.Builder, error) {
	return rebuild.New(rebuild.Config{
		Pool: a.Pool, Store: a.Store, Vault: a.Vault, Contest: a.Commands.ContestID,
		Batch: batch, Workers: workers, Accept: accept, Progress: progress,
	})
}

// RebuildRanking rebuilds the ranking beside the live one and swaps it in, for measurements.
func (a *Analyst) RebuildRanking(ctx context.Context) error {
	b, err := rebuild.New(rebuild.Config{Pool: a.Pool, Store: a.Store, Vault: a.Vault, Contest: a.Contest})
	if err != nil {
		return err
	}
	_, err = b.Run(ctx)
	return err
}

// RebuildRankingLive rebuilds the ranking as its projector would read it, event by event, for measurements.
func (a *Analyst) RebuildRankingLive(ctx context.Context) error {
	return projector.New(projector.Config{
		Pool: a.Pool, Store: a.Store, Vault: a.Vault, Log: slog.New(slog.DiscardHandler),
	}, ranking.Projection{}).Rebuild(ctx)
}

// RecountOfficial counts every event under the official rule, for measurements.
func (a *Analyst) RecountOfficial(ctx context.Context) error {
	head, err := a.Store.Head(ctx)
	if err != nil {
		return err
	}
	_, err = a.Recount(ctx, head, analysis.Rule{}, nil, nil)
	return err
}

// CountBallots is the least that a count of the log can cost: one statement that groups the ballots.
func (a *Analyst) CountBallots(ctx context.Context) error {
	var videos int64
	return a.Pool.QueryRow(ctx, `
		SELECT count(*)
		FROM (SELECT (data->>'video_id')::uuid, count(*), max(position) FROM events WHERE log_id = 1 AND type = 'ballot.cast' GROUP BY 1) v`).
		Scan(&videos)
}
