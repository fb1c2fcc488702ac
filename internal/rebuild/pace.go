package rebuild

import (
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/internal/pause"
)

// build folds stretches into a version, each in a transaction, and gives way to votes.
func (b *Builder) build(ctx context.Context, version int, from, to int64) error {
	if err := b.loadActs(ctx); err != nil {
		return err
	}
	for from < to {
		way := b.swiftly
		crowded, err := b.crowded(ctx)
		if crowded {
			way = b.gently
		}
		if err == nil {
			from, err = way(ctx, version, from, to)
		}
		if err != nil {
			return fmt.Errorf("build version %d: %w", version, err)
		}
	}
	return nil
}

// swiftly folds up to a position, or until votes come in, and returns how far it is. Workers stretches are read ahead.
func (b *Builder) swiftly(ctx context.Context, version int, from, to int64) (int64, error) {
	g, inGroup := errgroup.WithContext(ctx)
	parts := make(chan chan part, b.cfg.Workers)
	g.Go(func() error {
		defer close(parts)
		for at := from; at < to; {
			s := b.next(at, to, b.cfg.Batch)
			out := make(chan part, 1)
			select {
			case parts <- out:
			case <-inGroup.Done():
				return inGroup.Err()
			}
			g.Go(func() error {
				read, err := b.read(inGroup, b.cfg.Pool, s)
				if err == nil {
					out <- read
				}
				return err
			})
			at = s.to
			if crowded, err := b.crowded(inGroup); crowded || err != nil {
				return err
			}
		}
		return nil
	})
	g.Go(func() error {
		for out := range parts {
			select {
			case read := <-out:
				if err := b.add(inGroup, version, read, to); err != nil {
					return err
				}
				from = read.to
			case <-inGroup.Done():
				return inGroup.Err()
			}
		}
		return nil
	})
	err := g.Wait()
	return from, err
}

// gently folds one short stretch, and rests.
func (b *Builder) gently(ctx context.Context, version int, from, to int64) (int64, error) {
	began := b.cfg.Now()
	read, err := b.read(ctx, b.cfg.Pool, b.next(from, to, min(b.cfg.Batch, gentleBatch)))
	if err == nil {
		err = b.add(ctx, version, read, to)
	}
	if err != nil {
		return from, err
	}
	return read.to, pause.For(ctx, gentleRest*b.cfg.Now().Sub(began))
}

// Votes that come in share the server with a rebuild, which is in no hurry.
const (
	crowd       = 100             // votes
	crowdWithin = 2 * time.Second // that come in within this time are given way to,
	gentleBatch = 5000            // by stretches of this length
	gentleRest  = 3               // and rests, as many times as long as each took
)

// crowded reports whether the newest events came in quickly and just now.
func (b *Builder) crowded(ctx context.Context) (crowded bool, err error) {
	err = b.cfg.Pool.QueryRow(ctx, `
		SELECT coalesce(bool_or(e.recorded_at BETWEEN clock_timestamp() - $3::interval AND clock_timestamp()), false)
		FROM heads h
		JOIN events e ON e.log_id = h.log_id AND e.position = h.position - $2
		WHERE h.log_id = $1`, mode, b.cfg.Store.Log(), crowd-1, b.crowdWithin).Scan(&crowded)
	if err != nil {
		return false, fmt.Errorf("look how many votes come in: %w", err)
	}
	return crowded, nil
}
