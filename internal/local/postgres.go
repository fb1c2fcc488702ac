package local

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
)

// Limits of the PostgreSQL child.
const (
	postgresStartTimeout = 60 * time.Second // includes recovery after a crash
	postgresFastStop     = 20 * time.Second // sessions cut, everything flushed
	postgresQuickStop    = 5 * time.Second  // no flush; the next start recovers
	postgresPollEvery    = 20 * time.Millisecond
	postgresPortAttempts = 3        // another process may take the port we found free
	postgresLogLimit     = 10 << 20 // bytes; a larger log is set aside at start
)

const (
	superUser       = "postgres"
	appLogin        = "showcase"
	defaultDatabase = "showcase"
)

// PostgresConfig says where a private server keeps its data and how it runs.
type PostgresConfig struct {
	Dir      string            // taken with LockDir; made when missing
	Port     int               // on 127.0.0.1; 0 = a free one
	Database string            // made when missing; empty = "showcase"
	Settings map[string]string // server settings over the defaults, e.g. fsync=off for tests
	Binaries Binaries          // zero = FindPostgres
}

// Postgres is a running private server. It listens on 127.0.0.1 only and takes only SCRAM passwords.
type Postgres struct {
	cfg     PostgresConfig
	servant servant
	child   *child
	port    int
	super   string // password of the superuser
	app     string // password of the application's login role
	release func() error
}

// StartPostgres starts the server of cfg.Dir, making it first when there is none, and returns once it
// answers. The context bounds the start only; the server runs until Stop or until this process ends.
// A server that an earlier, killed process left behind in the directory is stopped first.
//
// Errors: ErrNoPostgres without binaries, ErrDirInUse when another process runs this directory.
func StartPostgres(ctx context.Context, cfg PostgresConfig) (*Postgres, error) {
	p, err := preparePostgres(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := p.bringUp(ctx); err != nil {
		_ = p.release()
		return nil, err
	}
	return p, nil
}

func preparePostgres(ctx context.Context, cfg PostgresConfig) (*Postgres, error) {
	var err error
	if cfg.Dir, err = filepath.Abs(cfg.Dir); err != nil {
		return nil, fmt.Errorf("resolve directory: %w", err)
	}
	if cfg.Database == "" {
		cfg.Database = defaultDatabase
	}
	if cfg.Binaries.Dir == "" {
		if cfg.Binaries, err = FindPostgres(ctx); err != nil {
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
	release, err := LockDir(cfg.Dir)
	if err != nil {
		return nil, err
	}
	return &Postgres{cfg: cfg, servant: who, release: release}, nil
}

func (p *Postgres) bringUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, postgresStartTimeout)
	defer cancel()
	var err error
	if p.super, err = secretFile(p.path("superuser.password")); err != nil {
		return err
	}
	if p.app, err = secretFile(p.path("app.password")); err != nil {
		return err
	}
	if err := p.initOnce(ctx); err != nil {
		return err
	}
	if err := stopOrphan(ctx, p.path("data")); err != nil {
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

func (p *Postgres) path(name string) string { return filepath.Join(p.cfg.Dir, name) }

// launchOnPort starts the server and waits for its first answer, on another port when the one found free
// was taken in between.
func (p *Postgres) launchOnPort(ctx context.Context) error {
	var err error
	for range postgresPortAttempts {
		if p.port = p.cfg.Port; p.port == 0 {
			if p.port, err = freePort(ctx); err != nil {
				return err
			}
		}
		if err = p.launch(ctx); err == nil || ctx.Err() != nil || p.cfg.Port != 0 {
			return err
		}
	}
	return err
}

func (p *Postgres) launch(ctx context.Context) error {
	log, err := openLog(p.path("postgres.log"))
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
	if p.child, err = startChild(cmd, syscall.SIGQUIT); err != nil {
		return fmt.Errorf("start PostgreSQL: %w", err)
	}
	if err := p.awaitReady(ctx); err != nil {
		_ = p.halt()
		return fmt.Errorf("PostgreSQL in %s does not answer: %w; the end of its log:\n%s",
			p.cfg.Dir, err, tail(p.path("postgres.log")))
	}
	return nil
}

// command prepares one of the server programs on a data directory, as the servant when we are root.
func (p *Postgres) command(program, data string, args ...string) (*exec.Cmd, func(), error) {
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
func (p *Postgres) settingArgs() []string {
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

func (p *Postgres) awaitReady(ctx context.Context) error {
	ticker := time.NewTicker(postgresPollEvery)
	defer ticker.Stop()
	for {
		err := p.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.child.done:
			return fmt.Errorf("it ended: %w", exitCause(p.child.err))
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-ticker.C:
		}
	}
}

// Stop ends the server: sessions are cut and everything is flushed; after 20 s it is ended without a flush,
// which loses nothing either but makes the next start slower.
func (p *Postgres) Stop() error {
	return errors.Join(p.halt(), p.release())
}

func (p *Postgres) halt() error {
	_, err := p.child.stop(
		stopStep{syscall.SIGINT, postgresFastStop},
		stopStep{syscall.SIGQUIT, postgresQuickStop},
		stopStep{syscall.SIGKILL, postgresQuickStop},
	)
	if err != nil {
		return fmt.Errorf("stop PostgreSQL: %w", err)
	}
	return nil
}

// Done is closed when the server has ended, whoever ended it.
func (p *Postgres) Done() <-chan struct{} { return p.child.done }

// SuperURL connects as the superuser, who owns the schema. It holds a password.
func (p *Postgres) SuperURL() string { return p.url(superUser, p.super, p.cfg.Database) }

// AppURL connects as the application's login role, which exists after EnsureAppRole. It holds a password.
func (p *Postgres) AppURL() string { return p.url(appLogin, p.app, p.cfg.Database) }

func (p *Postgres) url(user, password, database string) string {
	u := url.URL{
		Scheme:   "postgres",
		User:     url.UserPassword(user, password),
		Host:     "127.0.0.1:" + strconv.Itoa(p.port),
		Path:     "/" + database,
		RawQuery: "sslmode=disable",
	}
	return u.String()
}
