package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/app"
)

type organiserCmd struct {
	Add    organiserAddCmd    `cmd:"" help:"Let an account act as organiser, from its next request on."`
	Remove organiserRemoveCmd `cmd:"" help:"End that, from its next request on."`
	List   organiserListCmd   `cmd:"" help:"List the organisers."`
}

// organiserAct is what both acts are given.
type organiserAct struct {
	app.Config `embed:""`

	Email  string `arg:"" help:"The e-mail of the account, which has signed up."`
	Actor  string `help:"The e-mail of the account of who decided it; empty: whoever may run this command."`
	Reason string `default:"From the command line." help:"Why, for whoever asks."`
}

type organiserAddCmd struct {
	organiserAct `embed:""`
}

type organiserRemoveCmd struct {
	organiserAct `embed:""`
}

// Run lets an account act as organiser. Doing it again changes nothing.
func (c *organiserAddCmd) Run(ctx context.Context) error {
	return c.do(ctx, "organiser add", "%s is an organiser\n", func(a *app.App) organiserChange { return a.Commands.GrantOrganiser })
}

// Run ends that. Doing it again changes nothing.
func (c *organiserRemoveCmd) Run(ctx context.Context) error {
	return c.do(ctx, "organiser remove", "%s is no organiser\n", func(a *app.App) organiserChange { return a.Commands.RevokeOrganiser })
}

type organiserChange func(ctx context.Context, meta events.Metadata, account events.ID, reason string) error

func (c *organiserAct) do(ctx context.Context, name, done string, change func(*app.App) organiserChange) error {
	c.MetricsAddr = "" // a tool has nothing to be measured, and this address may be a running role's
	return runRoles(ctx, c.Config, name, func(a *app.App) ([]app.Role, error) {
		return []app.Role{func(ctx context.Context) error {
			meta := events.Metadata{CorrelationID: app.NewID()}
			if c.Actor != "" {
				var err error
				if meta, err = a.Acting(ctx, c.Actor); err != nil {
					return err
				}
			}
			account, err := a.AccountOf(ctx, c.Email)
			if err != nil {
				return err
			}
			if err := change(a)(ctx, meta, account, c.Reason); err != nil {
				return err
			}
			fmt.Printf(done, c.Email)
			return nil
		}}, nil
	})
}

type organiserListCmd struct {
	app.Config `embed:""`
	JSON       bool `name:"json" help:"One JSON object."`
}

// Run lists.
func (c *organiserListCmd) Run(ctx context.Context) error {
	return withApp(ctx, c.Config, "organiser list", func(a *app.App) error {
		list, err := a.Organisers(ctx)
		if err != nil {
			return err
		}
		if c.JSON {
			return printJSON(map[string]any{"organisers": list})
		}
		return table(os.Stdout, "name\te-mail\taccount", func(w io.Writer) {
			for _, o := range list {
				fmt.Fprintf(w, "%s\t%s\t%s\n", o.Name, o.Email, o.AccountID)
			}
		})
	})
}
