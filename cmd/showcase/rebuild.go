package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/rising-stars/showcase/internal/app"
	"github.com/rising-stars/showcase/internal/projector"
)

type projectRebuildCmd struct {
	app.Config `embed:""`
	Name       string `arg:"" help:"accounts, gallery, ranking or dashboard."`

	Batch    int  `default:"50000" help:"Of the ranking: events of one stretch."`
	Workers  int  `default:"2" help:"Of the ranking: stretches that are read at a time."`
	Accept   bool `help:"Of the ranking: swap the new version in although its result differs."`
	Rollback bool `help:"Of the ranking: go back to the version before."`
	JSON     bool `name:"json" help:"One JSON object."`
}

// Run rebuilds one read model: the ranking beside the live one, the others in one transaction.
func (c *projectRebuildCmd) Run(ctx context.Context) error {
	if c.Name == "ranking" {
		return withApp(ctx, c.Config, "project rebuild ranking", func(a *app.App) error { return c.ranking(ctx, a) })
	}
	return withProjector(ctx, c.Config, c.Name, func(p *projector.Projector) error {
		began := time.Now()
		if err := p.Rebuild(ctx); err != nil {
			return err
		}
		position, err := p.Position(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(map[string]any{"name": c.Name, "position": position, "seconds": time.Since(began).Seconds()})
		}
		fmt.Printf("%s rebuilt up to event %d in %s\n", c.Name, position, time.Since(began).Round(time.Millisecond))
		return nil
	})
}

func (c *projectRebuildCmd) ranking(ctx context.Context, a *app.App) error {
	b, err := a.RankingBuilder(c.Batch, c.Workers, c.Accept, showProgress())
	if err != nil {
		return err
	}
	if err := a.CatchUpRanking(ctx); err != nil { // a rebuild may be the cure
		fmt.Fprintln(os.Stderr, "the live ranking stays behind:", err)
	}
	run := b.Run
	if c.Rollback {
		run = b.Rollback
	}
	began := time.Now()
	report, err := run(ctx)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(report)
	} else {
		err = c.print(report, time.Since(began))
	}
	if err == nil && !report.Swapped {
		return errDifferent
	}
	return err
}

func (c *projectRebuildCmd) print(r app.RebuildReport, took time.Duration) error {
	if r.Live == "" {
		r.Live = "nothing yet"
	}
	fmt.Printf("ranking_v%d is at event %d after %s\n  live   %s\n  built  %s\n",
		r.Version, r.Position, took.Round(time.Millisecond), r.Live, r.Built)
	if len(r.Changes) > 0 {
		err := table(os.Stdout, "player\tcity\tposition\tvotes", func(w io.Writer) {
			for _, l := range r.Changes {
				fmt.Fprintf(w, "%s\t%s\t%s → %s\t%d → %d\n", l.Player, l.City, place(l.Before), place(l.After), l.VotesBefore, l.VotesAfter)
			}
		})
		if err != nil {
			return err
		}
	}
	if r.Swapped {
		fmt.Println("it is the live one now; --rollback goes back")
		return nil
	}
	fmt.Println("it differs from the live one and was not swapped in; look at the difference, and run it again with --accept")
	return nil
}
