package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/rising-stars/showcase/internal/app"
	"github.com/rising-stars/showcase/internal/bus"
)

type dlqCmd struct {
	List    dlqListCmd    `cmd:"" help:"List dead messages; they stay where they are."`
	Redrive dlqRedriveCmd `cmd:"" help:"Bring dead messages back to their queue."`
}

type dlqListCmd struct {
	app.CloudConfig `embed:""`
	Topic           string `arg:"" optional:"" help:"transcode, ranking or dashboard; all when left out."`
	Limit           int    `default:"20" help:"Most messages of a topic."`
}

// Run lists.
func (c *dlqListCmd) Run(ctx context.Context) error {
	topics, err := topicsOf(c.Topic)
	if err != nil {
		return err
	}
	b, err := app.OpenBus(ctx, c.CloudConfig, os.Stderr)
	if err != nil {
		return err
	}
	defer b.Close()
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "topic\tsent\tmessage\treason\tbody")
	for _, topic := range topics {
		dead, err := b.ListDead(ctx, topic, c.Limit)
		if err != nil {
			return err
		}
		for _, d := range dead {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\n", topic, d.SentAt.UTC().Format(time.RFC3339), d.UUID, d.Reason, d.Body)
		}
	}
	return w.Flush()
}

type dlqRedriveCmd struct {
	app.CloudConfig `embed:""`
	Topic           string `arg:"" optional:"" help:"transcode, ranking or dashboard; all when left out."`
	Limit           int    `default:"1000" help:"Most messages of a topic."`
}

// Run brings messages back.
func (c *dlqRedriveCmd) Run(ctx context.Context) error {
	topics, err := topicsOf(c.Topic)
	if err != nil {
		return err
	}
	b, err := app.OpenBus(ctx, c.CloudConfig, os.Stderr)
	if err != nil {
		return err
	}
	defer b.Close()
	for _, topic := range topics {
		n, err := b.Redrive(ctx, topic, c.Limit)
		if err != nil {
			return err
		}
		fmt.Printf("%s: %d brought back\n", topic, n)
	}
	return nil
}

func topicsOf(name string) ([]string, error) {
	all := bus.Topics()
	switch {
	case name == "":
		return all, nil
	case slices.Contains(all, name):
		return []string{name}, nil
	}
	return nil, fmt.Errorf("there is no topic %q; there are %s", name, strings.Join(all, ", "))
}
