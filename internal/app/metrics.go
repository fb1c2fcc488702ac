package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/rising-stars/showcase/internal/live"
	"github.com/rising-stars/showcase/internal/obs"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/relay"
)

const scrapeTimeout = 3 * time.Second // for the questions behind one scrape

// serveMetrics answers /metrics on a listener of its own until ctx ends.
func (a *App) serveMetrics(ctx context.Context) error {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", a.MetricsAddr)
	if err != nil {
		return fmt.Errorf("listen for metrics: %w", err)
	}
	server := &http.Server{Handler: obs.MetricsHandler(a.Registry), ReadHeaderTimeout: scrapeTimeout}
	stop := context.AfterFunc(ctx, func() {
		bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = server.Shutdown(bounded) // nobody is harmed by a cut scrape
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serve metrics: %w", err)
	}
	return nil
}

// watchRelay shows how far each queue is behind the log.
func (a *App) watchRelay(r *relay.Relay) {
	lag := prometheus.NewDesc("showcase_relay_lag_events", "Events that a queue was not told of yet, as its leader sees it.", []string{"topic"}, nil)
	failures := prometheus.NewDesc("showcase_relay_failures", "Sends to a queue in a row that failed.", []string{"topic"}, nil)
	a.Registry.MustRegister(collector{describe: []*prometheus.Desc{lag, failures}, collect: func(ch chan<- prometheus.Metric) {
		if !r.Leading() {
			return
		}
		for _, s := range r.Status() {
			ch <- prometheus.MustNewConstMetric(lag, prometheus.GaugeValue, float64(s.Lag), s.Topic)
			ch <- prometheus.MustNewConstMetric(failures, prometheus.GaugeValue, float64(s.Failures), s.Topic)
		}
	}})
}

// watchProjections shows how far each read model is behind the log, and whether it stands still.
func (a *App) watchProjections(list []*projector.Projector) {
	lag := prometheus.NewDesc("showcase_projection_lag_events", "Events that a read model does not have yet.", []string{"projection"}, nil)
	poisoned := prometheus.NewDesc("showcase_projection_poisoned", "1 when a read model stands still before an event that it cannot apply.", []string{"projection"}, nil)
	a.Registry.MustRegister(collector{describe: []*prometheus.Desc{lag, poisoned}, collect: func(ch chan<- prometheus.Metric) {
		ctx, cancel := context.WithTimeout(context.Background(), scrapeTimeout)
		defer cancel()
		head, err := a.Store.Head(ctx)
		if err != nil {
			ch <- prometheus.NewInvalidMetric(lag, err)
			return
		}
		for _, p := range list {
			s, err := p.Status(ctx)
			if err != nil {
				ch <- prometheus.NewInvalidMetric(lag, err)
				return
			}
			still := 0.0
			if s.Poison != nil {
				still = 1
			}
			ch <- prometheus.MustNewConstMetric(lag, prometheus.GaugeValue, float64(max(0, head-s.Position)), s.Name)
			ch <- prometheus.MustNewConstMetric(poisoned, prometheus.GaugeValue, still, s.Name)
		}
	}})
}

// watchListeners shows how many live connections there are.
func (a *App) watchListeners(h *live.Hub) {
	a.Registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "showcase_live_listeners", Help: "Live connections of this instance.",
	}, func() float64 { return float64(h.Len()) }))
}

// collector asks for figures when they are scraped.
type collector struct {
	describe []*prometheus.Desc
	collect  func(chan<- prometheus.Metric)
}

func (c collector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.describe {
		ch <- d
	}
}

func (c collector) Collect(ch chan<- prometheus.Metric) { c.collect(ch) }
