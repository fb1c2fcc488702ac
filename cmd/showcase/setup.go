package main

import (
	"context"
	"fmt"
	"os"

	"github.com/rising-stars/showcase/internal/app"
	"github.com/rising-stars/showcase/migrations"
)

type migrateCmd struct {
	DatabaseURL string `name:"database-url" env:"MIGRATE_DATABASE_URL,DATABASE_URL" required:"" help:"PostgreSQL, as the owner of the schema."`
}

// Run migrates.
func (c *migrateCmd) Run(ctx context.Context) error {
	if err := migrations.Up(ctx, c.DatabaseURL); err != nil {
		return err
	}
	fmt.Println("the schema is up to date")
	return nil
}

type provisionCmd struct {
	app.CloudConfig `embed:""`
}

// Run makes what the roles need outside the database.
func (c *provisionCmd) Run(ctx context.Context) error {
	if err := app.Provision(ctx, c.CloudConfig, os.Stderr); err != nil {
		return err
	}
	fmt.Println("queues and bucket are there")
	return nil
}
