package app

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/rebuild"
)

// RebuildReport is what a rebuild of the ranking came to.
type RebuildReport = rebuild.Report

// RankingBuilder makes what rebuilds the ranking beside the live one.
func (a *App) RankingBuilder(batch, workers int, accept bool, progress func(position, upTo int64)) (*rebuild.Builder, error) {
	return rebuild.New(rebuild.Config{
		Pool: a.Pool, Store: a.Store, Vault: a.Vault, Contest: a.Commands.ContestID, Now: time.Now,
		Batch: batch, Workers: workers, Accept: accept, Progress: progress,
	})
}

// CatchUpRanking brings the live ranking to the head, should no projector be running; one that is empty is left to the
// rebuild.
func (a *App) CatchUpRanking(ctx context.Context) error {
	p := a.Projector(a.ranking(), nil)
	position, err := p.Position(ctx)
	if err != nil || position == 0 {
		return err
	}
	head, err := a.Store.Head(ctx)
	if err != nil {
		return err
	}
	return p.CatchUp(ctx, head)
}

// RebuildRanking rebuilds the ranking beside the live one and swaps it in, for measurements.
func (a *Analyst) RebuildRanking(ctx context.Context) error {
	b, err := rebuild.New(rebuild.Config{Pool: a.Pool, Store: a.Store, Vault: a.Vault, Contest: a.Contest, Now: time.Now})
	if err != nil {
		return err
	}
	_, err = b.Run(ctx)
	return err
}

// RebuildRankingLive empties the ranking and has its projector catch up, page by page, for measurements.
func (a *Analyst) RebuildRankingLive(ctx context.Context) error {
	fold := rankingOf(a.Store, a.Vault)
	err := pgx.BeginFunc(ctx, a.Pool, func(tx pgx.Tx) error {
		if err := fold.Reset(ctx, tx); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE checkpoints SET position = 0 WHERE name = $1`, fold.Name())
		return err
	})
	if err != nil {
		return fmt.Errorf("empty the ranking: %w", err)
	}
	head, err := a.Store.Head(ctx)
	if err != nil {
		return err
	}
	return projector.New(projector.Config{
		Pool: a.Pool, Store: a.Store, Vault: a.Vault, Log: slog.New(slog.DiscardHandler),
	}, fold).CatchUp(ctx, head)
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

// CountBallots is the least that a count of the log can cost: one statement that groups the ballots, however long it takes.
func (a *Analyst) CountBallots(ctx context.Context) error {
	return pgx.BeginFunc(ctx, a.Pool, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil {
			return err
		}
		var videos int64
		return tx.QueryRow(ctx, `
			SELECT count(*)
			FROM (SELECT (data->>'video_id')::uuid, count(*), max(position) FROM events WHERE log_id = 1 AND type = 'ballot.cast' GROUP BY 1) v`).
			Scan(&videos)
	})
}
