package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/internal/live"
	"github.com/rising-stars/showcase/internal/obs"
	pending "github.com/rising-stars/showcase/internal/uploads"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/dashboard"
	"github.com/rising-stars/showcase/projections/gallery"
	"github.com/rising-stars/showcase/projections/ranking"
)

// Who issues access tokens, and for whom.
const (
	Issuer   = "showcase"
	Audience = "showcase-api"
)

// Limits of the API process.
const (
	accessTTL      = time.Hour
	idleTTL        = 14 * 24 * time.Hour // a session that nobody refreshes
	sessionTTL     = 90 * 24 * time.Hour
	revocationPoll = 400 * time.Millisecond
	maxUploads     = 32               // spooled to disk at once, ≤ 100 MiB each
	drainTimeout   = 30 * time.Second // for requests that run at shutdown
	hashWait       = 10 * time.Second // for a turn at hashing a password
	hashQueue      = 512              // sign-ins that may wait for their turn
	quietShare     = 1000             // one in so many votes and ranking reads is logged
	lookEvery      = time.Second      // so often at most a listener is told of a list
	maxListeners   = 4096             // of one instance, about 20 KiB each
	maxOfAddress   = 512              // listeners; an address may be a school's
	maxOfAccount   = 8                // listeners: a tab each
)

// API is the role that answers HTTP. wrap, when given, puts something around the handler.
func (a *App) API(cfg APIConfig, wrap func(http.Handler) http.Handler) (Role, error) {
	sessionStore := sessions.New(sessions.Config{
		Pool: a.Pool, Now: time.Now, NewID: NewID, Random: rand.Reader, Log: a.Log,
		AccessTTL: accessTTL, IdleTTL: idleTTL, MaxTTL: sessionTTL, Poll: revocationPoll,
	})
	hub := live.New(live.Config{
		Ranking: ranking.Queries{Pool: a.Pool}, Videos: gallery.Queries{Pool: a.Pool}, Revoked: sessionStore.Revoked, Log: a.Log,
		Every: lookEvery, Max: maxListeners, MaxPerAddress: maxOfAddress, MaxPerAccount: maxOfAccount,
	})
	a.watchListeners(hub)
	a.meterAPI(hub)
	a.meterAppends()
	a.service.waitForAPI()
	api, err := a.newAPI(cfg, sessionStore, hub)
	if err != nil {
		return nil, err
	}
	handler := a.withSite(a.traced(a.measured(api)), cfg.publicURL())
	if wrap != nil {
		handler = wrap(handler)
	}
	return func(ctx context.Context) error {
		if err := a.ApplyContestFile(ctx); err != nil {
			return err
		}
		if err := sessionStore.Refresh(ctx); err != nil {
			return err
		}
		g, ctx := errgroup.WithContext(ctx)
		g.Go(func() error { return sessionStore.Run(ctx) })
		g.Go(func() error { return hub.Run(ctx) })
		g.Go(func() error { return a.serve(ctx, cfg, handler, api.Drain) })
		return g.Wait()
	}, nil
}

