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
	"slices"
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

// Limits of a metric's single values.
const (
	maxValues = 100  // CloudWatch takes so many in one line; more make further lines
	maxKept   = 1000 // between two Flushes; of more, so many are drawn by lot, so that percentiles stay true
)

// Config is what a Meter is made of.
type Config struct {
	Environment string // value of the dimension; required
	Role        string // of the process, for who reads the line as a log line
	To          io.Writer
	Every       time.Duration // 0: DefaultEvery
	Now         func() time.Time
	Draw        func(n int) int // a number from 0 to n-1 by lot
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
	values map[Name]*sample
	gauges map[Name]Gauge
}

// sample are the single values of a metric, or as many of them as are kept.
type sample struct {
	seen int
	kept []float64
}

// New makes a Meter. It writes nothing before Run.
func New(c Config) *Meter {
	if c.Every == 0 {
		c.Every = DefaultEvery
	}
	return &Meter{
		cfg: c, units: Units(),
		counts: map[Name]float64{}, values: map[Name]*sample{}, gauges: map[Name]Gauge{},
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
		m.know(name)
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
	m.know(name)
}

// Values says that this process observes single values of something.
func (m *Meter) Values(name Name) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values[name] = new(sample)
	m.know(name)
}

// know puts a name into the order of the line, once: two roles of one process may both say it.
func (m *Meter) know(name Name) {
	if !slices.Contains(m.order, name) {
		m.order = append(m.order, name)
	}
}

// Add counts n more of what this process said that it counts.
func (m *Meter) Add(name Name, n float64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, told := m.counts[name]; told {
		m.counts[name] += n
	}
}

// Observe takes one value of what this process said that it observes.
func (m *Meter) Observe(name Name, value float64) {
	if m == nil {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	s, told := m.values[name]
	if !told {
		return
	}
	s.seen++
	if len(s.kept) < maxKept {
		s.kept = append(s.kept, value)
	} else if i := m.cfg.Draw(s.seen); i < maxKept {
		s.kept[i] = value
	}
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
		switch {
		case isGauge && first:
			say(name, figure)
		case isCount && first:
			say(name, count)
			m.counts[name] = 0
		default:
			values, left := m.values[name].take()
			if len(values) > 0 {
				say(name, values)
			}
			more = more || left
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

// take gives as many values as a line may have, and says whether more are left. A nil sample has none.
func (s *sample) take() (values []float64, left bool) {
	if s == nil {
		return nil, false
	}
	n := min(len(s.kept), maxValues)
	values, s.kept = s.kept[:n:n], s.kept[n:]
	if len(s.kept) == 0 {
		s.kept, s.seen = nil, 0
	}
	return values, len(s.kept) > 0
}
