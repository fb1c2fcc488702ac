package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"text/tabwriter"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/app"
)

// moment is when a command looks: a time or a position; the head of the log when neither is given.
type moment struct {
	At       string `help:"As it was at this time, such as 2026-11-20T18:00:00-05:00; without a zone, UTC."`
	Position int64  `help:"As it was after the event at this position."`
}

var errMoment = errors.New("give --at or --position, not both")

// find is the position that the moment means.
func (m moment) find(ctx context.Context, a *app.Analyst) (int64, error) {
	switch {
	case m.At != "" && m.Position != 0:
		return 0, errMoment
	case m.Position != 0:
		return m.Position, a.CheckPosition(ctx, m.Position)
	case m.At == "":
		return a.Store.Head(ctx)
	}
	at, err := parseTime(m.At)
	if err != nil {
		return 0, err
	}
	if at.After(time.Now()) {
		fmt.Fprintf(os.Stderr, "%s is in the future; the head of the log is taken\n", at.Format(time.RFC3339))
	}
	return a.PositionAt(ctx, at)
}

// parseTime reads a time; one without a zone is taken as UTC, and that is said.
func parseTime(text string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at.UTC(), nil
	}
	for _, layout := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			fmt.Fprintf(os.Stderr, "%q has no zone; it is read as %s\n", text, at.Format(time.RFC3339))
			return at, nil
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time such as 2026-11-20T18:00:00-05:00", text)
}

type rankCmd struct {
	app.AnalystConfig `embed:""`
	moment            `embed:""`

	City string `help:"Only this city; case and accents do not matter."`
	Top  int    `help:"Only so many players; 0: all."`
	JSON bool   `name:"json" help:"One JSON object."`
}

// rankLine is a player's place as it is printed.
type rankLine struct {
	Position int       `json:"position"`
	Player   events.ID `json:"player_id"`
	Username string    `json:"username"`
	City     string    `json:"city"`
	Votes    int64     `json:"votes"`
}

type rankAnswer struct {
	LogPosition int64      `json:"log_position"`
	RecordedAt  *time.Time `json:"recorded_at"`
	Players     []rankLine `json:"players"`
}

// Run prints the ranking.
func (c *rankCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "rank")
	if err != nil {
		return err
	}
	defer a.Close()
	answer, err := c.answer(ctx, a)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(answer)
	}
	if answer.RecordedAt == nil {
		fmt.Println("the log is empty")
		return nil
	}
	fmt.Printf("after event %d of %s\n", answer.LogPosition, answer.RecordedAt.Format(time.RFC3339))
	return table(os.Stdout, "#\tplayer\tcity\tvotes", func(w io.Writer) {
		for _, p := range answer.Players {
			fmt.Fprintf(w, "%d\t%s\t%s\t%d\n", p.Position, shown(p.Username, p.Player), p.City, p.Votes)
		}
	})
}

func (c *rankCmd) answer(ctx context.Context, a *app.Analyst) (rankAnswer, error) {
	position, err := c.find(ctx, a)
	if err != nil || position == 0 {
		return rankAnswer{Players: []rankLine{}}, err
	}
	result, err := a.AsOf(ctx, position)
	if err != nil {
		return rankAnswer{}, err
	}
	at, err := a.RecordedAt(ctx, position)
	if err != nil {
		return rankAnswer{}, err
	}
	lines, err := named(ctx, a, first(analysis.InCity(result.Lines, c.City), c.Top))
	return rankAnswer{LogPosition: position, RecordedAt: &at, Players: lines}, err
}

func first(lines []analysis.Line, n int) []analysis.Line {
	if n > 0 && n < len(lines) {
		return lines[:n]
	}
	return lines
}

// named numbers lines and adds names.
func named(ctx context.Context, a *app.Analyst, lines []analysis.Line) ([]rankLine, error) {
	positions := make([]int64, 0, len(lines))
	for _, l := range lines {
		positions = append(positions, l.NameAt)
	}
	names, err := a.Names(ctx, positions)
	if err != nil {
		return nil, err
	}
	out := make([]rankLine, 0, len(lines))
	for i, l := range lines {
		out = append(out, rankLine{i + 1, l.Player, names[l.NameAt], l.City, l.Votes})
	}
	return out, nil
}

// shown is a name, or the id of somebody whose name is not known.
func shown(name string, id events.ID) string {
	if name == "" {
		return id.String()
	}
	return name
}

func printJSON(v any) error {
	e := json.NewEncoder(os.Stdout)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// table prints tab-separated lines in columns.
func table(to io.Writer, head string, body func(w io.Writer)) error {
	w := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, head)
	body(w)
	return w.Flush()
}
