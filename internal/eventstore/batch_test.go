package eventstore

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/events"
)

// waiting makes a channel with items on it.
func waiting(t *testing.T, cfg Config, appends ...Append) (*gatherer, []*item) {
	t.Helper()
	s := New(nil, cfg)
	var items []*item
	for _, a := range appends {
		it, err := s.encode(t.Context(), a)
		if err != nil {
			t.Fatal(err)
		}
		items = append(items, it)
		s.queue <- it
	}
	return newGatherer(s.queue, s.cfg), items
}

// batches gathers until nothing is left and returns each batch as indexes into items.
func batches(g *gatherer, items []*item) (all [][]int) {
	for {
		var batch []int
		for _, it := range g.gather(nil) {
			batch = append(batch, slices.Index(items, it))
		}
		if len(batch) == 0 && len(g.held) == 0 {
			return all
		}
		all = append(all, batch)
	}
}

func TestGather(t *testing.T) {
	t.Parallel()
	same := one("x", 0)
	sameID := one("y", 0)
	sameID.Events[0].ID = same.Events[0].ID
	heavy := one("h", 0)
	heavy.Events[0].Event = events.VideoWithdrawn{Reason: strings.Repeat("x", 900)}
	for name, c := range map[string]struct {
		cfg   Config
		items []Append
		want  [][]int
	}{
		"nothing":                 {Config{}, nil, nil},
		"all at once":             {Config{}, []Append{one("a", 0), one("b", 0), one("c", 0)}, [][]int{{0, 1, 2}}},
		"most items":              {Config{BatchItems: 2}, []Append{one("a", 0), one("b", 0), one("c", 0)}, [][]int{{0, 1}, {2}}},
		"most bytes":              {Config{BatchBytes: 1000}, []Append{heavy, one("a", 0)}, [][]int{{0}, {1}}},
		"one expectation a batch": {Config{}, []Append{one("a", 0), one("a", 0), one("a", 1), one("b", 0)}, [][]int{{0, 3}, {1}, {2}}},
		"any version is free":     {Config{}, []Append{one("a", -1), one("a", -1), one("a", 2), one("a", -1)}, [][]int{{0, 1, 2, 3}}},
		"one id a batch":          {Config{}, []Append{same, sameID, one("b", 0)}, [][]int{{0, 2}, {1}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g, items := waiting(t, c.cfg, c.items...)
			got := batches(g, items)
			if !slices.EqualFunc(got, c.want, slices.Equal) {
				t.Errorf("batches %v, want %v", got, c.want)
			}
		})
	}
}

// TestGatherHoldsBoundedly fills the channel with items for one stream: what is held stays within a batch.
func TestGatherHoldsBoundedly(t *testing.T) {
	t.Parallel()
	var appends []Append
	for range 50 {
		appends = append(appends, one("hot", 0))
	}
	g, items := waiting(t, Config{BatchItems: 4}, appends...)
	for i := range items {
		batch := g.gather(nil)
		if len(batch) != 1 || batch[0] != items[i] {
			t.Fatalf("batch %d has %d items, or the wrong one", i, len(batch))
		}
		if len(g.held) > 4 {
			t.Fatalf("%d items are held", len(g.held))
		}
	}
}

func TestGatherDropsWhoLeft(t *testing.T) {
	t.Parallel()
	g, items := waiting(t, Config{}, one("a", 0), one("b", 0))
	ctx, leave := context.WithCancel(t.Context())
	leave()
	items[0].ctx = ctx
	if batch := g.gather(nil); len(batch) != 1 || batch[0] != items[1] {
		t.Fatalf("batch of %d", len(batch))
	}
	if _, err := items[0].lastWord(); !errors.Is(err, context.Canceled) {
		t.Errorf("who left was told %v", err)
	}
}
