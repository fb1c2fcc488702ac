package app

import (
	"context"
	"io"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/internal/emf"
	"github.com/rising-stars/showcase/internal/lag"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/relay"
)

// lines lets the log and the metrics share an output, a line at a time.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(line)
}

// newMeter is nil, which counts nothing, for a process outside a deployment.
func newMeter(cfg Config, roles string, to io.Writer) *emf.Meter {
	if cfg.Environment == "" {
		return nil
	}
	return emf.New(emf.Config{Environment: cfg.Environment, Role: roles, To: to, Every: cfg.MetricsEvery, Now: time.Now, Draw: rand.IntN})
}

// meterRelay has the relay's lag in the metrics of the process that leads, and what it sends in vain or again.
func (a *App) meterRelay(r *relay.Relay) {
	a.meter.Count(emf.RelaySendsFailed, emf.JobsRescued)
	log := lag.Log{Pool: a.Pool, ID: a.Store.Log()}
	a.meter.Gauge(emf.RelayLagSeconds, func(ctx context.Context) (float64, bool) {
		if !r.Leading() {
			return 0, false
		}
		var positions []int64
		for _, s := range r.Status() {
			positions = append(positions, s.Position)
		}
		return a.behind(ctx, log, positions)
	})
}

// meterProjections has the read models' lag in the metrics, and how many of them stand still.
func (a *App) meterProjections(list []*projector.Projector) {
	log := lag.Log{Pool: a.Pool, ID: a.Store.Log()}
	statuses := func(ctx context.Context) (positions []int64, stopped float64, ok bool) {
		ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
		defer cancel()
		for _, p := range list {
			s, err := p.Status(ctx)
			if err != nil {
				return nil, 0, false
			}
			positions = append(positions, s.Position)
			if s.Poison != nil {
				stopped++
			}
		}
		return positions, stopped, true
	}
	a.meter.Gauge(emf.ProjectionLagSeconds, func(ctx context.Context) (float64, bool) {
		positions, _, ok := statuses(ctx)
		if !ok {
			return 0, false
		}
		return a.behind(ctx, log, positions)
	})
	a.meter.Gauge(emf.ProjectionStopped, func(ctx context.Context) (float64, bool) {
		_, stopped, ok := statuses(ctx)
		return stopped, ok
	})
}

// meterSeals has in the metrics how much of the log is open to change without a trace.
func (a *App) meterSeals(r audit.Reader) {
	a.meter.Gauge(emf.EventsUnsealed, func(ctx context.Context) (float64, bool) {
		ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
		defer cancel()
		open, err := r.Unsealed(ctx)
		return float64(open), err == nil
	})
}

// behind is how long the last of some readers is behind, in seconds. What cannot be found out is not told, and silence is
// what alarms listen to.
func (a *App) behind(ctx context.Context, log lag.Log, positions []int64) (float64, bool) {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	longest := time.Duration(0)
	for _, position := range positions {
		d, err := log.Behind(ctx, position)
		if err != nil {
			return 0, false
		}
		longest = max(longest, d)
	}
	return longest.Seconds(), true
}
