package fleet

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/internal/e2e"
)

// checksFindFaults spoils what the fleet has left behind, one thing after another, and requires that what looks for loss
// and doubling finds each. Nothing runs any more; the server's own administrator does it, whom nothing stops.
func (f *fleet) checksFindFaults(l *load) {
	f.t.Helper()
	tables := e2e.NewTables(f.t, f.postgres.SuperURL())
	defer tables.Close()
	if lost, doubled, odd := l.lost(tables), doubled(tables), processedOnce(tables); lost+doubled+odd > 0 {
		f.t.Errorf("before anything is spoilt: %d lost, %d doubled, %d not processed once", lost, doubled, odd)
	}

	tables.Strings(`UPDATE ranking_videos SET votes = votes + 1 WHERE votes > 0`) // a projector that folds an event twice
	if said := witnessed(f.t, func(t testing.TB) { t.Helper(); e2e.CheckReadModels(t, f.env) }); !strings.Contains(said, "rebuild ranking") {
		f.t.Errorf("a vote that was counted twice is not found: %s", said)
	}

	tables.Strings(`ALTER TABLE events DISABLE TRIGGER USER`)
	// An append that was answered and not kept, and one that was made twice, in a stream of its own.
	spoil(tables, `
		WITH gone AS (
			DELETE FROM events WHERE position = (SELECT max(position) FROM events WHERE type = 'ballot.cast') RETURNING position
		)
		SELECT count(*) FROM gone`)
	if got := l.lost(tables); got != 1 {
		f.t.Errorf("a ballot was lost, and %d are found", got)
	}
	spoil(tables, again("'ballot.cast'", "'spoilt-ballot'", "1"))
	if got := doubled(tables); got != 1 {
		f.t.Errorf("a ballot was doubled, and %d are found", got)
	}
	// A job whose settling was lost, and that another worker did again.
	spoil(tables, again("'video.processed'", "e.stream", "e.version + 1000"))
	if got, odd := doubled(tables), processedOnce(tables); got != 2 || odd != 1 {
		f.t.Errorf("a video was processed twice besides: %d are doubled, %d not processed once", got, odd)
	}
	spoil(tables, `WITH gone AS (DELETE FROM events WHERE type = 'video.processed' RETURNING position) SELECT count(*) FROM gone`)
	if odd := processedOnce(tables); odd < 1 {
		f.t.Error("no video has a result any more, and nobody finds that")
	}
	said := witnessed(f.t, func(t testing.TB) { t.Helper(); e2e.NewTables(t, f.postgres.SuperURL()).CheckLog() })
	for _, want := range []string{"holes", "ballots are not unique", "differ (-log +ranking)"} {
		if !strings.Contains(said, want) {
			f.t.Errorf("of the spoilt log it is not said that %q, but %s", want, said)
		}
	}
}

// again is an insertion of one event of a type once more, under another id.
func again(kind, stream, version string) string {
	return fmt.Sprintf(`
		WITH new AS (
			INSERT INTO events (log_id, position, stream, version, id, type, schema, data, meta, recorded_at)
			SELECT e.log_id, (SELECT max(position) + 1 FROM events), %s, %s, gen_random_uuid(), e.type, e.schema, e.data, e.meta, e.recorded_at
			FROM events e WHERE type = %s ORDER BY position LIMIT 1
			RETURNING position
		)
		SELECT count(*) FROM new`, stream, version, kind)
}

// spoil runs a query that says how many rows it has changed, and requires some.
func spoil(tables *e2e.Tables, query string) {
	if tables.Number(query) == 0 {
		panic("nothing was spoilt by " + query)
	}
}

// witness takes down what is found instead of failing the test.
type witness struct {
	testing.TB
	said strings.Builder
}

// Errorf is part of testing.TB.
func (w *witness) Errorf(format string, args ...any) { fmt.Fprintf(&w.said, format+"\n", args...) }

// Error is part of testing.TB.
func (w *witness) Error(args ...any) { fmt.Fprintln(&w.said, args...) }

// Fatalf is part of testing.TB.
func (w *witness) Fatalf(format string, args ...any) {
	w.Errorf(format, args...)
	runtime.Goexit()
}

// Fatal is part of testing.TB.
func (w *witness) Fatal(args ...any) {
	w.Error(args...)
	runtime.Goexit()
}

// witnessed is what a check says.
func witnessed(t *testing.T, check func(testing.TB)) string {
	t.Helper()
	w, done := &witness{TB: t}, make(chan struct{})
	go func() {
		defer close(done)
		check(w)
	}()
	<-done
	return w.said.String()
}
