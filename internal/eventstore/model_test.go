package eventstore

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// model is what append_events promises, item by item, in memory.
type model struct {
	log      []modelRow
	versions map[string]int64
	byID     map[events.ID]modelRow
}

type modelRow struct {
	Position int64
	Stream   string
	Version  int64
	ID       events.ID
}

func (m *model) append(it *item) Outcome {
	duplicate := Outcome{Result: Duplicate}
	for _, f := range it.facts {
		if known, ok := m.byID[f.id]; ok {
			duplicate.Version = max(duplicate.Version, known.Version)
			duplicate.Position = max(duplicate.Position, known.Position)
		}
	}
	current := m.versions[it.stream]
	switch {
	case duplicate.Position > 0:
		return duplicate
	case it.explicit() && it.expect != current:
		return Outcome{Result: Conflict, Version: current}
	}
	for _, f := range it.facts {
		current++
		row := modelRow{int64(len(m.log) + 1), it.stream, current, f.id}
		m.log = append(m.log, row)
		m.byID[f.id] = row
	}
	m.versions[it.stream] = current
	return Outcome{Appended, current, int64(len(m.log))}
}

var (
	streams = rapid.SampledFrom([]string{"a", "b", "c", "d"})
	expects = rapid.SampledFrom([]int64{AnyVersion, AnyVersion, NoStream, 1, 2, 3, 4, 5})
)

// drawItem makes an item that often repeats an id, and often expects the right version.
func drawItem(t *rapid.T, m *model) *item {
	it := &item{
		ctx: context.Background(), stream: streams.Draw(t, "stream"), expect: expects.Draw(t, "expect"),
		meta: []byte(`{}`), done: make(chan answer, 1),
	}
	if rapid.Bool().Draw(t, "right") {
		it.expect = m.versions[it.stream]
	}
	for range rapid.IntRange(1, 3).Draw(t, "events") {
		id := newID()
		if len(m.log) > 0 && rapid.IntRange(0, 5).Draw(t, "repeat") == 0 {
			id = m.log[rapid.IntRange(0, len(m.log)-1).Draw(t, "of")].ID
		}
		it.facts = append(it.facts, fact{id: id, typ: "ballot.cast", schema: 1, data: []byte(`{}`)})
	}
	return it
}

var lastLog atomic.Int32

// TestAgainstModel appends random batches, each to a log of its own, and compares every answer and every row with what
// the items would do one by one.
func TestAgainstModel(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner, app := pgtest.Pool(t, db.OwnerURL), pgtest.Pool(t, db.AppURL)
	rapid.Check(t, func(r *rapid.T) {
		log := int16(lastLog.Add(1) + 1)
		mustExec(t, owner, `INSERT INTO heads VALUES ($1, 0, '-infinity')`, log)
		m := &model{versions: map[string]int64{}, byID: map[events.ID]modelRow{}}
		s := New(app, Config{Log: log})
		for range rapid.IntRange(1, 6).Draw(r, "batches") {
			compareBatch(t, r, s, m)
		}
		rows, err := app.Query(t.Context(), `SELECT position, stream, version, id FROM events WHERE log_id = $1 ORDER BY position`, log)
		if err != nil {
			r.Fatal(err)
		}
		stored, err := pgx.CollectRows(rows, pgx.RowToStructByPos[modelRow])
		if err != nil {
			r.Fatal(err)
		}
		if diff := cmp.Diff(append([]modelRow{}, m.log...), stored); diff != "" {
			r.Fatalf("log %d (-want +got):\n%s", log, diff)
		}
		if head, err := s.Head(t.Context()); err != nil || head != int64(len(m.log)) {
			r.Fatalf("Head = %d, %v; want %d", head, err, len(m.log))
		}
	})
}

// compareBatch sends what the gatherer lets travel together.
func compareBatch(t *testing.T, r *rapid.T, s *Store, m *model) {
	t.Helper()
	for range rapid.IntRange(0, 8).Draw(r, "items") {
		s.queue <- drawItem(r, m)
	}
	g := newGatherer(s.queue, s.cfg)
	for batch := g.gather(nil); len(batch) > 0 || len(g.held) > 0; batch = g.gather(nil) {
		got := callOnce(t, r, s.pool, s.cfg.Log, batch)
		for i, it := range batch {
			if want := m.append(it); got[i] != want {
				r.Fatalf("item %d of %d, %s at %d: %v, want %v", i+1, len(batch), it.stream, it.expect, got[i], want)
			}
		}
	}
}

func callOnce(t *testing.T, r *rapid.T, pool *pgxpool.Pool, log int16, batch []*item) []Outcome {
	t.Helper()
	var c columns
	got, err := c.call(t.Context(), pool, log, batch)
	if err != nil {
		r.Fatal(fmt.Errorf("batch of %d: %w", len(batch), err))
	}
	return got
}
