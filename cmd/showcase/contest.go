package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"

	"github.com/rising-stars/showcase/internal/app"
)

type contestCmd struct {
	Show  contestShowCmd  `cmd:"" help:"Print how the contest is set, as JSON."`
	Apply contestApplyCmd `cmd:"" help:"Set the contest as CONTEST_FILE says, when the file has changed."`
}

type contestShowCmd struct {
	app.Config `embed:""`
}

// Run prints the settings.
func (c *contestShowCmd) Run(ctx context.Context) error {
	return withApp(ctx, c.Config, "contest show", func(a *app.App) error {
		settings, ok, err := a.Commands.Contest(ctx)
		if err != nil {
			return err
		}
		if !ok {
			return errors.New("there is no contest yet; apply a file first")
		}
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(settings)
	})
}

type contestApplyCmd struct {
	app.Config `embed:""`
}

// Run applies the file.
func (c *contestApplyCmd) Run(ctx context.Context) error {
	if c.ContestFile == "" {
		return errors.New("CONTEST_FILE names no file")
	}
	return runRoles(ctx, c.Config, "contest apply", func(a *app.App) ([]app.Role, error) {
		return []app.Role{a.ApplyContestFile}, nil
	})
}
