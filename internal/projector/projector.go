package projector

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/vault"
)

// Defaults of Config.
const (
	DefaultBatch      = 1000
	DefaultTick       = 2 * time.Second
	DefaultMaxBackoff = 30 * time.Second
)

const firstBackoff = 100 * time.Millisecond

// Projection is a read model. Apply folds events, in order, into its tables; the result must not depend on how the log
// is cut into batches. Reset empties the tables with DELETE, not TRUNCATE, which would stop their readers.
type Projection interface {
	Name() string    // of its checkpoint, at most 100 bytes
	Types() []string // event types that it applies; nil for all
	Apply(ctx context.Context, tx pgx.Tx, batch []events.Recorded) error
	Reset(ctx context.Context, tx pgx.Tx) error
}

// Bare is a projection that reads no metadata. Those are then not read from the log, and events come without.
type Bare interface {
	Projection
	Bare()
}

// Config is what a projector works with. Pool, Store and Vault are needed; the zero value of any other field means its
// default.
type Config struct {
	Pool       *pgxpool.Pool
	Store      *eventstore.Store
	Vault      *vault.Vault
	Log        *slog.Logger               // default: nothing is logged
	Batch      int                        // most positions of one step, at most eventstore.MaxPage; by default more when far behind
	Tick       time.Duration              // how often Run looks without being woken
	MaxBackoff time.Duration              // longest pause of Run between failures
	OnPoison   func(Poison)               // told each time that an event could not be applied
	OnRebuild  func(position, upTo int64) // told after each page of a rebuild
}

// ErrBeyondLog says that CatchUp was asked for a position that the log does not have.
var ErrBeyondLog = errors.New("position is beyond the log")

// Projector moves one projection. Its methods may be called by any number of goroutines; those of one process wait for
// each other without holding a connection.
type Projector struct {
	cfg  Config
	p    Projection
	log  *slog.Logger
	turn chan struct{} // holds one token while a step runs
	seen atomic.Int64  // highest checkpoint known to be committed
	next int           // most positions of the next step; who has the turn may touch it
}

// New makes a projector. It starts nothing.
func New(cfg Config, p Projection) *Projector {
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Tick == 0 {
		cfg.Tick = DefaultTick
	}
	if cfg.MaxBackoff == 0 {
		cfg.MaxBackoff = DefaultMaxBackoff
	}
	return &Projector{
		cfg: cfg, p: p,
		log:  cfg.Log.With(slog.String("projection", p.Name())),
		turn: make(chan struct{}, 1),
		next: cmp.Or(cfg.Batch, DefaultBatch),
	}
}

// Name is the projection's.
func (p *Projector) Name() string { return p.p.Name() }

// Step applies the next page and returns how many positions the checkpoint moved; 0 when it is at the log's head. An
// event that cannot be applied is a *PoisonError.
func (p *Projector) Step(ctx context.Context) (int, error) {
	if err := p.takeTurn(ctx); err != nil {
		return 0, err
	}
	defer p.endTurn()
	s, err := p.step(ctx)
	return s.size(), err
}

// CatchUp returns once everything up to and including position is applied, whoever applied it. One caller works while
// the others of the process wait.
func (p *Projector) CatchUp(ctx context.Context, position int64) error {
	if p.seen.Load() >= position {
		return nil
	}
	if err := p.takeTurn(ctx); err != nil {
		return err
	}
	defer p.endTurn()
	for p.seen.Load() < position {
		s, err := p.step(ctx)
		if err != nil {
			return err
		}
		if s.from == s.to && s.to < position {
			return fmt.Errorf("catch %s up: %w: %d after %d", p.p.Name(), ErrBeyondLog, position, s.to)
		}
	}
	return nil
}

// Run steps whenever wake rings and at every tick, until ctx ends; then it returns nil. A failing projection is tried
// again after a pause that grows; wake-ups do not shorten it. wake may be nil.
func (p *Projector) Run(ctx context.Context, wake <-chan struct{}) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	backoff := firstBackoff
	bell := wake
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-timer.C:
		case <-bell:
		}
		err := p.drain(ctx)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			p.log.ErrorContext(ctx, "projection cannot go on", slog.Any("error", err), slog.Duration("pause", backoff))
			timer.Reset(backoff)
			backoff = min(2*backoff, p.cfg.MaxBackoff)
			bell = nil
		default:
			timer.Reset(p.cfg.Tick)
			backoff = firstBackoff
			bell = wake
		}
	}
}

// drain steps until the checkpoint is at the log's head.
func (p *Projector) drain(ctx context.Context) error {
	for {
		n, err := p.Step(ctx)
		if n == 0 || err != nil {
			return err
		}
	}
}

func (p *Projector) takeTurn(ctx context.Context) error {
	select {
	case p.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *Projector) endTurn() { <-p.turn }

// advance notes a committed checkpoint. Only who has the turn calls it.
func (p *Projector) advance(position int64) {
	if position > p.seen.Load() {
		p.seen.Store(position)
	}
}
