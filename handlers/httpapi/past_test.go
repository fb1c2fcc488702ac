package httpapi_test

import (
	"context"
	"testing"
	"time"

	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/projections/ranking"
)

// RankingAt answers as the present does, up to the world's position.
func (q rankingQueries) RankingAt(ctx context.Context, m httpapi.Moment, city string, limit, offset int) ([]ranking.Row, int64, error) {
	rows, position, err := q.Page(ctx, city, limit, offset)
	if m.Position > position {
		return nil, 0, httpapi.ErrNoMoment
	}
	if m.Position > 0 {
		position = m.Position
	}
	return rows, position, err
}

func TestPastRankings(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.position = 7
	a := s.get("/api/public/rankings?position=3", "").want(200)
	if a.header.Get("Log-Position") != "3" || a.header.Get("Cache-Control") != "public, max-age=60, must-revalidate" {
		t.Errorf("headers %v", a.header)
	}
	tag := a.header.Get("ETag")
	s.do("GET", "/api/public/rankings?position=3", "", nil, "If-None-Match", tag).want(304)
	past := s.now().Add(-time.Hour).Format(time.RFC3339)
	if a := s.get("/api/public/rankings?at="+past, "").want(200); a.header.Get("Log-Position") != "7" {
		t.Errorf("headers %v", a.header)
	}
	if a := s.get("/api/public/rankings", "").want(200); a.header.Get("Cache-Control") != "no-cache" {
		t.Errorf("the present is kept: %v", a.header)
	}
	future := s.now().Add(time.Hour).Format(time.RFC3339)
	for _, query := range []string{"position=8", "position=99999999999999999999", "at=" + future} {
		s.get("/api/public/rankings?"+query, "").refused(404, "ranking.no-such-moment")
	}
	for _, query := range []string{
		"position=0", "position=-1", "position=x", "position=1&position=2", "at=yesterday", "at=2026-11-01T10:00:00", "at=" + past + "&position=1",
	} {
		s.get("/api/public/rankings?"+query, "").refused(400, "request.bad-parameter")
	}
}
