package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/app"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/demo"
	"github.com/rising-stars/showcase/internal/local"
	"github.com/rising-stars/showcase/internal/local/loopsqs"
	"github.com/rising-stars/showcase/internal/media"
	"github.com/rising-stars/showcase/migrations"
)

const (
	startTime = 3 * time.Minute        // for everything to answer, crash recovery of the database included
	pollEvery = 50 * time.Millisecond  // between two looks at readiness
	drain     = 500 * time.Millisecond // there is no balancer that has to notice
)

// runCmd is set by flags; DATABASE_URL, AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_S3 put a server of yours in the place
// of an embedded one.
type runCmd struct {
	Addr        string  `default:"127.0.0.1:8080" help:"Where the contest is to be seen, host:port."`
	Data        string  `default:".data" type:"path" help:"Where everything is kept."`
	Demo        bool    `help:"Fill the contest with players, clips and votes."`
	MetricsAddr string  `name:"metrics-addr" help:"Where /metrics listens; empty: nowhere."`
	Limits      string  `env:"LIMITS" help:"Rate limits that differ from the local defaults, or off."`
	Chaos       float64 `help:"Share of queue messages that are doubled, delayed or lost on their way, 0 to 1."`
	LogLevel    string  `env:"LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"What is logged to DATA/showcase.log."`

	DatabaseURL string `name:"database-url" env:"DATABASE_URL" help:"A PostgreSQL of yours."`
	SQSEndpoint string `name:"sqs-endpoint" env:"AWS_ENDPOINT_URL_SQS" help:"A queue server of yours."`
	S3Endpoint  string `name:"s3-endpoint" env:"AWS_ENDPOINT_URL_S3" help:"An object store of yours."`
}

// Run runs the contest until the context ends.
func (c *runCmd) Run(ctx context.Context) error {
	addr, err := loopback(c.Addr)
	if err != nil {
		return err
	}
	c.Addr = addr
	if err := os.MkdirAll(c.Data, 0o755); err != nil { //nolint:gosec // PostgreSQL's own user must reach its directory
		return fmt.Errorf("make data directory: %w", err)
	}
	release, err := local.LockDir(c.Data)
	if err != nil {
		return err
	}
	logTo, err := os.OpenFile(filepath.Join(c.Data, "showcase.log"), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return errors.Join(fmt.Errorf("open log: %w", err), release())
	}
	err = c.runIn(ctx, logTo)
	return errors.Join(err, logTo.Close(), release())
}

func (c *runCmd) runIn(ctx context.Context, logTo io.Writer) (err error) {
	starting, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	fmt.Printf("starting in %s (log: %s)\n", c.Data, filepath.Join(c.Data, "showcase.log"))
	stack, err := c.startStack(starting, logTo)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stack.Close(context.WithoutCancel(ctx))) }()
	listening := make(chan struct{})
	a, roles, err := c.open(starting, stack, logTo, func() { close(listening) })
	if err != nil {
		return err
	}
	defer a.Close()
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error { return a.Run(ctx, roles...) })
	g.Go(func() error {
		select {
		case <-stack.Done():
			return stack.Err()
		case <-ctx.Done():
			return nil
		}
	})
	g.Go(func() error {
		select {
		case <-listening:
			return c.greet(ctx, a)
		case <-ctx.Done():
			return nil
		}
	})
	err = g.Wait()
	fmt.Println("stopped; nothing is lost")
	return err
}

func (c *runCmd) startStack(ctx context.Context, logTo io.Writer) (*local.Stack, error) {
	var chaos loopsqs.Chaos
	if c.Chaos > 0 {
		chaos = loopsqs.Chaos{Duplicate: c.Chaos, LoseReceive: c.Chaos, ReorderUpTo: 300 * time.Millisecond, Seed: uint64(time.Now().UnixNano())}
	}
	return local.Start(ctx, local.Config{
		Dir: c.Data, Chaos: chaos, Now: time.Now, Log: slog.New(slog.NewJSONHandler(logTo, nil)),
		DatabaseURL: c.DatabaseURL, SQSEndpoint: c.SQSEndpoint, S3Endpoint: c.S3Endpoint,
	})
}

// open migrates, provisions and makes the roles.
func (c *runCmd) open(ctx context.Context, stack *local.Stack, logTo io.Writer, onListen func()) (*app.App, []app.Role, error) {
	if err := migrations.Up(ctx, stack.OwnerURL); err != nil {
		return nil, nil, err
	}
	if err := stack.EnsureAppRole(ctx); err != nil {
		return nil, nil, err
	}
	cfg, keys, err := c.config(stack)
	if err != nil {
		return nil, nil, err
	}
	if err := app.Provision(ctx, cfg.CloudConfig, logTo); err != nil {
		return nil, nil, err
	}
	if err := writeEnv(c.Data, stack.OwnerURL, cfg, keys); err != nil {
		return nil, nil, err
	}
	a, err := app.Open(ctx, cfg, "local", logTo)
	if err != nil {
		return nil, nil, err
	}
	roles, err := c.roles(a, keys, onListen)
	if err != nil {
		a.Close()
		return nil, nil, err
	}
	return a, roles, nil
}

