package httpapi_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/handlers/httpapi"
)

// sink is a response writer that keeps nothing.
type sink struct {
	header http.Header
	status int
}

func (s *sink) Header() http.Header         { return s.header }
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }
func (s *sink) WriteHeader(status int)      { s.status = status }

// anyBallot takes every vote.
type anyBallot struct{}

func (anyBallot) CastBallot(context.Context, events.Metadata, events.ID, events.ID, string) error {
	return nil
}

// These two tell what the edge itself costs: no connection, no database, one line logged in a hundred.
func edge(b *testing.B) *service {
	b.Helper()
	return start(b, func(c *httpapi.Config) {
		c.Ballots, c.LogEvery, c.Log = anyBallot{}, 100, slog.New(slog.DiscardHandler)
	})
}

func measure(b *testing.B, s *service, r *http.Request) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		w := sink{header: http.Header{}}
		if s.api.ServeHTTP(&w, r); w.status != http.StatusOK {
			b.Fatalf("status %d", w.status)
		}
	}
}

func BenchmarkVote(b *testing.B) {
	s := edge(b)
	_, token := s.join("ana")
	r := httptest.NewRequestWithContext(b.Context(), http.MethodPost, "/api/public/videos/"+newID().String()+"/vote", http.NoBody)
	r.Header.Set("Authorization", "Bearer "+token)
	measure(b, s, r)
}

func BenchmarkRankings(b *testing.B) {
	s := edge(b)
	measure(b, s, httptest.NewRequestWithContext(b.Context(), http.MethodGet, "/api/public/rankings?limit=50", http.NoBody))
}
