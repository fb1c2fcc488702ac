// Command showcase-local runs a whole contest in one process on one machine: every role of the production binary, on a
// PostgreSQL server, an S3 endpoint and an SQS endpoint of its own, all on loopback and all under one data directory.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/rising-stars/showcase/internal/cmdline"
	"github.com/rising-stars/showcase/internal/local"
	"github.com/rising-stars/showcase/internal/media/sandbox"
)

// cli lists what the binary does.
type cli struct {
	Version kong.VersionFlag `help:"Print the version."`

	Run   runCmd   `cmd:"" default:"withargs" help:"Run the contest until Ctrl-C."`
	Bench benchCmd `cmd:"" help:"Measure appends, votes, rankings and transcoding beside their peers."`
}

func main() {
	sandbox.RunIfChild()
	local.RunIfChild()
	os.Exit(run())
}

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c cli
	k, err := cmdline.Parse(&c, "showcase-local", "A whole video talent contest on this machine.", os.Args[1:], kong.BindTo(ctx, (*context.Context)(nil)))
	if err != nil {
		cmdline.Misused(os.Stderr, "showcase-local", err)
		return 2
	}
	err = k.Run()
	if err == nil || errors.Is(err, context.Canceled) {
		return 0
	}
	fmt.Fprintln(os.Stderr, "showcase-local:", err)
	return 2
}
