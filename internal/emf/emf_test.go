package emf_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/internal/emf"
)

var at = time.Date(2027, 3, 1, 16, 0, 0, 0, time.UTC)

func meter(to io.Writer) *emf.Meter {
	return emf.New(emf.Config{Environment: "small", Role: "api", To: to, Now: func() time.Time { return at }, Draw: rand.New(rand.NewPCG(1, 2)).IntN})
}

func TestTheLineIsWhatCloudWatchReads(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := meter(&out)
	m.Count(emf.VotesAccepted)
	m.Values(emf.JobSeconds)
	m.Gauge(emf.RelayLagSeconds, func(context.Context) (float64, bool) { return 1.5, true })
	m.Gauge(emf.ProjectionStopped, func(context.Context) (float64, bool) { return 0, false })
	m.Add(emf.VotesAccepted, 3)
	m.Observe(emf.JobSeconds, 2.25)
	m.Observe(emf.JobSeconds, 4)
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	const want = `{"Environment":"small","JobSeconds":[2.25,4],"RelayLagSeconds":1.5,"VotesAccepted":3,"_aws":{"CloudWatchMetrics":` +
		`[{"Dimensions":[["Environment"]],"Metrics":[{"Name":"VotesAccepted","Unit":"Count"},{"Name":"JobSeconds","Unit":"Seconds"},` +
		`{"Name":"RelayLagSeconds","Unit":"Seconds"}],"Namespace":"Showcase"}],"Timestamp":1803916800000},"msg":"metrics","role":"api"}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	out.Reset()
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"VotesAccepted":0`) || strings.Contains(out.String(), "JobSeconds") {
		t.Errorf("afterwards: %s", out.String())
	}
}

func TestALineHasNoMoreValuesThanAreTaken(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := meter(&out)
	m.Count(emf.JobsProcessed)
	m.Values(emf.JobSeconds)
	for i := range 250 {
		m.Observe(emf.JobSeconds, float64(i))
		m.Add(emf.JobsProcessed, 1)
	}
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var sizes []int
	processed := 0.0
	for line := range strings.Lines(out.String()) {
		var one struct {
			JobSeconds    []float64
			JobsProcessed float64
		}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, len(one.JobSeconds))
		processed += one.JobsProcessed
	}
	if diff := cmp.Diff([]int{100, 100, 50}, sizes); diff != "" || processed != 250 {
		t.Errorf("%g processed, values per line: %s", processed, diff)
	}
}

// Of many values a sample is kept, whose percentiles are those of all.
func TestManyValuesAreSampled(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := meter(&out)
	m.Values(emf.RequestSeconds)
	m.Observe(emf.AppendSeconds, 1) // nobody said that this process observes it
	m.Add(emf.VotesAccepted, 1)
	const all = 50_000
	for i := range all {
		m.Observe(emf.RequestSeconds, float64(i))
	}
	if err := m.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	var kept []float64
	for line := range strings.Lines(out.String()) {
		var one struct {
			RequestSeconds               []float64
			AppendSeconds, VotesAccepted any
		}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		if one.AppendSeconds != nil || one.VotesAccepted != nil {
			t.Errorf("told of what nobody said that it measures: %s", line)
		}
		kept = append(kept, one.RequestSeconds...)
	}
	slices.Sort(kept)
	if len(kept) != 1000 || math.Abs(kept[500]-0.5*all) > 0.05*all || math.Abs(kept[990]-0.99*all) > 0.01*all {
		t.Errorf("%d values with a median of %g and a p99 of %g were kept of 0 to %d", len(kept), kept[len(kept)/2], kept[len(kept)*99/100], all)
	}
	m.Observe(emf.RequestSeconds, 7)
	out.Reset()
	if err := m.Flush(t.Context()); err != nil || !strings.Contains(out.String(), `"RequestSeconds":[7]`) {
		t.Errorf("afterwards (%v): %s", err, out.String())
	}
}

func TestTwoRolesOfOneProcessSayAMetricOnce(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	m := meter(&out)
	for range 2 {
		m.Count(emf.AppendConflicts)
		m.Values(emf.AppendSeconds)
	}
	m.Observe(emf.AppendSeconds, 1)
	if err := m.Flush(t.Context()); err != nil || strings.Count(out.String(), `{"Name":"AppendConflicts"`) != 1 {
		t.Errorf("%v: %s", err, out.String())
	}
}

// The templates look for what this file lists, so it must be what is sent.
func TestTheListOfTheTemplates(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../deploy/metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Name, Unit string
		Dimensions []string
	}
	if err := json.Unmarshal(text, &list); err != nil {
		t.Fatal(err)
	}
	told := map[emf.Name]string{}
	for _, m := range list {
		told[emf.Name(m.Name)] = m.Unit
		if diff := cmp.Diff([]string{emf.Dimension}, m.Dimensions); diff != "" {
			t.Errorf("%s: dimensions %s", m.Name, diff)
		}
	}
	if diff := cmp.Diff(emf.Units(), told); diff != "" {
		t.Errorf("deploy/metrics.json (-sent +told):\n%s", diff)
	}
}

func TestEveryMinuteAndAtTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		m := meter(&out)
		m.Count(emf.VotesAccepted)
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() { done <- m.Run(ctx) }()
		time.Sleep(150 * time.Second) // by synctest's clock, which waits for nobody
		cancel()
		if err := <-done; err != nil || strings.Count(out.String(), "\n") != 3 {
			t.Errorf("%v:\n%s", err, out.String())
		}
	})
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestTroubleAndNobody(t *testing.T) {
	t.Parallel()
	m := meter(broken{})
	m.Count(emf.VotesAccepted)
	if err := m.Flush(t.Context()); err == nil {
		t.Error("nothing was written and nobody was told")
	}
	var none *emf.Meter
	none.Count(emf.VotesAccepted)
	none.Values(emf.JobSeconds)
	none.Gauge(emf.RelayLagSeconds, nil)
	none.Add(emf.VotesAccepted, 1)
	none.Observe(emf.JobSeconds, 1)
	if err := none.Run(t.Context()); err != nil {
		t.Error(err)
	}
}
