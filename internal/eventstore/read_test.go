package eventstore

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// mixed appends n events: every third is a ballot, every fifth a publication, the rest deletions.
func mixed(t *testing.T, s *Store, n int) (types []string) {
	t.Helper()
	for i := range n {
		a := one(fmt.Sprint("s", i), NoStream)
		switch {
		case i%3 == 0:
		case i%5 == 0:
			a.Events[0].Event = events.VideoPublished{VideoID: newID()}
		default:
			a.Events[0].Event = events.VideoDeleted{VideoID: newID()}
		}
		types = append(types, a.Events[0].Event.EventType())
		mustAppend(t, s, a)
	}
	return types
}

// TestReadInPages reads with every page size and filter: together the pages are the whole log, in order.
func TestReadInPages(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const n = 60
	written := mixed(t, s, n)
	rapid.Check(t, func(r *rapid.T) {
		limit := rapid.IntRange(1, n+5).Draw(r, "limit")
		types := rapid.SampledFrom([][]string{
			nil, {}, {"ballot.cast"}, {"video.published", "ballot.cast"}, {"video.withdrawn"},
		}).Draw(r, "types")
		var got []int64
		at := int64(0)
		for {
			page, err := s.ReadPage(t.Context(), at, limit, types)
			if err != nil {
				r.Fatal(err)
			}
			for _, e := range page.Events {
				got = append(got, e.Position)
			}
			if page.Last == at {
				break
			}
			if page.Last != min(at+int64(limit), n) {
				r.Fatalf("page after %d ends at %d", at, page.Last)
			}
			at = page.Last
		}
		var want []int64
		for i, typ := range written {
			if types == nil || slices.Contains(types, typ) {
				want = append(want, int64(i+1))
			}
		}
		if !slices.Equal(got, want) {
			r.Fatalf("read %v, want %v", got, want)
		}
	})
}

func TestReadStreamOfNothing(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if got, err := s.ReadStream(t.Context(), "video-x"); err != nil || len(got) != 0 {
		t.Errorf("ReadStream = %v, %v", got, err)
	}
}

// tamper runs SQL on the log with its trigger off.
func tamper(t *testing.T, db pgtest.DB, sql string) {
	t.Helper()
	owner := pgtest.Pool(t, db.OwnerURL)
	mustExec(t, owner, `ALTER TABLE events DISABLE TRIGGER USER`)
	mustExec(t, owner, sql)
}

func TestHoleStopsReaders(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{})
	mustAppend(t, s, several("s", NoStream, 10))
	tamper(t, db, `DELETE FROM events WHERE position IN (1, 5)`)
	for _, types := range [][]string{nil, {"ballot.cast"}, {"video.deleted"}} {
		for _, after := range []int64{0, 1, 3, 4} {
			page, err := s.ReadPage(t.Context(), after, 10, types)
			if !errors.Is(err, ErrHole) || page.Last != 0 {
				t.Errorf("types %v after %d: %v, %v", types, after, page, err)
			}
		}
		if page, err := s.ReadPage(t.Context(), 5, 10, types); err != nil || page.Last != 10 {
			t.Errorf("types %v after 5: %v, %v", types, page, err)
		}
		if page, err := s.ReadPage(t.Context(), 2, 2, types); err != nil || page.Last != 4 {
			t.Errorf("types %v before the hole: %v, %v", types, page, err)
		}
	}
	if _, err := s.ReadStream(t.Context(), "s"); !errors.Is(err, ErrHole) {
		t.Errorf("ReadStream: %v", err)
	}
}

// TestLostTail removes the newest events: the next ones leave a hole rather than take positions that readers have seen.
func TestLostTail(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{})
	mustAppend(t, s, several("s", NoStream, 3))
	tamper(t, db, `DELETE FROM events WHERE position = 3`)
	if got := mustAppend(t, s, one("other", NoStream)); got.Position != 4 {
		t.Errorf("next position is %d", got.Position)
	}
	if _, err := s.ReadPage(t.Context(), 2, 10, nil); !errors.Is(err, ErrHole) {
		t.Errorf("ReadPage: %v", err)
	}
}

