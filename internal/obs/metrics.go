package obs

import (
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// NewRegistry is a registry with the process's and the Go runtime's own figures and showcase_build_info.
func NewRegistry() *prometheus.Registry {
	r := prometheus.NewRegistry()
	build := prometheus.NewGauge(prometheus.GaugeOpts{
		Name: "showcase_build_info", Help: "1, with the version as a label.",
		ConstLabels: prometheus.Labels{"version": Version()},
	})
	build.Set(1)
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), build)
	return r
}

// MetricsHandler answers GET /metrics and GET /healthz, for a listener of its own that the public cannot reach.
func MetricsHandler(r *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(r, promhttp.HandlerOpts{Registry: r, MaxRequestsInFlight: 4}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return mux
}

// HTTPMetrics are the figures of an HTTP server.
type HTTPMetrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	inFlight prometheus.Gauge
	bytes    *prometheus.CounterVec
}

// NewHTTPMetrics registers the figures of an HTTP server.
func NewHTTPMetrics(r prometheus.Registerer) *HTTPMetrics {
	m := &HTTPMetrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "showcase_http_requests_total", Help: "Requests answered, by route and status code.",
		}, []string{"route", "code"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "showcase_http_request_seconds", Help: "Time from the request's headers to the end of its answer.",
			Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 60, 600},
		}, []string{"route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "showcase_http_requests_in_flight", Help: "Requests being answered.",
		}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "showcase_http_response_bytes_total", Help: "Bytes of answers' bodies, by route.",
		}, []string{"route"}),
	}
	r.MustRegister(m.requests, m.seconds, m.inFlight, m.bytes)
	return m
}

// Route is the figures of one route, looked up once and kept by the caller.
type Route struct {
	m       *HTTPMetrics
	name    string
	seconds prometheus.Observer
	bytes   prometheus.Counter
	mu      sync.RWMutex
	codes   map[int]prometheus.Counter
}

// Route is the figures of a route such as "POST /api/videos/upload". Names come from the code, never from a request.
func (m *HTTPMetrics) Route(name string) *Route {
	return &Route{m: m, name: name, seconds: m.seconds.WithLabelValues(name), bytes: m.bytes.WithLabelValues(name), codes: map[int]prometheus.Counter{}}
}

// Begin counts a request in.
func (r *Route) Begin() { r.m.inFlight.Inc() }

// End counts a request out.
func (r *Route) End(code int, took time.Duration, bytes int64) {
	r.m.inFlight.Dec()
	r.seconds.Observe(took.Seconds())
	r.bytes.Add(float64(bytes))
	r.code(code).Inc()
}

func (r *Route) code(code int) prometheus.Counter {
	r.mu.RLock()
	c, ok := r.codes[code]
	r.mu.RUnlock()
	if ok {
		return c
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	c = r.m.requests.WithLabelValues(r.name, strconv.Itoa(code))
	r.codes[code] = c
	return c
}
