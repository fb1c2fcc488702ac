package pgserver

import (
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rising-stars/showcase/internal/local/child"
	"github.com/rising-stars/showcase/internal/local/datadir"
)

func TestServerKeepsItsDataOverStopAndStart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir() // 0700: as root this also proves that the directories above need not be opened
	p, err := Start(t.Context(), quick(dir))
	ok(t, err)
	execSQL(t, p.SuperURL(), `CREATE TABLE kept (n int)`, `INSERT INTO kept VALUES (7)`)

	_, err = Start(t.Context(), quick(dir))
	if !errors.Is(err, datadir.ErrInUse) {
		t.Errorf("second start on the directory: %v, want datadir.ErrInUse", err)
	}
	ok(t, p.Stop())
	<-p.Done()

	p, err = Start(t.Context(), quick(dir))
	ok(t, err)
	stopAfter(t, p)
	if got := queryInt(t, p.SuperURL(), `SELECT n FROM kept`); got != 7 {
		t.Errorf("n = %d after a restart, want 7", got)
	}
	for _, secret := range []string{"superuser.password", "app.password"} {
		info, err := os.Stat(filepath.Join(dir, secret))
		ok(t, err)
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, want 0600", secret, info.Mode().Perm())
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "initdb.password")); err == nil {
		t.Error("the password for initdb was left behind")
	}
}

func TestServerSurvivesTheDeathOfItsParent(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	parent, url := startHelper(t, "postgres", dir)
	execSQL(t, url, `CREATE TABLE kept (n int)`, `INSERT INTO kept VALUES (7)`)
	orphan := serverPID(t, dir)

	ok(t, parent.Process.Kill())
	_ = parent.Wait()
	p, err := Start(t.Context(), quick(dir))
	ok(t, err)
	stopAfter(t, p)
	if child.WorksIn(orphan, filepath.Join(dir, "data")) && orphan != serverPID(t, dir) {
		t.Errorf("the former server %d still runs", orphan)
	}
	if got := queryInt(t, p.SuperURL(), `SELECT n FROM kept`); got != 7 {
		t.Errorf("n = %d after kill -9, want 7", got)
	}
}

func TestServerDiesWithItsParent(t *testing.T) {
	t.Parallel()
	if !canDropUser {
		t.Skip("only Linux signals the children of a dead process; elsewhere the next start stops them")
	}
	dir := t.TempDir()
	parent, _ := startHelper(t, "postgres", dir)
	orphan := serverPID(t, dir)
	ok(t, parent.Process.Kill())
	_ = parent.Wait()
	eventually(t, "server ended after kill -9 of its parent", func() bool {
		return !child.WorksIn(orphan, filepath.Join(dir, "data"))
	})
}

func TestServerDeathIsReported(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	p, err := Start(t.Context(), quick(dir))
	ok(t, err)
	ok(t, syscall.Kill(p.child.PID(), syscall.SIGKILL))
	<-p.Done()
	ok(t, p.Stop())
}

func TestStopOrphanSparesForeignProcesses(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	stranger := exec.Command("sleep", "60")
	ok(t, stranger.Start())
	t.Cleanup(func() { _ = stranger.Process.Kill(); _ = stranger.Wait() })
	pidFile := filepath.Join(data, "postmaster.pid")
	ok(t, os.WriteFile(pidFile, []byte(strconv.Itoa(stranger.Process.Pid)+"\n"+data+"\n"), 0o600))

	ok(t, stopOrphan(t.Context(), data))
	if _, err := os.Stat(pidFile); err == nil {
		t.Error("the stale pid file is still there")
	}
	if err := stranger.Process.Signal(syscall.Signal(0)); err != nil {
		t.Errorf("the foreign process was touched: %v", err)
	}
}

func TestStopOrphanEndsAServerOfTheDirectory(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	left := exec.Command("sleep", "60") // on Linux what counts is where it works
	left.Dir = data
	left.Args[0] = "postgres -D " + data
	ok(t, left.Start())
	ended := make(chan error, 1)
	go func() { ended <- left.Wait() }()
	pidFile := filepath.Join(data, "postmaster.pid")
	ok(t, os.WriteFile(pidFile, []byte(strconv.Itoa(left.Process.Pid)+"\n"), 0o600))

	ok(t, stopOrphan(t.Context(), data))
	if err := <-ended; err == nil {
		t.Error("the former server ended by itself")
	}
}

