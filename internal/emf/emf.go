// Package emf sends metrics to CloudWatch in its Embedded Metric Format: one JSON line among the log lines, which the agent
// ships like any other and CloudWatch turns into metrics. So a process needs no right and no connection to be measured.
//
// Which metrics there are is said here, and by deploy/metrics.json for the templates; a test holds both to be the same. The
// package must not know how a figure comes about.
package emf

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"sync"
	"time"
)

// Namespace and Dimension are under what the templates look for the metrics.
const (
	Namespace = "Showcase"
	Dimension = "Environment"
)

// DefaultEvery is the time between two lines; alarms look at minutes.
const DefaultEvery = time.Minute

// maxValues is how many values of one metric CloudWatch takes in one line; more make further lines.
const maxValues = 100

// Name is a metric.
type Name string

// The metrics.
const (
	ProjectionLagSeconds Name = "ProjectionLagSeconds"
	ProjectionStopped    Name = "ProjectionStopped"
	RelayLagSeconds      Name = "RelayLagSeconds"
	UploadsAccepted      Name = "UploadsAccepted"
	VotesAccepted        Name = "VotesAccepted"
	JobSeconds           Name = "JobSeconds"
	JobsProcessed        Name = "JobsProcessed"
	JobsRejected         Name = "JobsRejected"
	JobsFailed           Name = "JobsFailed"
)

// Units are the units of all metrics, as CloudWatch calls them.
func Units() map[Name]string {
	return map[Name]string{
		ProjectionLagSeconds: "Seconds", ProjectionStopped: "Count", RelayLagSeconds: "Seconds",
		UploadsAccepted: "Count", VotesAccepted: "Count",
		JobSeconds: "Seconds", JobsProcessed: "Count", JobsRejected: "Count", JobsFailed: "Count",
	}
}

// Config is what a Meter is made of.
type Config struct {
	Environment string // value of the dimension; required
	Role        string // of the process, for who reads the line as a log line
	To          io.Writer
	Every       time.Duration // 0: DefaultEvery
	Now         func() time.Time
}

// Gauge asks for a figure; false says that this process has none now.
type Gauge func(ctx context.Context) (float64, bool)

// Meter collects figures and writes a line of them every so often. A nil Meter takes figures and drops them, so that who
// counts need not ask whether anybody reads.
type Meter struct {
	cfg   Config
	units map[Name]string

	mu     sync.Mutex
	order  []Name
	counts map[Name]float64
	values map[Name][]float64
	gauges map[Name]Gauge
}

// New makes a Meter. It writes nothing before Run.
func New(c Config) *Meter {
	if c.Every == 0 {
		c.Every = DefaultEvery
	}
	return &Meter{
		cfg: c, units: Units(),
		counts: map[Name]float64{}, values: map[Name][]float64{}, gauges: map[Name]Gauge{},
	}
}

// Count says that this process counts these things, so that a line says 0 of them while there are none.
func (m *Meter) Count(names ...Name) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, name := range names {
		m.counts[name] = 0
		m.order = append(m.order, name)
	}
}

// Gauge has a figure asked for at each line.
func (m *Meter) Gauge(name Name, ask Gauge) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.gauges[name] = ask
	m.order = append(m.order, name)
}

// Values says that this process observes single values of something.
func (m *Meter) Values(name Name) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[name] = nil
	m.order = append(m.order, name)
}

// Add counts n more.
func (m *Meter) Add(name Name, n float64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.counts[name] += n
}

// Observe takes one value.
func (m *Meter) Observe(name Name, value float64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[name] = append(m.values[name], value)
}

// Run writes a line every so often, and one at the end. Only a failing writer ends it early.
func (m *Meter) Run(ctx context.Context) error {
	if m == nil {
		return nil
	}
	tick := time.NewTicker(m.cfg.Every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := m.Flush(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return m.Flush(context.WithoutCancel(ctx))
		}
	}
}

// definition is a metric as the line's head names it.
type definition struct {
	Name string
	Unit string
}

// Flush writes what there is, now, and begins anew.
func (m *Meter) Flush(ctx context.Context) error {
	gauged := m.ask(ctx)
	for first := true; ; first = false {
		line, more, err := m.line(gauged, first)
		if err != nil || line == nil {
			return err
		}
		if _, err := m.cfg.To.Write(line); err != nil {
			return fmt.Errorf("write metrics: %w", err)
		}
		if !more {
			return nil
		}
	}
}

// ask asks for every gauge, without holding others up.
func (m *Meter) ask(ctx context.Context) map[Name]float64 {
	m.mu.Lock()
	gauges := maps.Clone(m.gauges)
	m.mu.Unlock()
	figures := map[Name]float64{}
	for name, ask := range gauges {
		if figure, ok := ask(ctx); ok {
			figures[name] = figure
		}
	}
	return figures
}

// line is the next line, nil when there is nothing to say; more says that values are left for another.
func (m *Meter) line(gauged map[Name]float64, first bool) (line []byte, more bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	fields := map[string]any{Dimension: m.cfg.Environment, "msg": "metrics", "role": m.cfg.Role}
	var definitions []definition
	say := func(name Name, figure any) {
		fields[string(name)] = figure
		definitions = append(definitions, definition{string(name), m.units[name]})
	}
	for _, name := range m.order {
		figure, isGauge := gauged[name]
		count, isCount := m.counts[name]
		values := m.values[name]
		switch {
		case isGauge && first:
			say(name, figure)
		case isCount && first:
			say(name, count)
			m.counts[name] = 0
		case len(values) > 0:
			n := min(len(values), maxValues)
			say(name, values[:n:n])
			m.values[name] = values[n:]
			more = more || len(values) > n
		}
	}
	if len(definitions) == 0 {
		return nil, false, nil
	}
	fields["_aws"] = map[string]any{
		"Timestamp": m.cfg.Now().UnixMilli(),
		"CloudWatchMetrics": []any{map[string]any{
			"Namespace": Namespace, "Dimensions": [][]string{{Dimension}}, "Metrics": definitions,
		}},
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(fields); err != nil {
		return nil, false, fmt.Errorf("encode metrics: %w", err)
	}
	return b.Bytes(), more, nil
}
