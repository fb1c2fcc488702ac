package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"sync"
	"testing"

	"github.com/rising-stars/showcase/internal/local/pgserver"
)

const overrideEnv = "SHOWCASE_TEST_DATABASE_URL"

// server is the one that this test process uses.
type server struct {
	super    *url.URL
	app      *url.URL // nil on a server that is not ours: there the superuser sets its role
	template string
	stop     func() error
}

var process struct {
	sync.Mutex
	server *server
	err    error // of the first start: the others need not wait for the same
}

// running returns the server of this process, starting it at the first call.
func running(t testing.TB) *server {
	t.Helper()
	process.Lock()
	defer process.Unlock()
	if process.server == nil && process.err == nil {
		process.server, process.err = start(context.WithoutCancel(t.Context()))
	}
	if process.err != nil {
		t.Fatalf("start PostgreSQL for tests: %v", process.err)
	}
	return process.server
}

func stopRunning() error {
	process.Lock()
	defer process.Unlock()
	if process.server == nil {
		return nil
	}
	err := process.server.stop()
	process.server, process.err = nil, errors.New("stopped already")
	return err
}

func start(ctx context.Context) (*server, error) {
	schema, err := schemaHash()
	if err != nil {
		return nil, err
	}
	template := "showcase_template_" + schema
	if raw := os.Getenv(overrideEnv); raw != "" {
		return useGiven(ctx, raw, template)
	}
	return startOwn(ctx, template)
}

func useGiven(ctx context.Context, raw, template string) (*server, error) {
	super, err := url.Parse(raw)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", overrideEnv, err)
	}
	s := &server{super: super, template: template, stop: func() error { return nil }}
	return s, s.ensureTemplate(ctx)
}

func startOwn(ctx context.Context, template string) (*server, error) {
	binaries, err := pgserver.Find(ctx)
	if err != nil {
		return nil, err
	}
	dir, err := copyOfCache(ctx, binaries, template)
	if err != nil {
		return nil, err
	}
	undertake, err := startUndertaker(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	p, err := pgserver.Start(ctx, config(dir, binaries))
	if err != nil {
		return nil, errors.Join(err, undertake())
	}
	s, err := serverOf(p, template)
	if err != nil {
		return nil, errors.Join(err, p.Stop(), undertake())
	}
	s.stop = func() error { return errors.Join(p.Stop(), undertake()) }
	return s, nil
}

func serverOf(p *pgserver.Server, template string) (*server, error) {
	super, err := url.Parse(p.SuperURL())
	if err != nil {
		return nil, err
	}
	app, err := url.Parse(p.AppURL())
	return &server{super: super, app: app, template: template}, err
}

// config is a server whose data may be lost with the power: the tests it serves would be lost too.
func config(dir string, binaries pgserver.Binaries) pgserver.Config {
	return pgserver.Config{
		Dir:      dir,
		Binaries: binaries,
		Settings: map[string]string{
			"fsync":              "off",
			"full_page_writes":   "off",
			"shared_buffers":     "64MB",
			"max_wal_size":       "256MB",
			"wal_recycle":        "off",
			"autovacuum_naptime": "1h",
		},
	}
}

func (s *server) ownerURL(database string) string {
	u := *s.super
	u.Path = "/" + database
	return u.String()
}

func (s *server) appURL(database string) string {
	if s.app != nil {
		u := *s.app
		u.Path = "/" + database
		return u.String()
	}
	u := *s.super
	u.Path = "/" + database
	query := u.Query()
	query.Set("options", "-c role=showcase_app")
	u.RawQuery = query.Encode()
	return u.String()
}
