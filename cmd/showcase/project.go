package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
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
		for _, p := range app.Projections() {
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
}

// Run prints a line for each read model.
func (c *projectStatusCmd) Run(ctx context.Context) error {
	return withApp(ctx, c.Config, "project status", func(a *app.App) error {
		head, err := a.Store.Head(ctx)
		if err != nil {
			return err
		}
		w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
		fmt.Fprintln(w, "projection\tposition\tbehind\tstate")
		for _, p := range app.Projections() {
			s, err := a.Projector(p, nil).Status(ctx)
			if err != nil {
				return err
			}
			state := "ok"
			if s.Poison != nil {
				state = fmt.Sprintf("stands still before event %d: %s", s.Poison.Position, s.Poison.Reason)
			}
			fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", p.Name(), s.Position, max(0, head-s.Position), state)
		}
		return w.Flush()
	})
}
