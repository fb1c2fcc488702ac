// Command showcase is the production binary: the four roles of the contest and the tools of its operators.
//
// Data goes to standard output, log lines and progress to standard error. It exits with 0 when all is well, with 1 when
// what was asked for did not hold, and with 2 when it could not run.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/rising-stars/showcase/internal/app"
	"github.com/rising-stars/showcase/internal/cmdline"
	"github.com/rising-stars/showcase/internal/media/sandbox"
)

// cli lists what the binary does; each command has a file of its own.
type cli struct {
	Version kong.VersionFlag `help:"Print the version."`

	API       apiCmd       `cmd:"" name:"api" group:"Roles" help:"Answer HTTP."`
	Relay     relayCmd     `cmd:"" group:"Roles" help:"Tell the queues what the log has to say; one of any number leads."`
	Project   projectCmd   `cmd:"" group:"Roles" help:"Keep the read models up with the log, or rebuild one."`
	Transcode transcodeCmd `cmd:"" group:"Roles" help:"Make clips of uploaded videos."`

	Migrate   migrateCmd   `cmd:"" group:"Tools" help:"Bring the database's schema up to date."`
	Provision provisionCmd `cmd:"" group:"Tools" help:"Make queues, dead-letter queues and the bucket; doing it again changes nothing."`
	DLQ       dlqCmd       `cmd:"" name:"dlq" group:"Tools" help:"Look into the dead-letter queues, or bring their messages back."`
	Contest   contestCmd   `cmd:"" group:"Tools" help:"Show the contest, or set it from a file."`
	Organiser organiserCmd `cmd:"" group:"Tools" help:"Say who may act as organiser."`

	Rank      rankCmd      `cmd:"" group:"Analysts" help:"Show the ranking as it is, or as it was at a time or position."`
	Recount   recountCmd   `cmd:"" group:"Analysts" help:"Count the log again under another rule; nothing is written."`
	Diff      diffCmd      `cmd:"" group:"Analysts" help:"Compare two rankings: positions, times, rules, files."`
	Explain   explainCmd   `cmd:"" group:"Analysts" help:"Print the events that make a player's number."`
	Anomalies anomaliesCmd `cmd:"" group:"Analysts" help:"Find groups of ballots that look made, with evidence and what a recount without them would change."`
	Plot      plotCmd      `cmd:"" group:"Analysts" help:"Draw the race, votes per hour, waiting times or anomalies, as SVG, PNG or HTML."`
	Ballots   ballotsCmd   `cmd:"" group:"Analysts" help:"Take ballots out of the official count on record, or back in."`
	Events    eventsCmd    `cmd:"" group:"Analysts" help:"Show, follow or export the log."`
	Verify    verifyCmd    `cmd:"" group:"Analysts" help:"Count the log in two ways, check its seals, and hold the live ranking to both."`
	Seed      seedCmd      `cmd:"" group:"Analysts" help:"Fill an empty database with a generated contest, for measurements and for learning."`
}

func main() {
	sandbox.RunIfChild()
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k, err := cmdline.Parse(&c, "showcase", "Video talent contests on an event log.", os.Args[1:], kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		cmdline.Misused(os.Stderr, "showcase", err)
		return 2
	}
	err = k.Run()
	switch {
	case err == nil, errors.Is(err, context.Canceled):
		return 0
	case errors.Is(err, errDifferent):
		return 1
	}
	fmt.Fprintln(os.Stderr, "showcase:", err)
	return 2
}

// errDifferent says that a command ran and that what it was asked for does not hold; it has said so itself.
var errDifferent = errors.New("different")

// runRoles opens an App and runs roles until the context ends.
func runRoles(ctx context.Context, cfg app.Config, name string, roles func(*app.App) ([]app.Role, error)) error {
	a, err := app.Open(ctx, cfg, name, os.Stderr)
	if err != nil {
		return err
	}
	defer a.Close()
	list, err := roles(a)
	if err != nil {
		return err
	}
	return a.Run(ctx, list...)
}

// withApp opens an App for a tool.
func withApp(ctx context.Context, cfg app.Config, name string, do func(*app.App) error) error {
	a, err := app.Open(ctx, cfg, name, os.Stderr)
	if err != nil {
		return err
	}
	defer a.Close()
	return do(a)
}
