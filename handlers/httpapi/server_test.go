package httpapi_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rising-stars/showcase/handlers/httpapi"
)

// wires is a listener within the process: who waits on its connections waits by synctest's clock.
type wires struct {
	waiting chan net.Conn
	closed  chan struct{}
	once    sync.Once
}

func newWires() *wires { return &wires{waiting: make(chan net.Conn), closed: make(chan struct{})} }

func (w *wires) Accept() (net.Conn, error) {
	select {
	case c := <-w.waiting:
		return c, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wires) dial(context.Context, string, string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case w.waiting <- far:
		return near, nil
	case <-w.closed:
		return nil, net.ErrClosed
	}
}

func (w *wires) Close() error {
	w.once.Do(func() { close(w.closed) })
	return nil
}

func (w *wires) Addr() net.Addr { return &net.UnixAddr{Name: "wires", Net: "unix"} }

type running struct {
	t    *testing.T
	on   *wires
	stop context.CancelFunc
	done chan error
}

func serve(t *testing.T, cfg httpapi.ServerConfig) *running {
	t.Helper()
	cfg.Log = slog.New(slog.DiscardHandler)
	ctx, stop := context.WithCancel(t.Context())
	r := &running{t: t, on: newWires(), stop: stop, done: make(chan error, 1)}
	go func() { r.done <- httpapi.NewServer(cfg).Run(ctx, r.on) }()
	return r
}

// get uses a connection of its own.
func (r *running) get(path string) (int, error) {
	req, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, "http://wires"+path, http.NoBody)
	if err != nil {
		return 0, err
	}
	transport := &http.Transport{DisableKeepAlives: true, DialContext: r.on.dial}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return 0, err
	}
	return resp.StatusCode, resp.Body.Close()
}

func TestServerDrains(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entered, finish, drained := make(chan struct{}), make(chan struct{}), make(chan struct{})
		mux := http.NewServeMux()
		mux.HandleFunc("/slow", func(http.ResponseWriter, *http.Request) { close(entered); <-finish })
		mux.HandleFunc("/", func(http.ResponseWriter, *http.Request) {})
		r := serve(t, httpapi.ServerConfig{Handler: mux, Drain: func() { close(drained) }, Notice: 10 * time.Second, Finish: 10 * time.Second})
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
		time.Sleep(9 * time.Second) // by synctest's clock, here and below
		if status, err := r.get("/"); status != 200 || err != nil {
			t.Errorf("while a balancer may not know yet: %d, %v", status, err)
		}
		time.Sleep(2 * time.Second)
		if status, err := r.get("/"); err == nil {
			t.Errorf("after that a new connection is answered %d", status)
		}
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
	})
}

func TestServerCutsOffWhatDoesNotEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		entered := make(chan struct{})
		r := serve(t, httpapi.ServerConfig{Handler: http.HandlerFunc(func(_ http.ResponseWriter, req *http.Request) {
			close(entered)
			<-req.Context().Done()
		}), Finish: 10 * time.Second})
		go func() { _, _ = r.get("/") }() // it fails, which is the point
		<-entered
		r.stop()
		began := time.Now()
		if err := <-r.done; err == nil || !strings.Contains(err.Error(), "cut off") || time.Since(began) != 10*time.Second {
			t.Errorf("got %v after %v", err, time.Since(began))
		}
	})
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