func (a *App) newAPI(cfg APIConfig, sessionStore *sessions.Store, hub *live.Hub) (*httpapi.API, error) {
	tokens, err := newTokens(cfg, sessionStore)
	if err != nil {
		return nil, err
	}
	limits, err := newLimits(cfg)
	if err != nil {
		return nil, err
	}
	proxies, err := prefixes(cfg.TrustedProxies)
	if err != nil {
		return nil, err
	}
	uploads := cfg.UploadDir
	if uploads == "" {
		uploads = os.TempDir()
	}
	var open func(ctx context.Context, key string, offset int64) (io.ReadCloser, error)
	if cfg.StreamMedia {
		open = a.Objects.GetFrom
	}
	return httpapi.New(httpapi.Config{
		AccountCommands: countedAccounts{a.Commands, a.meter}, VideoCommands: countedUploads{a.Commands, a.meter}, Ballots: countedBallots{a.Commands, a.meter}, Contest: a.Commands,
		Organising: a.Commands, Machinery: machinery{a},
		Accounts: accounts.Queries{Pool: a.Pool}, Gallery: gallery.Queries{Pool: a.Pool},
		Ranking: ranking.Queries{Pool: a.Pool}, Past: a.past(), Figures: dashboard.Queries{Pool: a.Pool},
		Vault: a.Vault, Sessions: sessionStore, Objects: a.Objects, OpenObject: open, Live: hub, Uploads: pending.Table{Pool: a.Pool},
		Hasher: auth.NewHasher(auth.HasherConfig{
			Cost: auth.StandardCost, Running: runtime.GOMAXPROCS(0), Waiting: hashQueue, MaxWait: hashWait, Random: rand.Reader,
		}),
		Tokens: tokens, Limiter: auth.NewLimiter(limits, time.Now),
		Metrics: obs.NewHTTPMetrics(a.Registry), Log: a.Log, Checks: a.apiChecks(sessionStore),
		Now: time.Now, NewID: NewID,
		PublicURL: cfg.publicURL(), ScratchDir: uploads, MaxUploads: maxUploads,
		TrustedProxies: proxies, AllowedOrigins: list(a.AllowedOrigins),
		RefreshTTL: idleTTL, LogEvery: quietShare,
	})
}

// publicURL is the base of links. Without one it is where we listen, as seen from this machine.
func (c APIConfig) publicURL() string {
	if c.PublicURL != "" {
		return c.PublicURL
	}
	host, port, err := net.SplitHostPort(c.HTTPAddr)
	if err != nil {
		return "http://" + c.HTTPAddr // listening will say what is wrong with it
	}
	if ip, err := netip.ParseAddr(host); host == "" || (err == nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

func newTokens(cfg APIConfig, revoked auth.Revocations) (*auth.Tokens, error) {
	keys, err := auth.ParseKeys(cfg.JWTKeys)
	if err != nil {
		return nil, fmt.Errorf("read JWT_KEYS: %w", err)
	}
	return auth.NewTokens(auth.TokensConfig{
		Keys: keys, Issuer: Issuer, Audience: Audience, TTL: accessTTL,
		Now: time.Now, NewID: NewID, Revoked: revoked,
	})
}

func newLimits(cfg APIConfig) (auth.Limits, error) {
	base, err := auth.ParseLimits(auth.Limits{}, auth.DefaultLimits)
	if err != nil {
		return auth.Limits{}, err
	}
	if cfg.Limits == "" {
		return base, nil
	}
	return auth.ParseLimits(base, cfg.Limits)
}

// list splits a comma-separated setting; nothing gives nothing.
func list(s string) []string {
	var items []string
	for item := range strings.SplitSeq(s, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}

func prefixes(s string) ([]netip.Prefix, error) {
	var found []netip.Prefix
	for _, item := range list(s) {
		p, err := netip.ParsePrefix(item)
		if err != nil {
			return nil, fmt.Errorf("read TRUSTED_PROXIES: %w", err)
		}
		found = append(found, p)
	}
	return found, nil
}

// serve answers on the configured address until ctx ends, and then drains.
func (a *App) serve(ctx context.Context, cfg APIConfig, handler http.Handler, drain func()) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", cfg.HTTPAddr)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", cfg.HTTPAddr, err)
	}
	a.Log.LogAttrs(ctx, slog.LevelInfo, "api is listening", slog.String("addr", listener.Addr().String()))
	a.service.answersAt(listener.Addr())
	if cfg.OnListen != nil {
		cfg.OnListen()
	}
	return httpapi.NewServer(httpapi.ServerConfig{
		Handler: handler, Drain: drain, Notice: cfg.DrainDelay, Finish: drainTimeout, Log: a.Log,
	}).Run(ctx, listener)
}
