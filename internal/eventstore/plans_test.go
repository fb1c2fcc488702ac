package eventstore

import (
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// TestPlansStayRight makes a session's plans while the log is as small as it can be and the server knows it, and then
// looks at what the same session reads when the log has grown and nobody told the planner.
func TestPlansStayRight(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner := pgtest.Pool(t, db.OwnerURL)
	conn, err := pgtest.Pool(t, db.AppURL).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	s := New(nil, Config{})
	for i := range 12 { // more calls than a session takes to settle on a plan
		callInTx(t, s, conn.Conn(), freshBatch(t, s, fmt.Sprint("early", i), 2))
		if i == 1 {
			mustExec(t, owner, `ANALYZE events`)
		}
	}
	const items = 500
	var seen []*item
	for i := range 10 {
		seen = freshBatch(t, s, fmt.Sprint("late", i), items)
		callInTx(t, s, conn.Conn(), seen)
	}
	for name, batch := range map[string][]*item{
		"accepted": freshBatch(t, s, "last", items),
		"mixed":    append(freshBatch(t, s, "mixed", items/2), seen[:items/2]...),
	} {
		scans, fetched := callInTx(t, s, conn.Conn(), batch)
		if scans > 0 {
			t.Errorf("%s: the whole log was read %d times", name, scans)
		}
		if fetched > 5*items {
			t.Errorf("%s: %d rows were read for %d items", name, fetched, items)
		}
	}
}

// TestReadPlansStayRight is the same for readers.
func TestReadPlansStayRight(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{})
	conn, err := pgtest.Pool(t, db.AppURL).Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	read := func(after int64) int {
		scans, _ := reads(t, conn.Conn(), func(tx pgx.Tx) error {
			_, err := s.ReadPageIn(t.Context(), tx, after, 10, nil)
			if err != nil {
				return err
			}
			if _, err = s.ReadPageIn(t.Context(), tx, after, 10, []string{"ballot.cast"}); err != nil {
				return err
			}
			_, err = s.ProfilesIn(t.Context(), tx, []events.ID{{1}, {2}}, after+10)
			return err
		})
		return scans
	}
	mustAppend(t, s, several("small", NoStream, 2))
	mustExec(t, pgtest.Pool(t, db.OwnerURL), `ANALYZE events`)
	for range 12 {
		read(0)
	}
	for i := range 50 {
		mustAppend(t, s, several(fmt.Sprint("late", i), NoStream, MaxItemEvents))
	}
	if scans := read(4000); scans > 0 {
		t.Errorf("the whole log was read %d times for two pages and two profiles", scans)
	}
}

func freshBatch(t *testing.T, s *Store, prefix string, n int) (batch []*item) {
	t.Helper()
	for i := range n {
		it, err := s.encode(t.Context(), one(fmt.Sprint(prefix, "-", i), NoStream))
		if err != nil {
			t.Fatal(err)
		}
		batch = append(batch, it)
	}
	return batch
}

// callInTx appends and says how often the whole log was read, and how many rows through an index.
func callInTx(t *testing.T, s *Store, conn *pgx.Conn, batch []*item) (scans, fetched int) {
	t.Helper()
	return reads(t, conn, func(tx pgx.Tx) error {
		var c columns
		_, err := c.call(t.Context(), tx, s.cfg.Log, batch)
		return err
	})
}

// reads counts what f reads of the log.
func reads(t *testing.T, conn *pgx.Conn, f func(pgx.Tx) error) (scans, fetched int) {
	t.Helper()
	count := func(tx pgx.Tx) (scans, fetched int, err error) {
		err = tx.QueryRow(t.Context(), `
			SELECT seq_scan, coalesce(idx_tup_fetch, 0)
			FROM pg_stat_xact_all_tables
			WHERE relid = 'public.events'::regclass`).Scan(&scans, &fetched)
		return scans, fetched, err
	}
	err := pgx.BeginFunc(t.Context(), conn, func(tx pgx.Tx) error {
		scansBefore, fetchedBefore, err := count(tx)
		if err != nil {
			return err
		}
		if err := f(tx); err != nil {
			return err
		}
		scans, fetched, err = count(tx)
		scans, fetched = scans-scansBefore, fetched-fetchedBefore
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return scans, fetched
}
