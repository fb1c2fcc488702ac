// Package rebuild makes another version of the ranking's tables from the log, beside the live one, and swaps them.
//
//	building   the tables of ranking_v<N> grow, stretch by stretch, each in a transaction with its position; readers and
//	           the live projector notice nothing. A killed rebuild goes on where it was. Players' totals wait for the swap.
//	           While votes come in, the stretches are short and there is a rest behind each.
//	swap       one transaction holds the ranking's checkpoint, brings the new version to it, compares both digests and
//	           moves the views. Readers see the old tables or the new ones, both at that position.
//	kept       the version before stays, to go back to: it is brought to the live position first.
//
// What fails:
//
//	killed, connection lost         the stretch is rolled back; run it again
//	a second rebuild                ErrHeld names who holds it
//	the same, when the first lost   ErrMoved to who is behind: a stretch is only folded behind the one before it
//	the session of its lock
//	an event that cannot be folded  the error names it; the live version serves on
//	digests differ                  nothing is swapped without Accept; the report says what differs
package rebuild

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/vault"
	"github.com/rising-stars/showcase/projections/ranking"
)

// Limits of Config.
const (
	DefaultBatch   = 50_000
	MaxBatch       = ranking.SnapshotEvery
	DefaultWorkers = 2
	MaxWorkers     = 16
)

// closeEnough is how far the new version may be behind when the checkpoint is taken for the swap.
const closeEnough = 2_000

// Config says how to rebuild. Pool must allow Workers + 2 connections.
type Config struct {
	Pool     *pgxpool.Pool
	Store    *eventstore.Store
	Vault    *vault.Vault
	Contest  events.ID
	Now      func() time.Time
	Batch    int  // positions of one stretch
	Workers  int  // stretches that are read at a time
	Accept   bool // swap although the result differs
	Progress func(position, upTo int64)
}

// Report is what a rebuild came to.
type Report struct {
	Version  int               `json:"version"`
	Position int64             `json:"position"`
	Live     string            `json:"live_digest"`
	Built    string            `json:"built_digest"`
	Swapped  bool              `json:"swapped"`
	Changes  []analysis.Change `json:"changes,omitempty"`
}

// Refusals.
var (
	ErrHeld      = errors.New("another rebuild of the ranking is running")
	ErrMoved     = errors.New("another rebuild has moved the version")
	ErrNoVersion = errors.New("there is no earlier version of the ranking to go back to")
	ErrConfig    = errors.New("setting is out of its limits")
)

// Builder rebuilds the ranking.
type Builder struct {
	cfg  Config
	fold ranking.Projection
	acts []int64 // positions of the ledger's acts
	kept bool    // it brings a version up that was live once: its totals stay right all the time

	crowdWithin time.Duration
}

// New makes a Builder.
func New(cfg Config) (*Builder, error) {
	if cfg.Batch == 0 {
		cfg.Batch = DefaultBatch
	}
	if cfg.Workers == 0 {
		cfg.Workers = DefaultWorkers
	}
	if cfg.Batch < 1 || cfg.Batch > MaxBatch || cfg.Workers < 1 || cfg.Workers > MaxWorkers {
		return nil, fmt.Errorf("%w: batch from 1 to %d, workers from 1 to %d", ErrConfig, MaxBatch, MaxWorkers)
	}
	return &Builder{
		cfg:         cfg,
		fold:        ranking.Projection{Profiles: projector.Profiles{Store: cfg.Store, Vault: cfg.Vault}},
		crowdWithin: crowdWithin,
	}, nil
}

// Run makes a new version, or goes on with one that was begun, and swaps it in when it is the same as the live one or
// Accept says so.
func (b *Builder) Run(ctx context.Context) (Report, error) {
	var report Report
	err := b.alone(ctx, func() error {
		version, position, err := b.begun(ctx)
		if err != nil {
			return err
		}
		report, err = b.bring(ctx, version, position)
		return err
	})
	return report, err
}

