package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rising-stars/showcase/internal/app"
	"github.com/rising-stars/showcase/internal/plot"
)

type plotCmd struct {
	app.AnalystConfig `embed:""`
	moment            `embed:""`

	What  string `arg:"" enum:"race,votes,lag,anomalies" help:"race: places over time; votes: votes per hour and city, with bursts; lag: how long videos waited; anomalies: groups of ballots that look made."`
	Out   string `required:"" type:"path" help:"The file to write: .svg, .png or .html, which is one file that works offline."`
	City  string `help:"Only this city; not for lag."`
	Top   int    `default:"10" help:"Of a race: how many players, at most 20."`
	Lang  string `default:"es" enum:"es,en" help:"es or en."`
	Theme string `default:"auto" enum:"auto,light,dark" help:"light, dark, or auto: light, and in HTML what the reader's system says."`
	Zone  string `default:"UTC" help:"Zone of the times that are shown, such as America/Bogota."`
	JSON  bool   `name:"json" help:"Say in JSON what was written."`
}

const maxRacers = 20

var errTop = errors.New("a race has from 2 to 20 players")

// Run draws.
func (c *plotCmd) Run(ctx context.Context) error {
	zone, err := time.LoadLocation(c.Zone)
	if err != nil {
		return fmt.Errorf("read zone: %w", err)
	}
	format := strings.TrimPrefix(strings.ToLower(filepath.Ext(c.Out)), ".")
	style := plot.Style{Language: c.Lang, Dark: c.Theme == "dark", Fixed: c.Theme != "auto", Zone: zone}
	if format != plot.SVG && format != plot.PNG && format != plot.HTML {
		return fmt.Errorf("%s: %w", c.Out, plot.ErrFormat)
	}
	if c.Top < 2 || c.Top > maxRacers {
		return errTop
	}
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "plot")
	if err != nil {
		return err
	}
	defer a.Close()
	position, err := c.find(ctx, a)
	if err != nil {
		return err
	}
	if position == 0 {
		return errEmptyLog
	}
	picture, err := c.picture(ctx, a, position)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := plot.Write(&b, picture, format, style); err != nil {
		return err
	}
	if err := writeWhole(c.Out, b.Bytes()); err != nil {
		return err
	}
	if c.JSON {
		return printJSON(map[string]any{"file": c.Out, "bytes": b.Len(), "log_position": position})
	}
	fmt.Printf("%s: %s after event %d, %d bytes\n", c.Out, c.What, position, b.Len())
	return nil
}

var errEmptyLog = errors.New("the log is empty")

func (c *plotCmd) picture(ctx context.Context, a *app.Analyst, position int64) (plot.Picture, error) {
	switch c.What {
	case "race":
		return a.RacePicture(ctx, position, c.City, c.Top)
	case "lag":
		return a.LagPicture(ctx, position)
	}
	found, err := a.Anomalies(ctx, position, showProgress())
	if err != nil {
		return nil, err
	}
	if c.What == "votes" {
		return found.HourlyPicture(c.City), nil
	}
	at, err := a.RecordedAt(ctx, position)
	if err != nil {
		return nil, err
	}
	return found.GroupsPicture(ctx, a, at, c.City)
}

// writeWhole writes a file that is there as a whole or not at all.
func writeWhole(path string, b []byte) error {
	part := path + ".part"
	err := os.WriteFile(part, b, 0o644) //nolint:gosec // a picture is meant to be shown
	if err == nil {
		err = os.Rename(part, path)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(part))
	}
	return nil
}
