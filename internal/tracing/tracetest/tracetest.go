// Package tracetest is a collector for tests: it takes OTLP/HTTP in JSON and keeps the spans.
package tracetest

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
)

// Span is what a test looks at of one.
type Span struct {
	Service, TraceID, SpanID, ParentID, Name string
	Kind                                     int
	Failed                                   bool
	Attributes                               map[string]string
}

// Collector keeps spans.
type Collector struct {
	URL string

	t     testing.TB
	mu    sync.Mutex
	spans []Span
}

// New starts a collector; it ends with the test.
func New(t testing.TB) *Collector {
	t.Helper()
	c := &Collector{t: t}
	server := httptest.NewServer(http.HandlerFunc(c.take))
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

// Spans are those that have come, in their order.
func (c *Collector) Spans() []Span {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.spans)
}

type attribute struct {
	Key   string
	Value struct{ StringValue string }
}

func texts(list []attribute) map[string]string {
	m := map[string]string{}
	for _, a := range list {
		m[a.Key] = a.Value.StringValue
	}
	return m
}

func (c *Collector) take(w http.ResponseWriter, r *http.Request) {
	var body struct {
		ResourceSpans []struct {
			Resource   struct{ Attributes []attribute }
			ScopeSpans []struct {
				Spans []struct {
					TraceID           string `json:"traceId"`
					SpanID            string `json:"spanId"`
					ParentSpanID      string `json:"parentSpanId"`
					Name              string
					Kind              int
					StartTimeUnixNano string
					EndTimeUnixNano   string
					Attributes        []attribute
					Status            struct{ Code int }
				}
			}
		}
	}
	if r.URL.Path != "/v1/traces" || r.Header.Get("Content-Type") != "application/json" || json.NewDecoder(r.Body).Decode(&body) != nil {
		c.t.Errorf("not OTLP: %s %s", r.Method, r.URL.Path)
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, of := range body.ResourceSpans {
		for _, scope := range of.ScopeSpans {
			for _, s := range scope.Spans {
				if len(s.TraceID) != 32 || len(s.SpanID) != 16 || len(s.StartTimeUnixNano) < 19 || s.EndTimeUnixNano < s.StartTimeUnixNano {
					c.t.Errorf("not a span: %+v", s)
				}
				c.spans = append(c.spans, Span{
					Service: texts(of.Resource.Attributes)["service.name"], TraceID: s.TraceID, SpanID: s.SpanID, ParentID: s.ParentSpanID,
					Name: s.Name, Kind: s.Kind, Failed: s.Status.Code == 2, Attributes: texts(s.Attributes),
				})
			}
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write([]byte("{}")) // it may have gone
}
