package main

import (
	"context"
	"fmt"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/app"
)

type ballotsShowCmd struct {
	app.AnalystConfig `embed:""`

	Ballot string `arg:"" help:"The ballot's position in the log, or its event's id."`
	JSON   bool   `name:"json" help:"One JSON object."`
}

// Run tells; exit code 1 says that the ballot does not count.
func (c *ballotsShowCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "ballots show")
	if err != nil {
		return err
	}
	defer a.Close()
	told, err := a.BallotTold(ctx, c.Ballot)
	if err != nil {
		return err
	}
	if c.JSON {
		err = printJSON(told)
	} else {
		printTold(told)
	}
	if err == nil && !told.Counts {
		return errDifferent
	}
	return err
}

func printTold(t app.BallotTold) {
	day := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	id := func(name string, id events.ID) string { return fmt.Sprintf("  %-7s %s\n", name, id) }
	fmt.Printf("event %d, cast %s\n%s%s%s", t.Position, day(t.At), id("voter", t.Voter), id("video", t.Video), id("player", t.Player))
	for _, act := range t.Acts {
		fmt.Printf("  %s by act %s, event %d of %s: %s\n", act.What, act.Act, act.Position, day(act.At), act.Reason)
	}
	if t.Counts {
		fmt.Println("it counts")
		return
	}
	fmt.Printf("it does not count: %s\n", t.Reason)
}
