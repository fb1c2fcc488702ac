package httpapi

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

// Limits of a connection. Handlers that need longer say so themselves (incoming.go, media.go).
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = 60 * time.Second  // of a request with its body
	writeTimeout      = 60 * time.Second  // from the headers to the end of the answer
	idleTimeout       = 120 * time.Second // longer than a balancer's 60 s, so that it is never we who close first
	maxHeaderBytes    = 32 << 10
)

// ServerConfig is what a Server needs.
type ServerConfig struct {
	Handler http.Handler
	Drain   func()        // called first at shutdown; readiness fails from then on. May be nil
	Notice  time.Duration // how long a balancer may take to see that; requests are answered all the while
	Finish  time.Duration // how long requests that run may then take to end; the rest is cut off
	Log     *slog.Logger
}

// Server answers HTTP on a listener until it is told to stop, and then in order.
type Server struct{ cfg ServerConfig }

// NewServer makes a Server.
func NewServer(cfg ServerConfig) *Server { return &Server{cfg: cfg} }

// Run serves until ctx ends, then drains: readiness fails, Notice passes, requests that run end within Finish.
// It closes the listener. Nil says that everybody was answered.
func (s *Server) Run(ctx context.Context, on net.Listener) error {
	server := &http.Server{
		Handler: s.cfg.Handler, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout,
		WriteTimeout: writeTimeout, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		ErrorLog: slog.NewLogLogger(s.cfg.Log.Handler(), slog.LevelDebug), // what strangers do to a connection
	}
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(on) }()
	select {
	case err := <-ended:
		return fmt.Errorf("serve on %s: %w", on.Addr(), err)
	case <-ctx.Done():
	}
	if s.cfg.Drain != nil {
		s.cfg.Drain()
	}
	s.wait(ended)
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.cfg.Finish)
	defer cancel()
	err := server.Shutdown(finish)
	if err != nil {
		err = errors.Join(fmt.Errorf("requests were cut off: %w", err), server.Close())
	}
	if served := <-ended; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}

// wait lets Notice pass, unless the server fails meanwhile.
func (s *Server) wait(ended chan error) {
	notice := time.NewTimer(s.cfg.Notice)
	defer notice.Stop()
	select {
	case <-notice.C:
	case err := <-ended:
		ended <- err
	}
}
