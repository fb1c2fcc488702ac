package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/app"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/bench"
	eventbench "github.com/rising-stars/showcase/internal/eventstore/bench"
	"github.com/rising-stars/showcase/internal/local"
	"github.com/rising-stars/showcase/internal/local/pgserver"
	"github.com/rising-stars/showcase/internal/media"
	"github.com/rising-stars/showcase/migrations"
)

// benchVideos is how many videos the votes are spread over.
const benchVideos = 60

// benchCmd measures on a contest of its own, which is thrown away.
type benchCmd struct {
	analystsBench `embed:""`
}

// Run prints a line for each figure, with its peer.
func (c *benchCmd) Run(ctx context.Context) (err error) {
	dir, err := os.MkdirTemp("", "showcase-bench-")
	if err != nil {
		return err
	}
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // PostgreSQL's own user must reach its directory
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	addr, err := freeAddr(ctx)
	if err != nil {
		return err
	}
	run := &runCmd{Addr: addr, Data: dir, Limits: "off", LogLevel: "warn"}
	logTo, err := os.Create(filepath.Join(dir, "showcase.log"))
	if err != nil {
		return err
	}
	defer logTo.Close()
	return c.measure(ctx, run, logTo)
}

func (c *benchCmd) measure(ctx context.Context, run *runCmd, logTo io.Writer) (err error) {
	starting, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	stack, err := run.startStack(starting, logTo)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stack.Close(context.WithoutCancel(ctx))) }()
	listening := make(chan struct{})
	a, roles, err := run.open(starting, stack, logTo, func() { close(listening) })
	if err != nil {
		return err
	}
	defer a.Close()
	keys, err := loadSecrets(run.Data)
	if err != nil {
		return err
	}
	done := errors.New("measured")
	return ignore(done, a.Run(ctx, append(roles, func(ctx context.Context) error {
		select {
		case <-listening:
		case <-ctx.Done():
			return ctx.Err()
		}
		return errors.Join(c.all(ctx, a, stack, run.Addr, keys), done)
	})...))
}

// all measures one thing after the other; the appends go to a database of their own on the same server.
func (c *benchCmd) all(ctx context.Context, a *app.App, stack *local.Stack, addr string, keys secrets) error {
	fmt.Println("everything below was measured in this run, client and servers on the same cores")
	appends, err := c.appends(ctx, stack)
	if err != nil {
		return fmt.Errorf("appends: %w", err)
	}
	if err := c.http(ctx, a, addr, keys, appends.Peer); err != nil {
		return err
	}
	// Before the analysts' tools: a child's peak of memory is never less than what this process had when it started it.
	if _, err := media.BenchTranscode(ctx, os.Stdout); err != nil {
		return err
	}
	return c.analystsBench.measure(ctx, stack, keys)
}

func (c *benchCmd) appends(ctx context.Context, stack *local.Stack) (report eventbench.Report, err error) {
	programs, err := pgserver.Find(ctx)
	if err != nil {
		return report, err
	}
	url, err := stack.CreateDatabase(ctx, "bench")
	if err != nil {
		return report, err
	}
	if err := migrations.Up(ctx, url); err != nil {
		return report, err
	}
	return eventbench.Run(ctx, eventbench.Config{DatabaseURL: url, PGBin: programs.Dir, NewID: app.NewID}, os.Stdout)
}

// ignore is err, unless it only says that all is done.
func ignore(done, err error) error {
	if err == nil || err.Error() == done.Error() {
		return nil
	}
	return err
}

func (c *benchCmd) http(ctx context.Context, a *app.App, addr string, keys secrets, peer float64) error {
	videos, err := a.SeedVideos(ctx, benchVideos)
	if err != nil {
		return err
	}
	signing, err := auth.ParseKeys(keys.JWTKeys)
	if err != nil {
		return err
	}
	tokens, err := auth.NewTokens(auth.TokensConfig{
		Keys: signing, Issuer: app.Issuer, Audience: app.Audience, TTL: time.Hour, Now: time.Now, NewID: app.NewID,
	})
	if err != nil {
		return err
	}
	target := bench.Target{
		Addr: addr, Videos: videos, NewID: app.NewID,
		Token: func(voter events.ID) (string, error) { return tokens.Issue(voter, app.NewID()) },
	}
	if err := bench.HTTP(ctx, target, peer, os.Stdout); err != nil {
		return err
	}
	rebuilds, err := a.RankingBuilder(0, 0, false, nil)
	if err != nil {
		return err
	}
	return bench.Rebuild(ctx, target, func(ctx context.Context) error {
		_, err := rebuilds.Run(ctx)
		return err
	}, os.Stdout)
}

func freeAddr(ctx context.Context) (string, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
