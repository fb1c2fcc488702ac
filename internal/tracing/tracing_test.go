package tracing_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/rising-stars/showcase/internal/tracing"
	"github.com/rising-stars/showcase/internal/tracing/tracetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func tracer(endpoint string, onError func(error)) *tracing.Tracer {
	return tracing.New(tracing.Config{
		Endpoint: endpoint, Service: "showcase-test", Random: rand.NewChaCha8([32]byte{1}), Now: time.Now, OnError: onError,
	})
}

// finish runs the tracer until all that has ended is sent.
func finish(t *testing.T, tr *tracing.Tracer) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := tr.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestSpansOfOneTrace(t *testing.T) {
	t.Parallel()
	collector := tracetest.New(t)
	tr := tracer(collector.URL, func(err error) { t.Error(err) })
	root := tr.Start("", "POST", tracing.Server, tracing.Attribute{Key: "url.path", Value: "/x"})
	child := tr.Start(root.Traceparent(""), "job", tracing.Consumer)
	child.Add(tracing.Attribute{Key: "video.id", Value: "v"})
	child.End(errors.New("no"))
	root.End(nil)
	finish(t, tr)
	spans := collector.Spans()
	if len(spans) != 2 || spans[0].Name != "job" || spans[1].Name != "POST" {
		t.Fatalf("got %+v", spans)
	}
	if job, post := spans[0], spans[1]; job.TraceID != post.TraceID || job.ParentID != post.SpanID || post.ParentID != "" ||
		job.Kind != 5 || post.Kind != 2 || !job.Failed || post.Failed || job.Service != "showcase-test" || job.Attributes["video.id"] != "v" {
		t.Errorf("got %+v", spans)
	}
}

func TestWhatIsATraceparent(t *testing.T) {
	t.Parallel()
	collector := tracetest.New(t)
	tr := tracer(collector.URL, func(err error) { t.Error(err) })
	trace, id := strings.Repeat("ab", 16), strings.Repeat("cd", 8)
	for given, follows := range map[string]bool{
		"00-" + trace + "-" + id + "-01":                      true,
		"00-" + trace + "-" + id + "-03":                      true,
		"01-" + trace + "-" + id + "-01":                      false,
		"00-" + strings.Repeat("00", 16) + "-" + id + "-01":   false,
		"00-" + trace + "-" + strings.Repeat("00", 8) + "-01": false,
		"00-" + strings.Repeat("zz", 16) + "-" + id + "-01":   false,
		"00-" + trace + "-" + id:                              false,
		"":                                                    false,
	} {
		if got := tr.Start(given, "x", tracing.Internal).Traceparent(""); strings.Contains(got, trace) != follows || len(got) != 55 {
			t.Errorf("%q is followed by %q", given, got)
		}
	}
	unwanted := "00-" + trace + "-" + id + "-00"
	if s := tr.Start(unwanted, "x", tracing.Internal); s != nil || s.Traceparent(unwanted) != unwanted {
		t.Error("a trace that nobody wants is recorded")
	}
}

func TestOffDoesNothing(t *testing.T) {
	t.Parallel()
	tr := tracer("", nil)
	s := tr.Start("", "x", tracing.Internal)
	s.Add()
	s.End(nil)
	if s.Traceparent("given") != "given" || tr.Run(t.Context()) != nil || tracing.Of(tracing.With(t.Context(), s)) != nil {
		t.Error("it does something")
	}
}

func TestATroubledCollectorHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	var told, asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := json.NewDecoder(r.Body).Decode(new(any)); err != nil {
			t.Error(err)
		}
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	t.Cleanup(server.Close)
	tr := tracer(server.URL, func(error) { told.Add(1) })
	for range 10_000 { // more than wait
		tr.Start("", "x", tracing.Internal).End(nil)
	}
	finish(t, tr)
	if told.Load() != 1 || asked.Load() != 1 {
		t.Errorf("asked %d times, told %d times", asked.Load(), told.Load())
	}
}
