package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/rising-stars/showcase/internal/app"
	"github.com/rising-stars/showcase/internal/projector"
)

type projectCmd struct {
	Run     projectRunCmd     `cmd:"" default:"withargs" help:"Keep the read models up with the log."`
	Rebuild projectRebuildCmd `cmd:"" help:"Make one read model anew from the log; readers see the old one until it is done."`
	Status  projectStatusCmd  `cmd:"" help:"Show how far each read model is."`
	Skip    projectSkipCmd    `cmd:"" help:"Step over the event at which a read model stands still."`
}

type projectRunCmd struct {
	app.Config `embed:""`
}

// Run projects until it is told to stop.
func (c *projectRunCmd) Run(ctx context.Context) error {
	return runRoles(ctx, c.Config, "project", func(a *app.App) ([]app.Role, error) {
		return []app.Role{a.Project()}, nil
	})
}

type projectSkipCmd struct {
	app.Config `embed:""`
	Name       string `arg:"" help:"accounts, gallery, ranking or dashboard."`
	Position   int64  `arg:"" help:"The event's position, as status shows it."`
}

// Run steps over one event.
func (c *projectSkipCmd) Run(ctx context.Context) error {
	return withProjector(ctx, c.Config, c.Name, func(p *projector.Projector) error {
		if err := p.Skip(ctx, c.Position); err != nil {
			return err
		}
		fmt.Printf("%s skipped event %d; rebuild it once code can apply the event\n", c.Name, c.Position)
		return nil
	})
}

// withProjector finds a read model by its name. A rebuild's progress is shown on a terminal only.
func withProjector(ctx context.Context, cfg app.Config, name string, do func(*projector.Projector) error) error {
	return withApp(ctx, cfg, "project "+name, func(a *app.App) error {
		var names []string
		for _, p := range a.Projections() {
			if p.Name() == name {
				return do(a.Projector(p, showProgress()))
			}
			names = append(names, p.Name())
		}
		return fmt.Errorf("there is no projection %q; there are %s", name, strings.Join(names, ", "))
	})
}

func showProgress() func(position, upTo int64) {
	if info, err := os.Stderr.Stat(); err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return nil
	}
	began := time.Now()
	return func(position, upTo int64) {
		rate := float64(position) / max(time.Since(began).Seconds(), 0.001)
		left := time.Duration(float64(upTo-position) / max(rate, 1) * float64(time.Second))
		fmt.Fprintf(os.Stderr, "\r%d of %d events, %.0f/s, %s left   ", position, upTo, rate, left.Round(time.Second))
		if position >= upTo {
			fmt.Fprintln(os.Stderr)
		}
	}
}

type projectStatusCmd struct {
	app.Config `embed:""`
	JSON       bool `name:"json" help:"One JSON object."`
}

// projectionLine is a read model as it is printed.
type projectionLine struct {
	Name     string `json:"name"`
	Position int64  `json:"position"`
	Behind   int64  `json:"behind"`
	Poison   int64  `json:"stands_before,omitempty"` // the event that it cannot get past
	Reason   string `json:"reason,omitempty"`
}

// Run prints a line for each read model.
func (c *projectStatusCmd) Run(ctx context.Context) error {
	return withApp(ctx, c.Config, "project status", func(a *app.App) error {
		head, err := a.Store.Head(ctx)
		if err != nil {
			return err
		}
		lines := []projectionLine{}
		for _, p := range a.Projections() {
			s, err := a.Projector(p, nil).Status(ctx)
			if err != nil {
				return err
			}
			l := projectionLine{Name: p.Name(), Position: s.Position, Behind: max(0, head-s.Position)}
			if s.Poison != nil {
				l.Poison, l.Reason = s.Poison.Position, s.Poison.Reason
			}
			lines = append(lines, l)
		}
		if c.JSON {
			return printJSON(map[string]any{"log_position": head, "projections": lines})
		}
		return table(os.Stdout, "projection\tposition\tbehind\tstate", func(w io.Writer) {
			for _, l := range lines {
				state := "ok"
				if l.Poison > 0 {
					state = fmt.Sprintf("stands still before event %d: %s", l.Poison, l.Reason)
				}
				fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", l.Name, l.Position, l.Behind, state)
			}
		})
	})
}
