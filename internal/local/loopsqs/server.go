package loopsqs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Config of a server.
type Config struct {
	Dir    string           // holds the journal; made when missing; one server at a time, the caller sees to that
	Addr   string           // host:port to listen on, loopback only; empty = 127.0.0.1 and a free port
	Region string           // in ARNs; empty = us-east-1
	Chaos  Chaos            // zero = none
	NoSync bool             // skip fsync: what was answered survives kill -9 but not the loss of power
	Now    func() time.Time // clock
	Log    *slog.Logger     // nil = silent
}

// ErrNotLoopback is the refusal to listen where other machines could connect.
var ErrNotLoopback = errors.New("the local queue server listens on loopback only")

// Server is a running server.
type Server struct {
	cfg    Config
	broker *broker
	dice   *dice
	http   *http.Server

	closing chan struct{} // closed first: long polls end
	once    sync.Once
	done    chan struct{} // closed when both goroutines have ended
	err     error         // why, when nobody called Close; read only after done
}

// Start reads the journal of cfg.Dir, compacts it, and serves until Close. The context bounds the start only.
func Start(ctx context.Context, cfg Config) (*Server, error) {
	if cfg.Region == "" {
		cfg.Region = "us-east-1"
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	d := newDice(cfg.Chaos)
	s := &Server{
		cfg:     cfg,
		broker:  newBroker(cfg.Region, cfg.Now, d),
		dice:    d,
		closing: make(chan struct{}),
		done:    make(chan struct{}),
	}
	if err := s.openJournal(); err != nil {
		return nil, err
	}
	listener, err := listen(ctx, cfg.Addr)
	if err != nil {
		_ = s.broker.journal.file.Close()
		return nil, err
	}
	s.broker.base = "http://" + listener.Addr().String()
	s.http = &http.Server{
		Handler:           s,
		ReadHeaderTimeout: headerLimit,
		ReadTimeout:       readLimit,
		ErrorLog:          slog.NewLogLogger(cfg.Log.Handler(), slog.LevelDebug),
	}
	go s.run(listener)
	return s, nil
}

func (s *Server) openJournal() error {
	if err := os.MkdirAll(s.cfg.Dir, 0o700); err != nil {
		return fmt.Errorf("make queue directory: %w", err)
	}
	path := filepath.Join(s.cfg.Dir, journalFile)
	now := s.broker.now()
	dropped, err := replay(path, func(r record) { s.broker.apply(r, now) })
	if err != nil {
		return fmt.Errorf("read queue journal: %w", err)
	}
	if dropped > 0 {
		s.cfg.Log.Warn("the queue journal had a torn end", slog.Int64("dropped_bytes", dropped))
	}
	s.broker.journal = newJournal(s.cfg.Dir, !s.cfg.NoSync, s.snapshot)
	if _, err := s.broker.journal.compact(); err != nil {
		return fmt.Errorf("compact queue journal: %w", err)
	}
	return nil
}

func (s *Server) snapshot() (frames []byte, upTo uint64) {
	s.broker.mu.Lock()
	defer s.broker.mu.Unlock()
	s.broker.snapshot(func(r record) { frames = frame(frames, r) })
	_, upTo = s.broker.journal.take()
	return frames, upTo
}

func listen(ctx context.Context, addr string) (net.Listener, error) {
	if addr == "" {
		addr = "127.0.0.1:0"
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("queue address: %w", err)
	}
	if !isLoopback(host) {
		return nil, fmt.Errorf("%w, not on %q", ErrNotLoopback, addr)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen for queue clients: %w", err)
	}
	return l, nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// run owns both goroutines: the journal's writer and the HTTP server. If either ends, the other is ended.
func (s *Server) run(l net.Listener) {
	written := make(chan error, 1)
	go func() {
		err := s.broker.journal.run()
		if err != nil {
			_ = s.http.Close()
		}
		written <- err
	}()
	err := s.http.Serve(l)
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	s.broker.journal.close()
	s.err = errors.Join(err, <-written)
	close(s.done)
}

// URL is the endpoint for clients, without a path.
func (s *Server) URL() string { return s.broker.base }

// Done is closed when the server has ended, by Close or by itself.
func (s *Server) Done() <-chan struct{} { return s.done }

// Err says why the server ended by itself; nil after Close. It waits for the end.
func (s *Server) Err() error {
	<-s.done
	return s.err
}

// Close ends long polls, waits for requests under way for at most 5 s (or as long as ctx allows), and has
// everything written. It returns why the server ended if it had ended by itself.
func (s *Server) Close(ctx context.Context) error {
	var err error
	s.once.Do(func() {
		close(s.closing)
		ctx, cancel := context.WithTimeout(ctx, closeLimit)
		defer cancel()
		if err = s.http.Shutdown(ctx); err != nil {
			err = errors.Join(err, s.http.Close())
		}
	})
	<-s.done
	return errors.Join(err, s.err)
}

// settle waits until all that was changed so far is on disk.
func (s *Server) settle(ctx context.Context) error {
	return s.broker.journal.settled(ctx.Done())
}

// holdBack is the chaos of a slow network.
func (s *Server) holdBack(ctx context.Context) {
	wait := s.dice.upTo(s.cfg.Chaos.Delay)
	if wait == 0 {
		return
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	case <-s.closing:
	}
}

func readAll(w http.ResponseWriter, r *http.Request) ([]byte, error) {
	raw, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	if _, tooLong := errors.AsType[*http.MaxBytesError](err); tooLong {
		return nil, errBatchTooLong
	}
	return raw, err
}
