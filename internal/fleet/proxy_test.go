package fleet

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync"
	"testing"
)

// mood is what a proxy does with requests.
type mood int

const (
	passes mood = iota
	fails       // answers 500
	hangs       // does not answer at all until the mood changes
)

// proxy stands before a service that the fleet uses.
type proxy struct {
	URL string

	mu      sync.Mutex
	mood    mood
	changed chan struct{} // closed when the mood changes
}

// newProxy starts a proxy; the Host that a client signed for is passed on as it is.
func newProxy(t *testing.T, target string) *proxy {
	t.Helper()
	to, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{changed: make(chan struct{})}
	forward := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = r.In.Host },
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) {
			w.WriteHeader(http.StatusBadGateway)
		},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p.admit(r.Context()) {
			forward.ServeHTTP(w, r)
			return
		}
		w.WriteHeader(http.StatusInternalServerError)
	}))
	t.Cleanup(func() { p.set(fails); server.CloseClientConnections(); server.Close() })
	p.URL = server.URL
	return p
}

func (p *proxy) set(m mood) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.mood = m
	close(p.changed)
	p.changed = make(chan struct{})
}

// admit waits while the service hangs, and says whether the request is passed on.
func (p *proxy) admit(ctx context.Context) bool {
	for {
		p.mu.Lock()
		m, changed := p.mood, p.changed
		p.mu.Unlock()
		if m != hangs {
			return m == passes
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return false
		}
	}
}
