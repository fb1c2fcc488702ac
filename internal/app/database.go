package app

import (
	"context"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/rdsauth"
)

// login sets how the connections of a pool log in: as the address says, or by the role that the process has.
func (c LoginConfig) login(ctx context.Context, who bus.Credentials) func(*pgxpool.Config) error {
	return func(pool *pgxpool.Config) error {
		if c.DatabaseAuth == "" {
			return nil
		}
		aws, err := bus.LoadAWS(ctx, who)
		if err != nil {
			return err
		}
		tokens, err := rdsauth.New(rdsauth.Config{Region: aws.Region, Credentials: aws.Credentials}, pool.ConnConfig)
		if err != nil {
			return err
		}
		pool.BeforeConnect = tokens.BeforeConnect
		return nil
	}
}
