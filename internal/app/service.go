package app

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strconv"

	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/internal/sdnotify"
)

// service is the process as systemd sees it: ready when its API answers, or at once without one, and alive for as long
// as the API answers itself.
type service struct {
	systemd sdnotify.Notifier
	ready   chan struct{} // closed once the process does its work
	health  string        // address to ask; empty without an API. Read only after ready
}

func closedNow() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

// waitForAPI says that the process is ready no sooner than answersAt is called.
func (s *service) waitForAPI() { s.ready = make(chan struct{}) }

// answersAt says where the API listens.
func (s *service) answersAt(addr net.Addr) {
	if tcp, ok := addr.(*net.TCPAddr); ok {
		s.health = "http://" + net.JoinHostPort(local(tcp.IP), strconv.Itoa(tcp.Port)) + "/healthz"
	}
	close(s.ready)
}

// local is the address at which a listener is reached from its own machine.
func local(ip net.IP) string {
	if ip == nil || ip.IsUnspecified() {
		return "127.0.0.1"
	}
	return ip.String()
}

// tell keeps systemd informed: of readiness, of the end's beginning when ctx ends, and of life until over ends, since what
// runs may still be finished.
func (s *service) tell(ctx, over context.Context) error {
	select {
	case <-s.ready:
	case <-ctx.Done():
		return nil
	case <-over.Done():
		return nil
	}
	if err := s.systemd.Ready(ctx); err != nil {
		return err
	}
	g, over := errgroup.WithContext(over)
	g.Go(func() error {
		return s.systemd.Watch(over, func(bounded context.Context) error {
			if ctx.Err() != nil {
				return nil //nolint:nilerr // the API is closing, and that is no illness
			}
			return s.probe(bounded)
		})
	})
	g.Go(func() error {
		select {
		case <-ctx.Done():
			return s.systemd.Stopping(ctx)
		case <-over.Done():
			return nil
		}
	})
	return g.Wait()
}

// probe asks the API whether it lives.
func (s *service) probe(ctx context.Context) error {
	if s.health == "" {
		return nil
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.health, http.NoBody)
	if err != nil {
		return fmt.Errorf("make request to oneself: %w", err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return fmt.Errorf("ask oneself: %w", err)
	}
	res.Body.Close()
	if res.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("ask oneself: %s", res.Status)
	}
	return nil
}
