package httpapi

import (
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/rising-stars/showcase/events"
)

// API is the handler of all routes.
type API struct {
	top  http.Handler
	api  *api
	cors cors
}

// api is what the handlers share.
type api struct {
	Config
	pages    *briefly[pageKey, page]
	asked    *briefly[pageKey, page] // pages of public videos in a visitor's own order or of a search, and of the past
	shelves  *briefly[struct{}, *shelf]
	oldShelf atomic.Pointer[shelf]
	stored   *briefly[events.ID, stored]
	ready    *briefly[struct{}, readiness]
	slots    chan struct{} // one per upload that runs
	csrf     *http.CrossOriginProtection
	draining atomic.Bool
	quiet    atomic.Uint64 // counts what is logged once in LogEvery
	spec     asset
	manual   asset
}

// New makes the API. It starts nothing.
func New(cfg Config) (*API, error) {
	a := &api{
		Config:  cfg,
		pages:   newBriefly[pageKey, page](cfg.Now, pageTTL, maxPages),
		asked:   newBriefly[pageKey, page](cfg.Now, pageTTL, maxPages),
		stored:  newBriefly[events.ID, stored](cfg.Now, storedTTL, maxStored),
		shelves: newBriefly[struct{}, *shelf](cfg.Now, shelfTTL, 1),
		ready:   newBriefly[struct{}, readiness](cfg.Now, readyTTL, 1),
		slots:   make(chan struct{}, cfg.MaxUploads),
		csrf:    http.NewCrossOriginProtection(),
	}
	a.PublicURL = strings.TrimRight(cfg.PublicURL, "/")
	for _, origin := range cfg.AllowedOrigins {
		if err := a.csrf.AddTrustedOrigin(origin); err != nil {
			return nil, fmt.Errorf("allow origin %q: %w", origin, err)
		}
	}
	var err error
	if a.spec, a.manual, err = newAssets(a.PublicURL); err != nil {
		return nil, fmt.Errorf("read the API description: %w", err)
	}
	return &API{top: a.router(), api: a, cors: newCORS(cfg.AllowedOrigins)}, nil
}

// Drain makes readiness fail from now on, so that a balancer sends no more requests; those that come are answered.
func (h *API) Drain() { h.api.draining.Store(true) }

// ServeHTTP answers one request. A slash at the end of the path is as good as none.
func (h *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.cors.answered(w, r) {
		return
	}
	if n := len(r.URL.Path); n > 1 && r.URL.Path[n-1] == '/' {
		r = withoutSlash(r)
	}
	h.top.ServeHTTP(w, r)
}

func withoutSlash(r *http.Request) *http.Request {
	u := *r.URL
	u.Path = strings.TrimSuffix(u.Path, "/")
	u.RawPath = strings.TrimSuffix(u.RawPath, "/")
	copied := *r
	copied.URL = &u
	return &copied
}