// Rollback swaps the version before the live one in again.
func (b *Builder) Rollback(ctx context.Context) (Report, error) {
	var report Report
	err := b.alone(ctx, func() error {
		var version int
		var position int64
		err := b.cfg.Pool.QueryRow(ctx, `
			SELECT version, position FROM ranking_versions WHERE state = 'kept' ORDER BY live_at DESC LIMIT 1`).Scan(&version, &position)
		if errors.Is(err, pgx.ErrNoRows) {
			return ErrNoVersion
		}
		if err != nil {
			return fmt.Errorf("find earlier version: %w", err)
		}
		b.cfg.Accept, b.kept = true, true
		report, err = b.bring(ctx, version, position)
		return err
	})
	return report, err
}

// bring takes a version to the live position and swaps.
func (b *Builder) bring(ctx context.Context, version int, position int64) (Report, error) {
	for {
		target, err := b.checkpoint(ctx)
		if err == nil && target == 0 { // nothing is live yet: there is nothing to wait for or to compare with
			target, err = b.cfg.Store.Head(ctx)
		}
		if err != nil {
			return Report{}, err
		}
		if target-position <= closeEnough {
			return b.swap(ctx, version)
		}
		if err := b.build(ctx, version, position, target); err != nil {
			return Report{}, err
		}
		position = target
	}
}

// lockKey is the advisory lock of whoever rebuilds.
const lockKey int64 = 0x72616e6b696e67

// alone holds the lock on a connection of its own.
func (b *Builder) alone(ctx context.Context, do func() error) error {
	conn, err := b.cfg.Pool.Acquire(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Release()
	var mine bool
	if err := conn.QueryRow(ctx, `SELECT pg_try_advisory_lock($1)`, lockKey).Scan(&mine); err != nil {
		return fmt.Errorf("lock the rebuild: %w", err)
	}
	if !mine {
		return b.held(ctx)
	}
	err = do()
	_, unlock := conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, lockKey)
	if unlock != nil {
		return errors.Join(err, fmt.Errorf("unlock the rebuild: %w", unlock))
	}
	return err
}

func (b *Builder) held(ctx context.Context) error {
	var name, from string
	var pid int
	var since time.Time
	err := b.cfg.Pool.QueryRow(ctx, `
		SELECT a.application_name, a.pid, coalesce(host(a.client_addr), 'this machine'), a.backend_start
		FROM pg_locks l
		JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted
			AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
			AND (l.classid::bigint << 32 | l.objid::bigint) = $1`, lockKey).Scan(&name, &pid, &from, &since)
	if err != nil {
		return ErrHeld // it ended meanwhile, or is not ours to see
	}
	return fmt.Errorf("%w: %s from %s, since %s (server process %d)", ErrHeld, name, from, since.UTC().Format(time.RFC3339), pid)
}

func (b *Builder) checkpoint(ctx context.Context) (position int64, err error) {
	err = b.cfg.Pool.QueryRow(ctx, `
		SELECT coalesce(max(position), 0) FROM checkpoints WHERE name = 'ranking' AND log_id = $1`, b.cfg.Store.Log()).Scan(&position)
	if err != nil {
		return 0, fmt.Errorf("read checkpoint: %w", err)
	}
	return position, nil
}

// begun is the version that this fold is building, or a new one. What another fold began, and what was kept before, goes.
func (b *Builder) begun(ctx context.Context) (version int, position int64, err error) {
	err = b.cfg.Pool.QueryRow(ctx, `
		SELECT version, position FROM ranking_versions WHERE state = 'building' AND fold = $1`, ranking.FoldVersion).Scan(&version, &position)
	if err == nil || !errors.Is(err, pgx.ErrNoRows) {
		return version, position, err
	}
	_, err = b.cfg.Pool.Exec(ctx, `SELECT ranking_version_drop(version) FROM ranking_versions WHERE state <> 'live'`)
	if err != nil {
		return 0, 0, fmt.Errorf("remove old versions: %w", err)
	}
	if err := b.cfg.Pool.QueryRow(ctx, `SELECT ranking_version_create($1)`, ranking.FoldVersion).Scan(&version); err != nil {
		return 0, 0, fmt.Errorf("make a new version: %w", err)
	}
	return version, 0, nil
}
