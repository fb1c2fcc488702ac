package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/app"
)

type recountCmd struct {
	app.AnalystConfig `embed:""`
	moment            `embed:""`

	Rule string `type:"existingfile" required:"" help:"The rule, a YAML file; see docs/analysts/rules.md."`
	Diff bool   `help:"Show what differs from the official ranking; exit with 1 when something does."`
	City string `help:"Only this city."`
	Top  int    `help:"Only so many players; 0: all."`
	JSON bool   `name:"json" help:"One JSON object."`
}

// loadRule reads a rule; those that it extends are found beside it.
func loadRule(path string) (analysis.Rule, error) {
	dir := filepath.Dir(path)
	return analysis.Load(filepath.Base(path), func(name string) ([]byte, error) {
		return os.ReadFile(filepath.Join(dir, filepath.Base(name)))
	})
}

// Run counts.
func (c *recountCmd) Run(ctx context.Context) error {
	rule, err := loadRule(c.Rule)
	if err != nil {
		return err
	}
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "recount")
	if err != nil {
		return err
	}
	defer a.Close()
	position, err := c.find(ctx, a)
	if err != nil {
		return err
	}
	counted, err := a.Recount(ctx, position, rule, nil, showProgress())
	if err != nil {
		return err
	}
	if c.Diff {
		official, err := a.AsOf(ctx, position)
		if err != nil {
			return err
		}
		return printDiff(ctx, a, official, counted, diffView{City: c.City, JSON: c.JSON, Margins: true})
	}
	lines, err := named(ctx, a, first(analysis.InCity(counted.Lines, c.City), c.Top))
	if err != nil {
		return err
	}
	margins := marginLines(counted)
	if c.JSON {
		return printJSON(map[string]any{"log_position": position, "rule": rule.Name, "players": lines, "margins": margins})
	}
	fmt.Printf("after event %d, under %s\n", position, ruleName(rule))
	err = table(os.Stdout, "#\tplayer\tcity\tvotes", func(w io.Writer) {
		for _, p := range lines {
			fmt.Fprintf(w, "%d\t%s\t%s\t%d\n", p.Position, shown(p.Username, p.Player), p.City, p.Votes)
		}
	})
	if err != nil {
		return err
	}
	return printMargins(margins)
}

func ruleName(r analysis.Rule) string {
	if r.Name == "" {
		return "a rule without a name"
	}
	return fmt.Sprintf("the rule %q", r.Name)
}

// marginLine is a city's margin as it is printed.
type marginLine struct {
	City    string    `json:"city"`
	Ballots int64     `json:"ballots"` // 0: no removal of ballots changes the finalists
	Out     events.ID `json:"out,omitzero"`
	In      events.ID `json:"in,omitzero"`
}

func marginLines(r analysis.Result) []marginLine {
	lines := []marginLine{}
	for _, m := range r.Margins() {
		lines = append(lines, marginLine(m))
	}
	return lines
}

func printMargins(margins []marginLine) error {
	fmt.Println("\nthe fewest ballots whose removal changes a city's finalists:")
	return table(os.Stdout, "city\tballots\tleaves\tenters", func(w io.Writer) {
		for _, m := range margins {
			if m.Ballots == 0 {
				fmt.Fprintf(w, "%s\tnone can\t\t\n", m.City)
				continue
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", m.City, m.Ballots, m.Out, m.In)
		}
	})
}
