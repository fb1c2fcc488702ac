package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/anomaly"
	"github.com/rising-stars/showcase/internal/app"
)

type anomaliesCmd struct {
	app.AnalystConfig `embed:""`
	moment            `embed:""`

	City     string `help:"Only ballots for players of this city."`
	MinScore int    `default:"50" help:"Only groups with so many points; 0: all."`
	Top      int    `default:"50" help:"Only so many groups; 0: all."`
	Rule     string `type:"path" help:"A file to write a rule to that leaves the shown groups out, for recount and ballots void."`
	Truth    string `type:"existingfile" help:"What seed --truth wrote: print precision and recall instead."`
	JSON     bool   `name:"json" help:"One JSON object."`
}

// anomalyLine is a group as it is printed.
type anomalyLine struct {
	Group int `json:"group"`
	anomaly.Cluster
	Players []events.ID `json:"players"`
	City    string      `json:"city"`
	Names   []string    `json:"usernames"`
	Changes []diffLine  `json:"changes"` // in the ranking, without this group
}

// Run looks; exit code 1 says that something was found.
func (c *anomaliesCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "anomalies")
	if err != nil {
		return err
	}
	defer a.Close()
	position, err := c.find(ctx, a)
	if err != nil {
		return err
	}
	found, err := a.Anomalies(ctx, position, showProgress())
	if err != nil {
		return err
	}
	if c.Truth != "" {
		return c.measure(found.Clusters)
	}
	shown := c.chosen(found)
	lines, err := c.lines(ctx, a, found, shown)
	if err != nil {
		return err
	}
	together, err := diffLines(ctx, a, analysis.Diff(found.Official, found.Without(shown...)))
	if err != nil {
		return err
	}
	if c.Rule != "" {
		if err := writeRule(c.Rule, position, shown); err != nil {
			return err
		}
	}
	if c.JSON {
		err = printJSON(map[string]any{"log_position": position, "groups": lines, "changes_together": together})
	} else {
		fmt.Printf("after event %d: %d groups of at least %d points, of %d in all\n", position, len(lines), c.MinScore, len(found.Clusters))
		err = printAnomalies(lines, together)
	}
	if err == nil && len(lines) > 0 {
		return errDifferent
	}
	return err
}

// chosen are the groups to show.
func (c *anomaliesCmd) chosen(found *app.Anomalies) []anomaly.Cluster {
	cities := map[events.ID]bool{}
	for _, l := range analysis.InCity(found.Official.Lines, c.City) {
		cities[l.Player] = true
	}
	shown := slices.DeleteFunc(slices.Clone(found.Clusters), func(one anomaly.Cluster) bool {
		here := slices.ContainsFunc(one.Videos, func(v events.ID) bool { return cities[found.Owner(v)] })
		return one.Score < c.MinScore || c.City != "" && !here
	})
	if c.Top > 0 && len(shown) > c.Top {
		shown = shown[:c.Top]
	}
	return shown
}

func (c *anomaliesCmd) lines(ctx context.Context, a *app.Analyst, found *app.Anomalies, shown []anomaly.Cluster) ([]anomalyLine, error) {
	places := map[events.ID]analysis.Line{}
	var nameAt []int64
	for _, l := range found.Official.Lines {
		places[l.Player] = l
	}
	lines := make([]anomalyLine, 0, len(shown))
	for i, one := range shown {
		l := anomalyLine{Group: i + 1, Cluster: one}
		for _, v := range one.Videos {
			if owner := found.Owner(v); !slices.Contains(l.Players, owner) {
				l.Players = append(l.Players, owner)
				nameAt = append(nameAt, places[owner].NameAt)
			}
		}
		if len(l.Players) == 1 {
			l.City = places[l.Players[0]].City
		}
		changes, err := diffLines(ctx, a, analysis.Diff(found.Official, found.Without(one)))
		if err != nil {
			return nil, err
		}
		l.Changes = moved(changes)
		lines = append(lines, l)
	}
	names, err := a.Names(ctx, nameAt)
	for i := range lines {
		for _, p := range lines[i].Players {
			lines[i].Names = append(lines[i].Names, shownName(names, places[p]))
		}
	}
	return lines, err
}

func shownName(names map[int64]string, l analysis.Line) string {
	return shown(names[l.NameAt], l.Player)
}

// moved leaves out who keeps their place.
func moved(changes []diffLine) []diffLine {
	return slices.DeleteFunc(changes, func(l diffLine) bool { return l.Before == l.After && l.Removed == 0 })
}

