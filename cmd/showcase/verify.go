package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/rising-stars/showcase/internal/app"
)

type verifyCmd struct {
	app.AnalystConfig `embed:""`

	Seal bool `help:"Seal what is closed and not sealed yet, once all is right."`
	JSON bool `name:"json" help:"One JSON object."`
}

// Run checks; exit code 1 says that something is wrong, and that it was named.
func (c *verifyCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "verify")
	if err != nil {
		return err
	}
	defer a.Close()
	began := time.Now()
	v, err := a.Verify(ctx, showProgress())
	if err != nil {
		return err
	}
	took := time.Since(began)
	if c.JSON {
		err = printJSON(v)
	} else {
		fmt.Printf("log      %d events read, sealed up to %d, in %s\n", v.Head, v.Sealed, took.Round(time.Millisecond))
		fmt.Printf("ranking  counted up to %d\n  in Go   %s\n  in SQL  %s\n  live    %s\n", v.Position, v.GoDigest, v.SQLDigest, v.LiveDigest)
		for _, wrong := range v.Wrong {
			fmt.Println("wrong:", wrong)
		}
	}
	if err == nil && len(v.Wrong) > 0 {
		return errDifferent
	}
	if err == nil && c.Seal {
		n, err := a.Seal(ctx)
		fmt.Fprintf(os.Stderr, "%d ranges sealed\n", n)
		return err
	}
	return err
}
