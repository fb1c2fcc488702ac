package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/app"
)

type explainCmd struct {
	app.AnalystConfig `embed:""`
	moment            `embed:""`

	Player string `arg:"" help:"The player's id, or the name as the ranking shows it."`
	JSON   bool   `name:"json" help:"One JSON object."`
}

var errNoPlayer = errors.New("there is no such player in the ranking at that moment")

// Run prints the number and the events that make it.
func (c *explainCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "explain")
	if err != nil {
		return err
	}
	defer a.Close()
	position, err := c.find(ctx, a)
	if err != nil {
		return err
	}
	result, err := a.AsOf(ctx, position)
	if err != nil {
		return err
	}
	at, err := c.player(ctx, a, result.Lines)
	if err != nil {
		return err
	}
	l := result.Lines[at]
	city := slices.IndexFunc(analysis.InCity(result.Lines, l.City), func(o analysis.Line) bool { return o.Player == l.Player })
	facts, err := a.FactsOf(ctx, l.Player, position)
	if err != nil {
		return err
	}
	ballots, err := a.BallotsOf(ctx, l.Player, position)
	if err != nil {
		return err
	}
	ballots = slices.DeleteFunc(ballots, func(t app.Told) bool { return t.Voter == l.Player })
	names, err := a.Names(ctx, []int64{l.NameAt})
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(map[string]any{
			"log_position": position, "player_id": l.Player, "username": names[l.NameAt], "city": l.City, "votes": l.Votes,
			"position": at + 1, "position_in_city": city + 1, "reached_at": l.Reached, "facts": facts, "ballots": ballots,
		})
	}
	fmt.Printf("%s, %s: %d votes after event %d, place %d of all and %d in the city; the total was reached at event %d\n\n",
		shown(names[l.NameAt], l.Player), l.City, l.Votes, position, at+1, city+1, l.Reached)
	printFacts(facts, ballots)
	return nil
}

// player finds a line by id or name.
func (c *explainCmd) player(ctx context.Context, a *app.Analyst, lines []analysis.Line) (int, error) {
	if id, err := events.ParseID(c.Player); err == nil {
		if i := slices.IndexFunc(lines, func(l analysis.Line) bool { return l.Player == id }); i >= 0 {
			return i, nil
		}
		return 0, fmt.Errorf("%s: %w", c.Player, errNoPlayer)
	}
	list, err := named(ctx, a, lines)
	if err != nil {
		return 0, err
	}
	i := slices.IndexFunc(list, func(l rankLine) bool { return l.Username == c.Player })
	if i < 0 {
		return 0, fmt.Errorf("%q: %w", c.Player, errNoPlayer)
	}
	return i, nil
}

func printFacts(facts []app.FactLine, ballots []app.Told) {
	running, next := 0, 0
	say := func(position int64, at time.Time, text string) {
		fmt.Fprintf(os.Stdout, "%10d  %s  %s\n", position, at.UTC().Format(time.RFC3339), text)
	}
	upTo := func(position int64) {
		for ; next < len(ballots) && ballots[next].Position < position; next++ {
			b := ballots[next]
			if !b.Counts {
				say(b.Position, b.At, "ballot by "+b.Voter.String()+" does not count: "+b.Reason)
				continue
			}
			running++
			say(b.Position, b.At, fmt.Sprintf("ballot by %s for %s: %d", b.Voter, b.Video, running))
		}
	}
	for _, f := range facts {
		upTo(f.Position)
		say(f.Position, f.At, f.What)
	}
	upTo(1 << 62)
}
