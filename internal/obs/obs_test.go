package obs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/obs"
)

func TestLogLineIsJSON(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	log := obs.NewLogger(&out, slog.LevelInfo, obs.Service{Name: "showcase", Role: "api", Instance: "i-1"})
	log.Debug("not at this level")
	log.Info("request", slog.String("title", "line\nbreak \u2028 <b>"), slog.Int("status", 200))
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Fatalf("%d lines: %s", n, out.String())
	}
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"level": "INFO", "msg": "request", "service": "showcase", "role": "api", "instance": "i-1", "status": 200.0} {
		if line[key] != want {
			t.Errorf("%s: got %v, want %v", key, line[key], want)
		}
	}
	if at, err := time.Parse(time.RFC3339Nano, fmt.Sprint(line["time"])); err != nil || at.Location() != time.UTC {
		t.Errorf("time %v, %v", line["time"], err)
	}
	if line["version"] == "" {
		t.Error("no version")
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	for id, want := range map[string]bool{
		"0192f1e2-0000-7000-8000-000000000001": true,
		"Root=1-67891233-abcdef012345678912":   true,
		"a":                                    true,
		"":                                     false,
		"a b":                                  false,
		"a\nb":                                 false,
		"<script>":                             false,
		"ñ":                                    false,
		strings.Repeat("x", 64):                true,
		strings.Repeat("x", 65):                false,
	} {
		if got := obs.SaneRequestID(id); got != want {
			t.Errorf("%q: got %v, want %v", id, got, want)
		}
	}
}

func TestRequestsAreCounted(t *testing.T) {
	t.Parallel()
	r := obs.NewRegistry()
	route := obs.NewHTTPMetrics(r).Route("POST /api/public/videos/{id}/vote")
	for _, code := range []int{200, 200, 400} {
		route.Begin()
		route.End(code, 3*time.Millisecond, 10)
	}
	route.Begin() // and still being answered
	rec := httptest.NewRecorder()
	obs.MetricsHandler(r).ServeHTTP(rec, httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody))
	body := rec.Body.String()
	for _, want := range []string{
		`showcase_http_requests_total{code="200",route="POST /api/public/videos/{id}/vote"} 2`,
		`showcase_http_requests_total{code="400",route="POST /api/public/videos/{id}/vote"} 1`,
		`showcase_http_request_seconds_count{route="POST /api/public/videos/{id}/vote"} 3`,
		`showcase_http_response_bytes_total{route="POST /api/public/videos/{id}/vote"} 30`,
		"showcase_http_requests_in_flight 1",
		"showcase_build_info{",
		"go_goroutines ",
	} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in\n%s", want, body)
		}
	}
}