func printAnomalies(lines []anomalyLine, together []diffLine) error {
	for _, l := range lines {
		who := strings.Join(l.Names[:min(3, len(l.Names))], ", ")
		if n := len(l.Names) - 3; n > 0 {
			who += fmt.Sprintf(" and %d more", n)
		}
		if l.City != "" {
			who += ", " + l.City
		}
		fmt.Printf("\n%d  %d points  %d ballots of %d accounts for %s\n   %s to %s, events %d to %d\n", l.Group, l.Score, l.Ballots, l.Voters, who,
			l.From.Format(time.RFC3339), l.To.Format(time.RFC3339), l.Positions[0], l.Positions[len(l.Positions)-1])
		for _, s := range l.Signals {
			fmt.Printf("   %+4d %-10s %s\n", s.Points, s.Name, said(s))
		}
		printEffect(l.Changes)
	}
	if len(lines) < 2 {
		return nil
	}
	fmt.Println("\nwithout all of them:")
	return printChanges(moved(together), nil)
}

func said(s anomaly.Signal) string {
	switch s.Name {
	case anomaly.Burst:
		return fmt.Sprintf("%.0f %s; its share would be %.1f", s.Measured, s.Unit, s.Usual)
	case anomaly.Young, anomaly.Once:
		return fmt.Sprintf("%.0f %% %s; usual at the time: %.0f %%", 100*s.Measured, s.Unit, 100*s.Usual)
	case anomaly.Address:
		if s.Usual == 0 {
			return fmt.Sprintf("%.0f %% %s", 100*s.Measured, s.Unit)
		}
		return fmt.Sprintf("%.0f %s for %.0f ballots", s.Measured, s.Unit, s.Usual)
	case anomaly.Scattered:
		return fmt.Sprintf("%.0f %s (%.0f ballots)", s.Measured, s.Unit, s.Usual)
	}
	return fmt.Sprintf("%g %s", s.Measured, s.Unit)
}

// printEffect says what a recount without the group would change.
func printEffect(changes []diffLine) {
	for _, l := range changes {
		if l.Removed > 0 || l.Finalist != "" {
			finalist := ""
			if l.Finalist != "" {
				finalist = ", " + l.Finalist + " the finalists"
			}
			fmt.Printf("   without it: %s %d → %d votes, place %s → %s in %s%s\n", shown(l.Username, l.Player), l.VotesBefore, l.VotesAfter,
				place(l.Before), place(l.After), l.City, finalist)
		}
	}
}

// measure holds the groups to what was planted, at several scores.
func (c *anomaliesCmd) measure(found []anomaly.Cluster) error {
	b, err := os.ReadFile(c.Truth)
	if err != nil {
		return err
	}
	var planted []anomaly.Planted
	if err := json.Unmarshal(b, &planted); err != nil {
		return fmt.Errorf("read %s: %w", c.Truth, err)
	}
	var all []anomaly.Quality
	for _, score := range []int{20, 40, anomaly.Strong, 80} {
		all = append(all, anomaly.MeasureFrom(found, planted, score))
	}
	if c.JSON {
		return printJSON(map[string]any{"measured": all})
	}
	head := []string{"points", "groups", "ballots", "precision", "recall"}
	for _, k := range all[0].Kinds {
		head = append(head, k.Kind)
	}
	return table(os.Stdout, strings.Join(head, "\t"), func(w io.Writer) {
		for _, q := range all {
			fmt.Fprintf(w, "≥ %d\t%d\t%d\t%.3f\t%.3f", q.Score, q.Clusters, q.Marked, q.Precision, q.Recall)
			for _, k := range q.Kinds {
				fmt.Fprintf(w, "\t%.2f", k.Recall)
			}
			fmt.Fprintln(w)
		}
	})
}

var errNothing = errors.New("there is nothing to write a rule for")

// writeRule writes a rule that leaves out the ballots of groups. Positions of a group that follow each other, other
// videos' ballots aside, are one range.
func writeRule(path string, position int64, groups []anomaly.Cluster) error {
	if len(groups) == 0 {
		return errNothing
	}
	var b strings.Builder
	fmt.Fprintf(&b, "# Groups of ballots that showcase anomalies found after event %d.\nname: Sin grupos anómalos\nexclude:\n", position)
	for i, g := range groups {
		fmt.Fprintf(&b, "  # %d: %d points, %d ballots\n  - videos: [", i+1, g.Score, g.Ballots)
		for n, v := range g.Videos {
			if n > 0 {
				b.WriteString(", ")
			}
			b.WriteString(v.String())
		}
		b.WriteString("]\n    ballots: [")
		for n, r := range g.Ranges {
			if n > 0 {
				b.WriteString(", ")
			}
			if fmt.Fprint(&b, r.From); r.To > r.From {
				fmt.Fprintf(&b, "-%d", r.To)
			}
		}
		b.WriteString("]\n")
	}
	return os.WriteFile(path, []byte(b.String()), 0o600)
}
