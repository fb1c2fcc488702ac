// Package pgserver runs a private PostgreSQL server as a child of this process: installed programs, a data
// directory of its own, loopback only, passwords only, gone when this process is. It is for the local mode
// and for tests; it must hold nothing of the schema.
//
//	kill -9 of this process   Linux signals the server to end at once; elsewhere the next Start stops it
//	the server dies           Done closes and Err says why; it is not started again here
//	running as root           the server runs as user postgres, else nobody, and owns only its data
package pgserver

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/rising-stars/showcase/internal/local/child"
	"github.com/rising-stars/showcase/internal/local/datadir"
)

// Limits of the PostgreSQL child.
const (
	startTimeout = 60 * time.Second // includes recovery after a crash
	fastStop     = 20 * time.Second // sessions cut, everything flushed
	quickStop    = 5 * time.Second  // no flush; the next start recovers
	pollEvery    = 20 * time.Millisecond
	portAttempts = 3 // another process may take the port we found free
)

const (
	superUser       = "postgres"
	appLogin        = "showcase"
	defaultDatabase = "showcase"
)

// Config says where a private server keeps its data and how it runs.
type Config struct {
	Dir      string            // taken with LockDir; made when missing
	Port     int               // on 127.0.0.1; 0 = a free one
	Database string            // made when missing; empty = "showcase"
	Settings map[string]string // server settings over the defaults, e.g. fsync=off for tests
	Binaries Binaries          // zero = Find
}

// Server is a running private server. It listens on 127.0.0.1 only and takes only SCRAM passwords.
type Server struct {
	cfg     Config
	servant servant
	child   *child.Process
	port    int
	super   string // password of the superuser
	app     string // password of the application's login role
	release func() error
}

// Start starts the server of cfg.Dir, making it first when there is none, and returns once it
// answers. The context bounds the start only; the server runs until Stop or until this process ends.
// A server that an earlier, killed process left behind in the directory is stopped first.
//
// Errors: ErrNotInstalled without binaries, datadir.ErrInUse when another process runs this directory.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	p, err := prepare(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := p.bringUp(ctx); err != nil {
		_ = p.release()
		return nil, err
	}
	return p, nil
}

func prepare(ctx context.Context, cfg Config) (*Server, error) {
	var err error
	if cfg.Dir, err = filepath.Abs(cfg.Dir); err != nil {
		return nil, fmt.Errorf("resolve directory: %w", err)
	}
	if cfg.Database == "" {
		cfg.Database = defaultDatabase
	}
	if cfg.Binaries.Dir == "" {
		if cfg.Binaries, err = Find(ctx); err != nil {
			return nil, err
		}
	}
	who, err := findServant()
	if err != nil {
		return nil, err
	}
	if err := who.reach(filepath.Join(cfg.Binaries.Dir, "postgres")); err != nil {
		return nil, err
	}
	release, err := datadir.Lock(cfg.Dir)
	if err != nil {
		return nil, err
	}
	return &Server{cfg: cfg, servant: who, release: release}, nil
}

func (p *Server) bringUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	var err error
	if p.super, err = datadir.Secret(p.path("superuser.password")); err != nil {
		return err
	}
	if p.app, err = datadir.Secret(p.path("app.password")); err != nil {
		return err
	}
	if err := stopOrphan(ctx, p.path("data")); err != nil { // first: an orphan that ends takes files from under initOnce
		return err
	}
	if err := p.initOnce(ctx); err != nil {
		return err
	}
	if err := p.launchOnPort(ctx); err != nil {
		return err
	}
	if err := p.ensureDatabase(ctx); err != nil {
		_ = p.halt()
		return err
	}
	return nil
}

func (p *Server) path(name string) string { return filepath.Join(p.cfg.Dir, name) }

// launchOnPort starts the server and waits for its first answer, on another port when the one found free
// was taken in between.
func (p *Server) launchOnPort(ctx context.Context) error {
	var err error
	for range portAttempts {
		if p.port = p.cfg.Port; p.port == 0 {
			if p.port, err = child.FreePort(ctx); err != nil {
				return err
			}
		}
		if err = p.launch(ctx); !child.PortTaken(err) || p.cfg.Port != 0 {
			return err
		}
	}
	return err
}