func TestAppRoleHasOnlyWhatTheGroupIsGranted(t *testing.T) {
	t.Parallel()
	p, err := Start(t.Context(), quick(t.TempDir()))
	ok(t, err)
	stopAfter(t, p)
	ok(t, p.EnsureAppRole(t.Context()))
	ok(t, p.EnsureAppRole(t.Context())) // twice is once
	execSQL(t, p.SuperURL(), `CREATE TABLE log (n int)`, `GRANT SELECT, INSERT ON log TO showcase_app`)
	execSQL(t, p.AppURL(), `INSERT INTO log VALUES (1)`)
	for _, forbidden := range []string{`DELETE FROM log`, `TRUNCATE log`, `CREATE ROLE other`} {
		if err := tryExec(t.Context(), p.AppURL(), forbidden); sqlState(err) != "42501" {
			t.Errorf("%s as the application: %v, want insufficient privilege", forbidden, err)
		}
	}
	wrong := strings.Replace(p.SuperURL(), p.super, "wrong", 1)
	if err := tryExec(t.Context(), wrong, `SELECT 1`); sqlState(err) != "28P01" {
		t.Errorf("wrong password: %v, want it refused", err)
	}
}

func TestServerRefusals(t *testing.T) {
	ctx := t.Context()
	t.Run("PGBIN without a server is final and named", func(t *testing.T) {
		t.Setenv("PGBIN", t.TempDir())
		_, err := Start(ctx, quick(t.TempDir()))
		if !errors.Is(err, ErrNotInstalled) || !strings.Contains(err.Error(), "PGBIN") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("data of another version", func(t *testing.T) {
		dir := t.TempDir()
		ok(t, os.Mkdir(filepath.Join(dir, "data"), 0o700))
		ok(t, os.WriteFile(filepath.Join(dir, "data", "PG_VERSION"), []byte("9\n"), 0o600))
		_, err := Start(ctx, quick(dir))
		if err == nil || !strings.Contains(err.Error(), "made by PostgreSQL 9") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a setting the server does not know is shown from its log", func(t *testing.T) {
		cfg := quick(t.TempDir())
		cfg.Settings["no_such_setting"] = "1"
		_, err := Start(ctx, cfg)
		if err == nil || !strings.Contains(err.Error(), "no_such_setting") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a port that is taken", func(t *testing.T) {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		ok(t, err)
		defer l.Close()
		cfg := quick(t.TempDir())
		cfg.Port = portOf(t, l)
		if _, err := Start(ctx, cfg); !child.PortTaken(err) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a cancelled start leaves nothing running and the directory free", func(t *testing.T) {
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		dir := t.TempDir()
		cfg := quick(dir)
		var err error
		cfg.Binaries, err = Find(ctx)
		ok(t, err)
		if _, err := Start(cancelled, cfg); !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
		release, err := datadir.Lock(dir)
		ok(t, err)
		ok(t, release())
	})
}

func stopAfter(t *testing.T, p *Server) {
	t.Helper()
	t.Cleanup(func() {
		if err := p.Stop(); err != nil {
			t.Error(err)
		}
	})
}

func serverPID(t *testing.T, dir string) int {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "data", "postmaster.pid"))
	ok(t, err)
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(line)
	ok(t, err)
	return pid
}

func execSQL(t *testing.T, url string, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if err := tryExec(t.Context(), url, s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func tryExec(ctx context.Context, url, statement string) error {
	return withConn(ctx, url, func(c *pgx.Conn) error {
		_, err := c.Exec(ctx, statement)
		return err
	})
}

func queryInt(t *testing.T, url, query string) (n int) {
	t.Helper()
	ok(t, withConn(t.Context(), url, func(c *pgx.Conn) error {
		return c.QueryRow(t.Context(), query).Scan(&n)
	}))
	return n
}

func sqlState(err error) string {
	if refusal, is := errors.AsType[*pgconn.PgError](err); is {
		return refusal.Code
	}
	return ""
}

func portOf(t *testing.T, l net.Listener) int {
	t.Helper()
	addr, is := l.Addr().(*net.TCPAddr)
	if !is {
		t.Fatalf("listens on %v", l.Addr())
	}
	return addr.Port
}
