package httpapi_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/handlers/httpapi"
)

type running struct {
	t    *testing.T
	base string
	stop context.CancelFunc
	done chan error
}

func serve(t *testing.T, cfg httpapi.ServerConfig) *running {
	t.Helper()
	on, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Log = slog.New(slog.DiscardHandler)
	ctx, stop := context.WithCancel(t.Context())
	r := &running{t: t, base: "http://" + on.Addr().String(), stop: stop, done: make(chan error, 1)}
	go func() { r.done <- httpapi.NewServer(cfg).Run(ctx, on) }()
	return r
}

// get uses a connection of its own.
func (r *running) get(path string) (int, error) {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.base+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	transport := &http.Transport{DisableKeepAlives: true}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestServerDrains(t *testing.T) {
	t.Parallel()
	entered, finish, drained := make(chan struct{}), make(chan struct{}), make(chan struct{})
	mux := http.NewServeMux()
	mux.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) { close(entered); <-finish })
	mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
	r := serve(t, httpapi.ServerConfig{Handler: mux, Drain: func() { close(drained) }, Notice: 200 * time.Millisecond, Finish: 10 * time.Second})
	slow := make(chan int, 1)
	go func() {
		status, err := r.get("/slow")
		if err != nil {
			status = -1
		}
		slow <- status
	}()
	<-entered
	r.stop()
	<-drained
	if status, err := r.get("/"); status != 200 || err != nil {
		t.Errorf("while a balancer may not know yet: %d, %v", status, err)
	}
	until(t, "new connections are refused", func() bool {
		_, err := r.get("/")
		return err != nil
	})
	select {
	case err := <-r.done:
		t.Errorf("ended with a request running: %v", err)
	default:
	}
	close(finish)
	if status := <-slow; status != 200 {
		t.Errorf("the request that ran: %d", status)
	}
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}

func TestServerCutsOffWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	entered := make(chan struct{})
	r := serve(t, httpapi.ServerConfig{Handler: http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
		close(entered)
		<-req.Context().Done()
	}), Finish: 50 * time.Millisecond})
	go func() { _, _ = r.get("/") }() // it fails, which is the point
	<-entered
	r.stop()
	if err := <-r.done; err == nil || !strings.Contains(err.Error(), "cut off") {
		t.Errorf("got %v", err)
	}
}

func TestServerSaysThatItCannotServe(t *testing.T) {
	t.Parallel()
	on, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if err := on.Close(); err != nil {
		t.Fatal(err)
	}
	if err := httpapi.NewServer(httpapi.ServerConfig{Log: slog.New(slog.DiscardHandler)}).Run(t.Context(), on); err == nil {
		t.Error("no error")
	}
}
