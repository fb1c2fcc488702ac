// Package s3gateway runs versitygw, an S3 server on plain files, as a child of this process. It is for the
// local mode and for tests, and must never be part of a deployment.
//
// The gateway changes its working directory and keeps global state, so it cannot share our process: the
// program starts itself once more, and RunIfChild, called first thing in main, makes that second copy the
// gateway. It verifies every signature and listens on loopback only.
//
//	kill -9 of this process   the gateway ends: its input closes, and on Linux it is signalled
//	the gateway dies          Done closes and Err says why; it is not started again here
//	a write under way         is not there afterwards: objects get their name when they are whole
package s3gateway

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/rising-stars/showcase/internal/local/child"
	"github.com/rising-stars/showcase/internal/local/datadir"
)

// Limits of the gateway.
const (
	startTimeout   = 30 * time.Second
	stopTimeout    = 10 * time.Second // requests under way may finish
	killTimeout    = 5 * time.Second
	pingTimeout    = time.Second
	pollEvery      = 20 * time.Millisecond
	portAttempts   = 3       // another process may take the port we found free
	maxConnections = 1024    // at once
	maxRequests    = 512     // at once
	maxParts       = 10_000  // of a multipart upload, as S3
	maxCopyBytes   = 5 << 30 // of a server-side copy, as S3; unset it would be none
)

// healthPath cannot be the name of a bucket.
const healthPath = "/_gateway"

// ErrNotChildReady says that the program cannot start a second copy of itself as the gateway.
var ErrNotChildReady = errors.New("the program does not call s3gateway.RunIfChild first thing in main")

// Config says where a gateway keeps its objects.
type Config struct {
	Dir    string // taken with datadir.Lock; made when missing
	Port   int    // on 127.0.0.1; 0 = a free one
	Region string // that signatures must name; empty = us-east-1
}

// Server is a running gateway.
type Server struct {
	cfg       Config
	child     *child.Process
	input     io.Closer // the gateway ends when this does
	port      int
	accessKey string
	secretKey string
	release   func() error
}

// Start starts the gateway of cfg.Dir and returns once it answers. The context bounds the start only; the
// gateway runs until Stop or until this process ends. Its credentials are random, kept in files (0600) and
// the same at every start.
//
// Errors: ErrNotChildReady, and datadir.ErrInUse when another process runs this directory.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if !childReady.Load() {
		return nil, ErrNotChildReady
	}
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	var err error
	if cfg.Dir, err = filepath.Abs(cfg.Dir); err != nil {
		return nil, fmt.Errorf("resolve directory: %w", err)
	}
	release, err := datadir.Lock(cfg.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{cfg: cfg, release: release}
	if err := s.bringUp(ctx); err != nil {
		return nil, errors.Join(err, release())
	}
	return s, nil
}

func (s *Server) bringUp(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := makeDirs(s.cfg.Dir); err != nil {
		return err
	}
	var err error
	if s.accessKey, err = datadir.Secret(filepath.Join(s.cfg.Dir, accessFile)); err != nil {
		return err
	}
	if s.secretKey, err = datadir.Secret(filepath.Join(s.cfg.Dir, secretFile)); err != nil {
		return err
	}
	for range portAttempts {
		if s.port = s.cfg.Port; s.port == 0 {
			if s.port, err = child.FreePort(ctx); err != nil {
				return err
			}
		}
		if err = s.launch(ctx); !child.PortTaken(err) || s.cfg.Port != 0 {
			return err
		}
	}
	return err
}

func (s *Server) launch(ctx context.Context) error {
	logPath := filepath.Join(s.cfg.Dir, "gateway.log")
	log, err := child.OpenLog(logPath)
	if err != nil {
		return fmt.Errorf("open gateway log: %w", err)
	}
	defer log.Close()
	self, err := selfPath()
	if err != nil {
		return fmt.Errorf("find own program: %w", err)
	}
	order, err := childOrder{Dir: s.cfg.Dir, Port: s.port, Region: s.cfg.Region}.encode()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Args[0] = "showcase-s3-gateway"
	cmd.Env = []string{childEnv + "=" + order, "PATH=" + os.Getenv("PATH")} // none of our keys
	cmd.Stdout, cmd.Stderr = log, log
	if s.input, err = cmd.StdinPipe(); err != nil {
		return fmt.Errorf("open input of the gateway: %w", err)
	}
	if s.child, err = child.Start(cmd, syscall.SIGKILL); err != nil {
		return fmt.Errorf("start S3 gateway: %w", err)
	}
	if err := s.awaitReady(ctx); err != nil {
		_ = s.halt()
		return fmt.Errorf("S3 gateway in %s does not answer: %w; the end of its log:\n%s", s.cfg.Dir, err, child.LogTail(logPath))
	}
	return nil
}

// selfPath names our own program even when its file has been replaced since we started.
func selfPath() (string, error) {
	if runtime.GOOS == "linux" {
		return "/proc/self/exe", nil
	}
	return os.Executable()
}

func (s *Server) awaitReady(ctx context.Context) error {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	client := &http.Client{Timeout: pingTimeout, Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		err := ping(ctx, client, s.URL()+healthPath)
		if err == nil {
			return nil
		}
		select {
		case <-s.child.Done():
			return fmt.Errorf("it ended: %w", s.child.Err())
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-ticker.C:
		}
	}
}

func ping(ctx context.Context, client *http.Client, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("status %d", res.StatusCode)
	}
	return nil
}

// Stop lets requests under way finish for at most 10 s and ends the gateway.
func (s *Server) Stop() error {
	return errors.Join(s.halt(), s.release())
}

func (s *Server) halt() error {
	err := s.child.Stop(
		child.Step{Signal: syscall.SIGTERM, Wait: stopTimeout},
		child.Step{Signal: syscall.SIGKILL, Wait: killTimeout},
	)
	_ = s.input.Close()
	if err != nil {
		return fmt.Errorf("stop S3 gateway: %w", err)
	}
	return nil
}

// URL is the endpoint, for path-style addressing.
func (s *Server) URL() string { return "http://127.0.0.1:" + strconv.Itoa(s.port) }

// AccessKey names the root account.
func (s *Server) AccessKey() string { return s.accessKey }

// SecretKey signs for the root account.
func (s *Server) SecretKey() string { return s.secretKey }

// Done is closed when the gateway has ended, whoever ended it.
func (s *Server) Done() <-chan struct{} { return s.child.Done() }

// Err says how the gateway ended. It waits for the end.
func (s *Server) Err() error { return s.child.Err() }

var childReady atomic.Bool
