package app

import "github.com/rising-stars/showcase/internal/rebuild"

// RebuildReport is what a rebuild of the ranking came to.
type RebuildReport = rebuild.Report

// RankingBuilder makes what rebuilds the ranking beside the live one.
func (a *App) RankingBuilder(batch, workers int, accept bool, progress func(position, upTo int64)) (*rebuild.Builder, error) {
	return rebuild.New(rebuild.Config{
		Pool: a.Pool, Store: a.Store, Vault: a.Vault, Contest: a.Commands.ContestID,
		Batch: batch, Workers: workers, Accept: accept, Progress: progress,
	})
}