func (c *runCmd) config(stack *local.Stack) (app.Config, secrets, error) {
	keys, err := loadSecrets(c.Data)
	if err != nil {
		return app.Config{}, keys, err
	}
	contest := filepath.Join(c.Data, "contest.yaml")
	if err := app.EnsureContestFile(contest, time.Now()); err != nil {
		return app.Config{}, keys, err
	}
	return app.Config{
		DatabaseURL: stack.DatabaseURL, MaxConns: 40, MasterKey: keys.MasterKey,
		ContestFile: contest, ContestID: "0197a1de-0000-7000-8000-000000000001",
		MetricsAddr: c.MetricsAddr, LogLevel: c.LogLevel,
		CloudConfig: app.CloudConfig{
			Region: "us-east-1", SQSEndpoint: stack.SQSEndpoint, S3Endpoint: stack.S3Endpoint, S3PublicURL: "http://" + c.Addr,
			AccessKey: stack.AccessKey, SecretKey: stack.SecretKey, QueuePrefix: "showcase-", MediaBucket: "showcase-media",
		},
	}, keys, nil
}

// roles are all of them; each keeps its files under the data directory.
func (c *runCmd) roles(a *app.App, keys secrets, onListen func()) ([]app.Role, error) {
	uploads, scratch := filepath.Join(c.Data, "uploads"), filepath.Join(c.Data, "scratch")
	if err := os.RemoveAll(uploads); err != nil { // of a start that was killed
		return nil, fmt.Errorf("empty upload directory: %w", err)
	}
	if err := os.MkdirAll(uploads, 0o700); err != nil {
		return nil, fmt.Errorf("make upload directory: %w", err)
	}
	limits := auth.LocalLimits
	if c.Limits != "" {
		limits = c.Limits
	}
	objects, err := throughOnePort(a.S3Endpoint, a.MediaBucket, c.Addr)
	if err != nil {
		return nil, err
	}
	api, err := a.API(app.APIConfig{
		HTTPAddr: c.Addr, JWTKeys: keys.JWTKeys, Limits: limits, UploadDir: uploads, StreamMedia: true, DrainDelay: drain, OnListen: onListen,
	}, objects)
	if err != nil {
		return nil, err
	}
	transcode, err := a.Transcode(app.WorkerConfig{ScratchDir: scratch, Workers: 1, Drain: 0})
	if err != nil {
		return nil, err
	}
	return []app.Role{api, a.Relay(), a.Project(), transcode}, nil
}

// throughOnePort sends requests for objects on to the object store, with the host that their signatures name, so that
// a browser needs one port only, under whichever of this machine's names it came.
func throughOnePort(endpoint, bucket, signedHost string) (func(http.Handler) http.Handler, error) {
	store, err := url.Parse(endpoint)
	if err != nil {
		return nil, fmt.Errorf("read object store's address: %w", err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host = store.Scheme, store.Host
		r.Out.Host = signedHost
	}}
	prefix := "/" + bucket + "/"
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.HasPrefix(r.URL.Path, prefix) {
				w.Header().Set("X-Content-Type-Options", "nosniff")
				proxy.ServeHTTP(w, r)
				return
			}
			next.ServeHTTP(w, r)
		})
	}, nil
}

// greet waits until the contest answers, says so, and fills it when that was asked for.
func (c *runCmd) greet(ctx context.Context, a *app.App) error {
	base := "http://" + c.Addr
	if err := ready(ctx, base); err != nil {
		return err
	}
	fmt.Printf("ready %s\n", base)
	fmt.Printf("  site %s · API %s/docs · contest %s · Ctrl-C stops\n", base, base, filepath.Join(c.Data, "contest.yaml"))
	if !c.Demo {
		return nil
	}
	return demo.Fill(ctx, demo.Config{
		BaseURL: base, Dir: filepath.Join(c.Data, "demo"), Out: os.Stdout,
		Clip: func(ctx context.Context, path string, seed uint64) error {
			return media.SampleClip(ctx, path, media.SampleOptions{Seed: seed})
		},
		Organise: func(ctx context.Context, email string) error {
			account, err := a.AccountOf(ctx, email)
			if err != nil {
				return err
			}
			return a.Commands.GrantOrganiser(ctx, events.Metadata{}, account, "Para la demostración.")
		},
	})
}

func ready(ctx context.Context, base string) error {
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, base+"/readyz", http.NoBody)
		if err != nil {
			return err
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pollEvery):
		}
	}
}

// loopback refuses an address that others could reach: this is a contest for one machine.
func loopback(addr string) (string, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "", fmt.Errorf("read address %q: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1"
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return "", fmt.Errorf("address %q is not on this machine's loopback; use the production binary to serve others", addr)
	}
	return net.JoinHostPort(host, port), nil
}