func (p *Server) launch(ctx context.Context) error {
	log, err := child.OpenLog(p.path("postgres.log"))
	if err != nil {
		return fmt.Errorf("open PostgreSQL log: %w", err)
	}
	defer log.Close()
	cmd, closeFiles, err := p.command("postgres", p.path("data"), p.settingArgs()...)
	if err != nil {
		return err
	}
	defer closeFiles()
	cmd.Stdout, cmd.Stderr = log, log
	// SIGQUIT makes the server end at once without a flush: its log on disk has every commit, and the
	// next start, which may follow at once, need not wait.
	if p.child, err = child.Start(cmd, syscall.SIGQUIT); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := p.awaitReady(ctx); err != nil {
		_ = p.halt()
		return fmt.Errorf("PostgreSQL in %s does not answer: %w; the end of its log:\n%s",
			p.cfg.Dir, err, child.LogTail(p.path("postgres.log")))
	}
	return nil
}

// command prepares one of the server programs on a data directory, as the servant when we are root.
func (p *Server) command(program, data string, args ...string) (*exec.Cmd, func(), error) {
	cmd := exec.Command(filepath.Join(p.cfg.Binaries.Dir, program))
	cmd.Env = []string{"PATH=/usr/local/bin:/usr/bin:/bin", "LC_ALL=C", "TZ=UTC"} // no PG* of the user's
	closeFiles := func() {}
	if p.servant.dropped() {
		dir, err := os.Open(data)
		if err != nil {
			return nil, nil, fmt.Errorf("open data directory: %w", err)
		}
		closeFiles = func() { _ = dir.Close() }
		cmd.ExtraFiles = []*os.File{dir}
		data = inheritedDir
	}
	p.servant.apply(cmd)
	cmd.Args = append(cmd.Args, append([]string{"-D", data}, args...)...)
	return cmd, closeFiles, nil
}

// settingArgs fit a machine with two cores and 2 GiB that it shares with ffmpeg.
func (p *Server) settingArgs() []string {
	//nolint:gosec // names of settings, no credentials
	settings := map[string]string{
		"listen_addresses":        "127.0.0.1",
		"port":                    strconv.Itoa(p.port),
		"unix_socket_directories": "",
		"max_connections":         "200",
		"shared_buffers":          "256MB",
		"effective_cache_size":    "768MB",
		"maintenance_work_mem":    "64MB",
		"max_wal_size":            "1GB",
		"random_page_cost":        "1.1",
		"huge_pages":              "off",
		"jit":                     "off",
		"fsync":                   "on",
		"synchronous_commit":      "on",
		"password_encryption":     "scram-sha-256",
		"timezone":                "UTC",
		"log_timezone":            "UTC",
		"log_checkpoints":         "off",
	}
	maps.Copy(settings, p.cfg.Settings)
	var args []string
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	return args
}

func (p *Server) awaitReady(ctx context.Context) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		err := p.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.child.Done():
			return fmt.Errorf("it ended: %w", p.child.Err())
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-ticker.C:
		}
	}
}

// Stop ends the server: sessions are cut and everything is flushed; after 20 s it is ended without a flush,
// which loses nothing either but makes the next start slower.
func (p *Server) Stop() error {
	return errors.Join(p.halt(), p.release())
}

func (p *Server) halt() error {
	err := p.child.Stop(
		child.Step{Signal: syscall.SIGINT, Wait: fastStop},
		child.Step{Signal: syscall.SIGQUIT, Wait: quickStop},
		child.Step{Signal: syscall.SIGKILL, Wait: quickStop},
	)
	if err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return nil
}

// Done is closed when the server has ended, whoever ended it.
func (p *Server) Done() <-chan struct{} { return p.child.Done() }

// Err says how the server ended. It waits for the end.
func (p *Server) Err() error { return p.child.Err() }

// SuperURL connects as the superuser, who owns the schema. It holds a password.
func (p *Server) SuperURL() string { return p.url(superUser, p.super, p.cfg.Database) }

// AppURL connects as the application's login role, which exists after EnsureAppRole. It holds a password.
func (p *Server) AppURL() string { return p.url(appLogin, p.app, p.cfg.Database) }

func (p *Server) url(user, password, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, password),
		Host:     "127.0.0.1:" + strconv.Itoa(p.port),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}
