package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/app"
)

type eventsCmd struct {
	Show   eventsShowCmd   `cmd:"" help:"Print one event."`
	Tail   eventsTailCmd   `cmd:"" help:"Print the newest events, a line of JSON each."`
	Export eventsExportCmd `cmd:"" help:"Write the log to files, one a day, with a manifest."`
}

type eventsShowCmd struct {
	app.AnalystConfig `embed:""`
	Position          int64 `arg:"" help:"The event's position."`
}

// eventLine is an event as it is printed. Sealed values stay sealed.
type eventLine struct {
	Position   int64           `json:"position"`
	RecordedAt time.Time       `json:"recorded_at"`
	Type       string          `json:"type"`
	Schema     int             `json:"schema"`
	Stream     string          `json:"stream"`
	Version    int64           `json:"version"`
	ID         events.ID       `json:"id"`
	Data       json.RawMessage `json:"data"`
	Meta       events.Metadata `json:"meta"`
}

func lineOf(r events.Recorded) (eventLine, error) {
	typ, schema, data, err := events.Marshal(r.Event)
	return eventLine{r.Position, r.RecordedAt, typ, schema, r.Stream, r.Version, r.ID, data, r.Meta}, err
}

// Run prints.
func (c *eventsShowCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "events show")
	if err != nil {
		return err
	}
	defer a.Close()
	if err := a.CheckPosition(ctx, c.Position); err != nil {
		return err
	}
	list, err := a.At(ctx, []int64{c.Position})
	if err != nil {
		return err
	}
	if len(list) == 0 {
		return fmt.Errorf("the log has no event at position %d", c.Position)
	}
	line, err := lineOf(list[0])
	if err != nil {
		return err
	}
	return printJSON(line)
}

type eventsTailCmd struct {
	app.AnalystConfig `embed:""`
	Lines             int64    `short:"n" default:"10" help:"How many to begin with."`
	Follow            bool     `short:"f" help:"Go on with what comes, until Ctrl-C."`
	Type              []string `help:"Only these types."`
}

// tailPoll is how often a followed log is looked at.
const tailPoll = 300 * time.Millisecond

// Run prints.
func (c *eventsTailCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "events tail")
	if err != nil {
		return err
	}
	defer a.Close()
	if err := knownTypes(c.Type); err != nil {
		return err
	}
	head, err := a.Store.Head(ctx)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for after := max(0, head-c.Lines); ; {
		page, err := a.Store.ReadPage(ctx, after, 1000, c.Type)
		if err != nil {
			return err
		}
		for _, r := range page.Events {
			line, err := lineOf(r)
			if err == nil {
				err = out.Encode(line)
			}
			if err != nil {
				return err
			}
		}
		if page.Last > after {
			after = page.Last
			continue
		}
		if !c.Follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(tailPoll):
		}
	}
}

func knownTypes(types []string) error {
	for _, t := range types {
		if !slices.Contains(events.Types(), t) {
			return fmt.Errorf("there is no event type %q; there are %s", t, strings.Join(events.Types(), ", "))
		}
	}
	return nil
}

type eventsExportCmd struct {
	app.AnalystConfig `embed:""`

	Format   string   `default:"jsonl" enum:"jsonl,parquet,csv" help:"jsonl, parquet or csv."`
	Out      string   `required:"" help:"A directory, or s3://bucket/prefix: a new one, or one where an export broke off."`
	From     int64    `default:"1" help:"First position."`
	To       int64    `help:"Last position; 0: the head of the log."`
	Since    string   `help:"Only what was recorded after this time."`
	Until    string   `help:"Only what was recorded up to this time."`
	Type     []string `help:"Only these types."`
	Personal bool     `help:"With names, titles and e-mails; the manifest says so."`
	JSON     bool     `name:"json" help:"Print the manifest."`

	S3Endpoint string `name:"s3-endpoint" env:"AWS_ENDPOINT_URL_S3" help:"Of the bucket; empty for AWS itself."`
}

func (c *eventsExportCmd) cloud() app.CloudConfig {
	return app.CloudConfig{Region: c.Region, S3Endpoint: c.S3Endpoint}
}

// Run exports.
func (c *eventsExportCmd) Run(ctx context.Context) error {
	a, err := app.OpenAnalyst(ctx, c.AnalystConfig, "events export")
	if err != nil {
		return err
	}
	defer a.Close()
	if err := c.window(ctx, a); err != nil {
		return err
	}
	began := time.Now()
	m, err := a.Export(ctx, app.ExportConfig{
		Out: c.Out, Cloud: c.cloud(), Format: c.Format, From: c.From, To: c.To, Types: c.Type, Personal: c.Personal,
	}, showProgress())
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(m)
	}
	took := time.Since(began)
	fmt.Printf("%d events, positions %d to %d, in %d files under %s; %s\n", m.Rows, m.From, m.To, len(m.Files), c.Out, took.Round(time.Millisecond))
	return nil
}

// window turns times into positions and refuses what the log does not have.
func (c *eventsExportCmd) window(ctx context.Context, a *app.Analyst) error {
	if err := knownTypes(c.Type); err != nil {
		return err
	}
	if c.Since != "" {
		at, err := parseTime(c.Since)
		if err != nil {
			return err
		}
		position, err := a.PositionAt(ctx, at)
		if err == nil {
			c.From = max(c.From, position+1)
		}
	}
	if c.Until != "" {
		at, err := parseTime(c.Until)
		if err != nil {
			return err
		}
		position, err := a.PositionAt(ctx, at)
		if err != nil {
			return err
		}
		if c.To == 0 || position < c.To {
			c.To = position
		}
	}
	if c.To != 0 {
		if err := a.CheckPosition(ctx, c.To); err != nil {
			return err
		}
		if c.To < c.From {
			return fmt.Errorf("from position %d to %d there is nothing", c.From, c.To)
		}
	}
	return nil
}
