package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/app"
)

type diffCmd struct {
	app.AnalystConfig `embed:""`

	A    string `arg:"" help:"A position, a time, a rule (.yaml), a ranking in a file (.json of rank or recount), or live."`
	B    string `arg:"" help:"The same."`
	City string `help:"Only this city."`
	JSON bool   `name:"json" help:"One JSON object."`
}

// Run compares two rankings; exit code 1 says that they differ.
func (c *diffCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "diff")
	if err != nil {
		return err
	}
	defer a.Close()
	before, err := rankingOf(ctx, a, c.A)
	if err != nil {
		return fmt.Errorf("%s: %w", c.A, err)
	}
	after, err := rankingOf(ctx, a, c.B)
	if err != nil {
		return fmt.Errorf("%s: %w", c.B, err)
	}
	if before.Finalists == 0 {
		before.Finalists = after.Finalists
	}
	if after.Finalists == 0 {
		after.Finalists = before.Finalists
	}
	return printDiff(ctx, a, before, after, diffView{City: c.City, JSON: c.JSON})
}

// rankingOf is the ranking that a text stands for.
func rankingOf(ctx context.Context, a *app.Analyst, text string) (analysis.Result, error) {
	head, err := a.Store.Head(ctx)
	if err != nil {
		return analysis.Result{}, err
	}
	switch ext := filepath.Ext(text); {
	case text == "live":
		return a.AsOf(ctx, head)
	case ext == ".yaml", ext == ".yml":
		rule, err := loadRule(text)
		if err != nil {
			return analysis.Result{}, err
		}
		return a.Recount(ctx, head, rule, nil, showProgress())
	case ext == ".json":
		return rankingFile(text)
	}
	if position, err := strconv.ParseInt(text, 10, 64); err == nil {
		return a.AsOf(ctx, position)
	}
	at, err := parseTime(text)
	if err != nil {
		return analysis.Result{}, err
	}
	position, err := a.PositionAt(ctx, at)
	if err != nil {
		return analysis.Result{}, err
	}
	return a.AsOf(ctx, position)
}

// rankingFile reads what rank or recount printed with --json. Its order is kept.
func rankingFile(path string) (analysis.Result, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return analysis.Result{}, err
	}
	var answer rankAnswer
	if err := json.Unmarshal(b, &answer); err != nil {
		return analysis.Result{}, fmt.Errorf("read ranking: %w", err)
	}
	r := analysis.Result{Position: answer.LogPosition}
	for _, p := range answer.Players {
		r.Lines = append(r.Lines, analysis.NewLine(p.Player, p.City, p.Votes))
	}
	return r, nil
}

type diffView struct {
	City          string
	JSON, Margins bool
}

type diffLine struct {
	Player      events.ID `json:"player_id"`
	Username    string    `json:"username"`
	City        string    `json:"city"`
	Before      int       `json:"position_before"` // in the city; 0: not ranked
	After       int       `json:"position_after"`
	VotesBefore int64     `json:"votes_before"`
	VotesAfter  int64     `json:"votes_after"`
	Removed     int64     `json:"ballots_removed"`
	Finalist    string    `json:"finalist,omitempty"` // enters or leaves
}

// printDiff prints what differs, and is errDifferent when something does.
func printDiff(ctx context.Context, a *app.Analyst, before, after analysis.Result, view diffView) error {
	lines, err := diffLines(ctx, a, analysis.Diff(
		within(before, view.City), within(after, view.City)))
	if err != nil {
		return err
	}
	margins := []marginLine{}
	if view.Margins {
		margins = marginLines(within(after, view.City))
	}
	if view.JSON {
		err = printJSON(map[string]any{
			"position_a": before.Position, "position_b": after.Position, "changes": lines, "margins": margins,
		})
	} else {
		err = printChanges(lines, margins)
	}
	if err == nil && len(lines) > 0 {
		return errDifferent
	}
	return err
}

func within(r analysis.Result, city string) analysis.Result {
	r.Lines = analysis.InCity(r.Lines, city)
	return r
}

func diffLines(ctx context.Context, a *app.Analyst, changes []analysis.Change) ([]diffLine, error) {
	positions := make([]int64, 0, len(changes))
	for _, c := range changes {
		positions = append(positions, c.NameAt)
	}
	names, err := a.Names(ctx, positions)
	if err != nil {
		return nil, err
	}
	lines := make([]diffLine, 0, len(changes))
	for _, c := range changes {
		l := diffLine{c.Player, names[c.NameAt], c.City, c.Before, c.After, c.VotesBefore, c.VotesAfter, c.Removed, ""}
		switch {
		case c.Enters:
			l.Finalist = "enters"
		case c.Leaves:
			l.Finalist = "leaves"
		}
		lines = append(lines, l)
	}
	return lines, nil
}

func printChanges(lines []diffLine, margins []marginLine) error {
	if len(lines) == 0 {
		fmt.Println("no difference")
	} else if err := table(os.Stdout, "player\tcity\tposition\tvotes\tballots left out\tfinalists", func(w io.Writer) {
		for _, l := range lines {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d → %d\t%d\t%s\n", shown(l.Username, l.Player), l.City,
				place(l.Before)+" → "+place(l.After), l.VotesBefore, l.VotesAfter, l.Removed, l.Finalist)
		}
	}); err != nil {
		return err
	}
	if len(margins) == 0 {
		return nil
	}
	return printMargins(margins)
}

func place(n int) string {
	if n == 0 {
		return "—"
	}
	return strconv.Itoa(n)
}
