package main

import (
	"context"

	"github.com/rising-stars/showcase/internal/app"
)

type relayCmd struct {
	app.Config `embed:""`
}

// Run relays, and sweeps while it leads, until it is told to stop.
func (c *relayCmd) Run(ctx context.Context) error {
	return runRoles(ctx, c.Config, "relay", func(a *app.App) ([]app.Role, error) {
		return []app.Role{a.Relay()}, nil
	})
}
