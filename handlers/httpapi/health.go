package httpapi

import (
	"context"
	"net/http"
	"time"
)

const (
	readyTTL   = 500 * time.Millisecond
	readyLimit = 2 * time.Second
)

// Check is one thing that readiness looks at.
type Check struct {
	Name     string
	Required bool // the instance takes no requests while it fails
	// Probe says how it is, in words that anybody may read, and whether that is good. It answers within 2 s.
	Probe func(ctx context.Context) (detail string, ok bool)
}

type readiness struct {
	Status string            `json:"status"` // ready, draining or unready
	Checks map[string]string `json:"checks"`
}

type liveness struct {
	Status string `json:"status"`
}

// healthz answers GET /healthz: the process is there. It asks nobody else, so that a database that is away does not get
// every instance replaced.
func (a *api) healthz(w *reply, _ *http.Request) error {
	return writeJSON(w, http.StatusOK, liveness{"ok"})
}

// readyz answers GET /readyz: 200 when requests are welcome, else 503.
func (a *api) readyz(w *reply, r *http.Request) error {
	out, err := a.ready.get(r.Context(), struct{}{}, a.probe)
	if err != nil {
		return err
	}
	if a.draining.Load() {
		out.Status = "draining"
	}
	status := http.StatusOK
	if out.Status != "ready" {
		status = http.StatusServiceUnavailable
		w.Header().Set("Retry-After", "1")
	}
	return writeJSON(w, status, out)
}

func (a *api) probe(ctx context.Context) (readiness, error) {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	out := readiness{Status: "ready", Checks: map[string]string{}}
	for _, c := range a.Checks {
		detail, ok := c.Probe(ctx)
		if detail == "" {
			detail = "ok"
		}
		out.Checks[c.Name] = detail
		if !ok && c.Required {
			out.Status = "unready"
		}
	}
	return out, nil
}
