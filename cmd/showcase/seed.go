package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rising-stars/showcase/internal/app"
)

type seedCmd struct {
	DatabaseURL string `name:"database-url" env:"MIGRATE_DATABASE_URL,DATABASE_URL" required:"" help:"PostgreSQL, migrated and empty, as the owner of the schema."`
	MasterKey   string `env:"MASTER_KEY" required:"" help:"32 bytes in base64: wraps the accounts' keys."`
	ContestID   string `name:"contest-id" env:"CONTEST_ID" default:"0197a1de-0000-7000-8000-000000000001" help:"The contest's id."`

	Events  amount    `default:"100k" help:"How many events, such as 100k or 10M."`
	Players int       `help:"How many players; 0: as suits the events."`
	Voters  int       `help:"How many honest voters; 0: as suits the events."`
	Days    int       `default:"21" help:"How long the contest is open."`
	Start   time.Time `default:"2026-11-01T00:00:00Z" help:"When it opens."`
	Seed    uint64    `default:"1" help:"Another number makes another log."`
	Fraud   []string  `help:"Fraud to plant: burst, farm, metronome, lockstep, or all."`
	Truth   string    `type:"path" help:"A file to write the planted fraud to, as JSON."`
	JSON    bool      `name:"json" help:"One JSON object."`
}

// amount is a number that may end in k or M.
type amount int64

// UnmarshalText reads the number.
func (a *amount) UnmarshalText(b []byte) error {
	text, factor := string(b), int64(1)
	switch {
	case strings.HasSuffix(text, "k"):
		text, factor = strings.TrimSuffix(text, "k"), 1_000
	case strings.HasSuffix(text, "M"):
		text, factor = strings.TrimSuffix(text, "M"), 1_000_000
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is not a number such as 5000, 100k or 10M", b)
	}
	*a = amount(n * factor)
	return nil
}

// Run makes the log.
func (c *seedCmd) Run(ctx context.Context) error {
	began := time.Now()
	truth, err := app.Seed(ctx, app.SeedConfig{
		DatabaseURL: c.DatabaseURL, MasterKey: c.MasterKey, ContestID: c.ContestID, Events: int64(c.Events), Players: c.Players,
		Voters: c.Voters, Days: c.Days, Start: c.Start, Seed: c.Seed, Fraud: c.Fraud,
	}, showProgress())
	if err != nil {
		return err
	}
	took := time.Since(began)
	if c.Truth != "" {
		if err := writeTruth(c.Truth, truth); err != nil {
			return err
		}
	}
	if c.JSON {
		return printJSON(map[string]any{"events": int64(c.Events), "seconds": took.Seconds(), "campaigns": len(truth)})
	}
	for _, campaign := range truth {
		fmt.Printf("planted %s: %d ballots for %d videos\n", campaign.Kind, len(campaign.Ballots), len(campaign.Videos))
	}
	fmt.Printf("%d events in %s (%.0f/s); run showcase project rebuild to fill the read models\n",
		int64(c.Events), took.Round(time.Millisecond), float64(c.Events)/took.Seconds())
	return nil
}

func writeTruth(path string, truth any) error {
	b, err := json.MarshalIndent(truth, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o600)
}