func TestUndecodableEventEndsThePage(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{})
	mustAppend(t, s, several("s", NoStream, 6))
	tamper(t, db, `UPDATE events SET type = 'ballot.uncast' WHERE position = 4`)
	page, err := s.ReadPage(t.Context(), 0, 10, nil)
	if err != nil || page.Last != 3 || len(page.Events) != 3 {
		t.Errorf("up to it: %v, %v", page, err)
	}
	_, err = s.ReadPage(t.Context(), 3, 10, nil)
	bad, ok := errors.AsType[*EventError](err)
	if !ok || bad.Position != 4 || !errors.Is(err, events.ErrUnknownType) {
		t.Errorf("at it: %v", err)
	}
	// Who does not want the type is not stopped by it.
	if page, err := s.ReadPage(t.Context(), 0, 10, []string{"ballot.cast"}); err != nil || page.Last != 6 || len(page.Events) != 5 {
		t.Errorf("filtered: %v, %v", page, err)
	}
	_, err = s.ReadStream(t.Context(), "s")
	if bad, ok := errors.AsType[*EventError](err); !ok || bad.Position != 4 {
		t.Errorf("ReadStream: %v", err)
	}
}

func TestStreamTooLong(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{})
	mustExec(t, pgtest.Pool(t, db.OwnerURL), `
		INSERT INTO events (position, version, recorded_at, id, schema, stream, type, data, meta)
		SELECT n, n, now(), gen_random_uuid(), 1, 's', 'ballot.cast', '{}', '{}'
		FROM generate_series(1, $1::int) AS n`, max(MaxStreamEvents, MaxPage)+1)
	if _, err := s.ReadStream(t.Context(), "s"); !errors.Is(err, ErrStreamTooLong) {
		t.Errorf("ReadStream: %v", err)
	}
	if page, err := s.ReadPage(t.Context(), 0, MaxPage+1, nil); err != nil || page.Last != MaxPage {
		t.Errorf("a page of more than MaxPage: %d, %v", page.Last, err)
	}
}

func TestReadingAClosedPool(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	s := New(pool, Config{})
	pool.Close()
	if _, err := s.ReadStream(t.Context(), "s"); err == nil {
		t.Error("ReadStream works")
	}
	for _, types := range [][]string{nil, {"ballot.cast"}} {
		if _, err := s.ReadPage(t.Context(), 0, 1, types); err == nil {
			t.Error("ReadPage works")
		}
	}
	if _, err := s.Head(t.Context()); err == nil {
		t.Error("Head works")
	}
}

// TestReadFacts reads the same events without their metadata, whatever those are.
func TestReadFacts(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	pool := pgtest.Pool(t, db.AppURL)
	s := start(t, pool, Config{})
	a := several("s", NoStream, 3)
	a.Meta = events.Metadata{Actor: newID(), AddressDigest: "9e66f454f94d81e2"}
	mustAppend(t, s, a)
	for _, types := range [][]string{nil, {"ballot.cast"}} {
		whole, err := s.ReadPageIn(t.Context(), pool, 0, 10, types)
		if err != nil || len(whole.Events) != 3 || whole.Events[2].Meta != a.Meta {
			t.Fatalf("types %v: %v, %v", types, whole, err)
		}
		facts, err := s.ReadFactsIn(t.Context(), pool, 0, 10, types)
		if err != nil || facts.Last != 3 {
			t.Fatalf("types %v: %v, %v", types, facts, err)
		}
		for i := range whole.Events {
			whole.Events[i].Meta = events.Metadata{}
		}
		if diff := cmp.Diff(whole.Events, facts.Events); diff != "" {
			t.Errorf("types %v (-want +got):\n%s", types, diff)
		}
	}
	tamper(t, db, `UPDATE events SET meta = '{"weather": "fine"}' WHERE position = 2`)
	if page, err := s.ReadPage(t.Context(), 0, 10, nil); err != nil || page.Last != 1 {
		t.Errorf("with metadata of tomorrow: %v, %v", page, err)
	}
	if page, err := s.ReadFactsIn(t.Context(), pool, 0, 10, nil); err != nil || page.Last != 3 {
		t.Errorf("without them: %v, %v", page, err)
	}
}

func TestRowsOfAnotherShape(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	for _, sql := range []string{
		`SELECT 1::bigint`,
		`SELECT 1, '', 1::bigint, gen_random_uuid(), '', 1::smallint, '{}'::jsonb, '{}'::jsonb, now()`,
		`SELECT 1::bigint, '', 1::bigint, gen_random_uuid(), 'ballot.cast', 1, '{}'::jsonb, '{}'::jsonb, now()`,
	} {
		rows, err := pool.Query(t.Context(), sql, readMode)
		if err != nil {
			t.Fatal(err)
		}
		if page, err := readPage(rows, 0); !errors.Is(err, errRow) {
			t.Errorf("%s: %v, %v", sql, page, err)
		}
		rows.Close()
	}
}
