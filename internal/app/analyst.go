package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/seed"
	"github.com/rising-stars/showcase/internal/vault"
)

// AnalystConfig is what the analysts' tools need: a database that they may read. Names are shown to who has the key.
type AnalystConfig struct {
	DatabaseURL string `name:"database-url" env:"DATABASE_URL" required:"" help:"PostgreSQL, as a role that may read."`
	LoginConfig `embed:""`
	Region      string `env:"AWS_REGION" default:"us-east-1" help:"AWS region."`
	MasterKey   string `env:"MASTER_KEY" help:"32 bytes in base64; without it, names are not shown."`
	ContestID   string `name:"contest-id" env:"CONTEST_ID" default:"0197a1de-0000-7000-8000-000000000001" help:"The contest's id."`
}

// analystConns is how many connections a tool takes: some commands read in parallel.
const analystConns = 4

// Analyst is what the analysts' tools share.
type Analyst struct{ audit.Reader }

// OpenAnalyst makes an Analyst; it connects when it is first asked.
func OpenAnalyst(ctx context.Context, cfg AnalystConfig, name string) (*Analyst, error) {
	contest, err := events.ParseID(cfg.ContestID)
	if err != nil {
		return nil, fmt.Errorf("read contest id: %w", err)
	}
	pool, err := eventstore.OpenPool(ctx, cfg.DatabaseURL, "showcase "+name, analystConns, cfg.login(ctx, bus.Credentials{Region: cfg.Region}))
	if err != nil {
		return nil, err
	}
	a := &Analyst{audit.Reader{Pool: pool, Store: eventstore.New(pool, eventstore.Config{}), Contest: contest}}
	if cfg.MasterKey != "" {
		master, err := masterKey("MASTER_KEY", cfg.MasterKey)
		if err != nil {
			pool.Close()
			return nil, err
		}
		a.Vault = vault.New(pool, master, rand.Reader)
	}
	return a, nil
}

// Close gives up connections.
func (a *Analyst) Close() { a.Pool.Close() }

// SeedConfig is what a generated log is made of.
type SeedConfig struct {
	DatabaseURL, MasterKey, ContestID string

	Events                int64
	Players, Voters, Days int
	Start                 time.Time
	Seed                  uint64
	Fraud                 []string // or "all"
}

// Seed fills an empty database with a generated log and returns the fraud in it.
func Seed(ctx context.Context, cfg SeedConfig, progress func(done, of int64)) ([]seed.Campaign, error) {
	master, err := masterKey("MASTER_KEY", cfg.MasterKey)
	if err != nil {
		return nil, err
	}
	contest, err := events.ParseID(cfg.ContestID)
	if err != nil {
		return nil, fmt.Errorf("read contest id: %w", err)
	}
	if slices.Contains(cfg.Fraud, "all") {
		cfg.Fraud = seed.Kinds
	}
	l, err := seed.New(seed.Config{
		Events: cfg.Events, Players: cfg.Players, Voters: cfg.Voters, Days: cfg.Days, Seed: cfg.Seed, Start: cfg.Start,
		Fraud: cfg.Fraud, Contest: contest, Vault: vault.New(nil, master, rand.Reader),
	})
	if err != nil {
		return nil, err
	}
	if err := seed.Copy(ctx, cfg.DatabaseURL, l, progress); err != nil {
		return nil, err
	}
	return l.Truth(), nil
}

type (
	// Told is what became of one ballot, for the analysts' tools.
	Told = audit.Told
	// BallotTold is one ballot and everything that was said of it, for the analysts' tools.
	BallotTold = audit.BallotTold
	// FactLine is a fact about a player, other than a ballot, for the analysts' tools.
	FactLine = audit.FactLine
)
