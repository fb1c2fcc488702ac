package main

import (
	"context"

	"github.com/rising-stars/showcase/internal/app"
)

type apiCmd struct {
	app.Config    `embed:""`
	app.APIConfig `embed:""`
}

// Run answers HTTP until it is told to stop.
func (c *apiCmd) Run(ctx context.Context) error {
	return runRoles(ctx, c.Config, "api", func(a *app.App) ([]app.Role, error) {
		role, err := a.API(c.APIConfig, nil)
		return []app.Role{role}, err
	})
}
