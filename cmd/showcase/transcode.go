package main

import (
	"context"

	"github.com/rising-stars/showcase/internal/app"
)

type transcodeCmd struct {
	app.Config       `embed:""`
	app.WorkerConfig `embed:""`
}

// Run makes clips until it is told to stop; a running one may finish within the drain time.
func (c *transcodeCmd) Run(ctx context.Context) error {
	return runRoles(ctx, c.Config, "transcode", func(a *app.App) ([]app.Role, error) {
		role, err := a.Transcode(c.WorkerConfig)
		return []app.Role{role}, err
	})
}
