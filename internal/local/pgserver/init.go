package pgserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/rising-stars/showcase/internal/local/child"
	"github.com/rising-stars/showcase/internal/local/datadir"
)

const (
	orphanPatience = 10 * time.Second // an orphan was told to end when its parent died
)

// initOnce makes the data directory when there is none. It is made under another name and renamed when it
// is complete, so that a killed start is simply done again.
func (p *Server) initOnce(ctx context.Context) error {
	data := p.path("data")
	if _, err := os.Stat(filepath.Join(data, "PG_VERSION")); err == nil {
		return p.checkVersion(data)
	}
	halves, _ := filepath.Glob(p.path("half-*"))
	for _, half := range halves {
		if err := os.RemoveAll(half); err != nil {
			return fmt.Errorf("remove half-made data: %w", err)
		}
	}
	half, err := os.MkdirTemp(p.cfg.Dir, "half-")
	if err != nil {
		return fmt.Errorf("make data directory: %w", err)
	}
	if err := p.initdb(ctx, half); err != nil {
		return err
	}
	if err := os.Rename(half, data); err != nil {
		return fmt.Errorf("name data directory: %w", err)
	}
	return nil
}

func (p *Server) checkVersion(data string) error {
	raw, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if err != nil {
		return fmt.Errorf("read version of the data: %w", err)
	}
	if made := strings.TrimSpace(string(raw)); made != strconv.Itoa(p.cfg.Binaries.Major) {
		return fmt.Errorf("%s was made by PostgreSQL %s and the server found is %s (in %s): "+
			"set PGBIN to the programs of version %s, or dump with those and restore into a new directory",
			data, made, p.cfg.Binaries.Version, p.cfg.Binaries.Dir, made)
	}
	return p.servant.own(data)
}

func (p *Server) initdb(ctx context.Context, data string) error {
	pwFile := p.path("initdb.password")
	if err := datadir.WriteWhole(pwFile, []byte(p.super+"\n")); err != nil {
		return fmt.Errorf("write password for initdb: %w", err)
	}
	defer os.Remove(pwFile)
	if err := errors.Join(p.servant.own(data), p.servant.own(pwFile)); err != nil {
		return fmt.Errorf("give data to user %s: %w", p.servant.name, err)
	}
	pw, err := os.Open(pwFile)
	if err != nil {
		return fmt.Errorf("open password for initdb: %w", err)
	}
	defer pw.Close()
	if p.servant.dropped() {
		pwFile = inheritedFile
	}
	args := []string{"-U", superUser, "-A", "scram-sha-256", "--pwfile", pwFile, "-E", "UTF8", "--no-locale"}
	if p.cfg.Settings["fsync"] == "off" {
		args = append(args, "--no-sync")
	}
	cmd, closeFiles, err := p.command("initdb", data, args...)
	if err != nil {
		return err
	}
	defer closeFiles()
	if p.servant.dropped() {
		cmd.ExtraFiles = append(cmd.ExtraFiles, pw)
	}
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = quickStop // a grandchild may hold the pipe
	c, err := child.Start(cmd, syscall.SIGKILL)
	if err != nil {
		return fmt.Errorf("start initdb: %w", err)
	}
	return awaitInitdb(ctx, c, &out)
}

func awaitInitdb(ctx context.Context, c *child.Process, out *bytes.Buffer) error {
	select {
	case <-c.Done():
	case <-ctx.Done():
		err := c.Stop(child.Step{Signal: syscall.SIGKILL, Wait: quickStop})
		return errors.Join(fmt.Errorf("initdb: %w", ctx.Err()), err)
	}
	if !c.Clean() {
		return fmt.Errorf("initdb: %w:\n%s", c.Err(), child.Tail(out.Bytes()))
	}
	return nil
}

// stopOrphan ends a server that a killed process of ours left in the data directory. We hold the lock of
// the directory, so nobody else can be using it. A pid file whose process is gone, or is something else
// by now, is removed: the server would refuse to start over the latter.
func stopOrphan(ctx context.Context, data string) error {
	pidFile := filepath.Join(data, "postmaster.pid")
	raw, err := os.ReadFile(pidFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read pid of a former server: %w", err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(line))
	if err == nil && pid > 1 {
		if err := endServer(ctx, pid, data); err != nil {
			return err
		}
	}
	if err := os.Remove(pidFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("remove pid of a former server: %w", err)
	}
	return nil
}

func endServer(ctx context.Context, pid int, data string) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL} {
		patience := time.NewTimer(orphanPatience)
		_ = signalServer(pid, data, sig)
		for waiting := true; waiting; {
			if !child.WorksIn(pid, data) {
				patience.Stop()
				return nil
			}
			select {
			case <-ticker.C:
			case <-patience.C:
				waiting = false
			case <-ctx.Done():
				patience.Stop()
				return fmt.Errorf("wait for the former server %d: %w", pid, ctx.Err())
			}
		}
	}
	return fmt.Errorf("the former server, process %d, in %s: %w", pid, data, child.ErrWontStop)
}

func signalServer(pid int, data string, sig syscall.Signal) error {
	if !child.WorksIn(pid, data) {
		return nil
	}
	return syscall.Kill(pid, sig)
}
