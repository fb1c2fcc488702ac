package eventstore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// lockHead takes the head's lock in a transaction; the returned function gives it back.
func lockHead(t *testing.T, db pgtest.DB) (unlock func()) {
	t.Helper()
	tx, err := pgtest.Pool(t, db.OwnerURL).Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tx.Exec(t.Context(), `SELECT FROM heads FOR UPDATE`); err != nil {
		t.Fatal(err)
	}
	return sync.OnceFunc(func() {
		if err := tx.Rollback(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
}

type result struct {
	outcome Outcome
	err     error
}

// appendAsync appends in the background.
func appendAsync(ctx context.Context, s *Store, a Append) <-chan result {
	done := make(chan result, 1)
	go func() {
		o, err := s.Append(ctx, a)
		done <- result{o, err}
	}()
	return done
}

// waitForBlocked waits until so many calls of append_events wait for the head.
func waitForBlocked(t *testing.T, db pgtest.DB, calls int) {
	t.Helper()
	owner := pgtest.Pool(t, db.OwnerURL)
	eventually(t, "appends wait for the head", func() bool {
		var n int
		err := owner.QueryRow(t.Context(), `
			SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%append_events%'`).Scan(&n)
		return err == nil && n >= calls
	})
}

func TestFullQueueIsRefused(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	unlock := lockHead(t, db)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{Queue: 3})
	t.Cleanup(unlock)
	pending := []<-chan result{appendAsync(t.Context(), s, one("first", 0))}
	waitForBlocked(t, db, 1) // the flusher is busy with it
	for i := range 3 {
		pending = append(pending, appendAsync(t.Context(), s, one(fmt.Sprint("s", i), 0)))
	}
	eventually(t, "the queue is full", func() bool { return len(s.queue) == 3 })
	_, err := s.Append(t.Context(), one("too-many", 0))
	refusal, ok := errors.AsType[*fault.Fault](err)
	if !ok || !errors.Is(err, ErrBusy) || refusal.Kind != fault.Unavailable || refusal.RetryAfter <= 0 {
		t.Fatalf("Append to a full queue: %v", err)
	}
	unlock()
	for _, p := range pending {
		if r := <-p; r.err != nil || r.outcome.Result != Appended {
			t.Errorf("one that waited: %v", r)
		}
	}
	if got, err := s.ReadStream(t.Context(), "too-many"); err != nil || len(got) != 0 {
		t.Errorf("the refused one was written: %v, %v", got, err)
	}
}

// TestSecondBatch fills the queue while a batch waits for the head: a second one is sent, and both are written.
func TestSecondBatch(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	unlock := lockHead(t, db)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{})
	t.Cleanup(unlock)
	pending := []<-chan result{appendAsync(t.Context(), s, one("first", 0))}
	waitForBlocked(t, db, 1)
	for i := range helpAt + 5 {
		pending = append(pending, appendAsync(t.Context(), s, one(fmt.Sprint("s", i%20), AnyVersion)))
	}
	waitForBlocked(t, db, 2)
	unlock()
	for i, p := range pending {
		if r := <-p; r.err != nil || r.outcome.Result != Appended {
			t.Errorf("item %d: %v", i, r)
		}
	}
	if got := readAll(t, s, 0); len(got) != len(pending) {
		t.Errorf("%d events are there, want %d", len(got), len(pending))
	}
}

// TestCallerLeaves ends a caller's context while its item is on its way: the item is written all the same.
func TestCallerLeaves(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	unlock := lockHead(t, db)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{})
	t.Cleanup(unlock)
	ctx, leave := context.WithCancel(t.Context())
	item := one("s", NoStream)
	sent := appendAsync(ctx, s, item)
	waitForBlocked(t, db, 1)
	waits := appendAsync(ctx, s, one("never", NoStream))
	eventually(t, "the second waits", func() bool { return len(s.queue) == 1 })
	leave()
	for _, p := range []<-chan result{sent, waits} {
		if r := <-p; !errors.Is(r.err, context.Canceled) {
			t.Errorf("who left was told %v", r)
		}
	}
	unlock()
	if got := mustAppend(t, s, item); got != (Outcome{Duplicate, 1, 1}) {
		t.Errorf("sent again: %v", got)
	}
	if got, err := s.ReadStream(t.Context(), "never"); err != nil || len(got) != 0 {
		t.Errorf("what had not been sent was written: %v, %v", got, err)
	}
}

// TestBadItemFailsAlone has the server refuse one item's data in the middle of a batch.
func TestBadItemFailsAlone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	unlock := lockHead(t, db)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{})
	t.Cleanup(unlock)
	first := appendAsync(t.Context(), s, one("first", 0))
	waitForBlocked(t, db, 1)
	const n, bad = 9, 4
	var pending []<-chan result
	for i := range n {
		a := one(fmt.Sprint("s", i), 0)
		if i == bad { // jsonb cannot hold NUL
			a.Events[0].Event = events.VideoWithdrawn{Reason: "a\x00b"}
		}
		pending = append(pending, appendAsync(t.Context(), s, a))
	}
	eventually(t, "all wait", func() bool { return len(s.queue) == n })
	unlock()
	if r := <-first; r.err != nil {
		t.Fatal(r.err)
	}
	for i, p := range pending {
		switch r := <-p; {
		case i == bad && sqlState(r.err) != "22P05":
			t.Errorf("the bad item: %v", r)
		case i != bad && (r.err != nil || r.outcome.Result != Appended):
			t.Errorf("item %d beside it: %v", i, r)
		}
	}
	if page, err := s.ReadPage(t.Context(), 0, 100, nil); err != nil || page.Last != n {
		t.Errorf("log: %v, %v", page.Last, err)
	}
}

// TestLostConnections kills the writer's session again and again: every append gets its outcome, and is there once.
func TestLostConnections(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{Attempts: 100})
	owner := pgtest.Pool(t, db.OwnerURL)
	killed := make(chan struct{})
	go func() {
		defer close(killed)
		killWriters(t, owner, 12)
	}()
	const writers = 8
	counts := make([]int64, writers)
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for counts[w] < 20 || !isClosed(killed) {
				o, err := s.Append(t.Context(), one(fmt.Sprint("s", w), counts[w]))
				if err != nil || o.Result == Conflict || o.Version != counts[w]+1 {
					t.Errorf("stream %d, version %d: %v, %v", w, counts[w]+1, o, err)
					return
				}
				counts[w]++
			}
		})
	}
	wg.Wait()
	<-killed
	want := int64(0)
	for w, n := range counts {
		want += n
		if got, err := s.ReadStream(t.Context(), fmt.Sprint("s", w)); err != nil || int64(len(got)) != n {
			t.Errorf("stream %d has %d events, want %d; %v", w, len(got), n, err)
		}
	}
	if head, err := s.Head(t.Context()); err != nil || head != want {
		t.Errorf("log ends at %d, %v; want %d", head, err, want)
	}
}

// killWriters ends n sessions that are inside append_events.
func killWriters(t *testing.T, owner *pgxpool.Pool, n int) {
	t.Helper()
	for n > 0 {
		tag, err := owner.Exec(t.Context(), `
			SELECT pg_terminate_backend(pid) FROM pg_stat_activity
			WHERE datname = current_database() AND usename <> current_user AND state = 'active'
				AND query LIKE '%append_events%'`)
		if err != nil {
			t.Errorf("kill: %v", err)
			return
		}
		n -= int(tag.RowsAffected())
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestServerIsGone(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	url := "postgres://nobody@" + listener.Addr().String() + "/nothing?sslmode=disable"
	listener.Close() // nobody listens there any more
	pool, err := OpenPool(t.Context(), url, "test", 2)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(pool.Close)
	s := start(t, pool, Config{Attempts: 3})
	_, err = s.Append(t.Context(), one("s", 0))
	if refusal, ok := errors.AsType[*fault.Fault](err); !ok || !errors.Is(err, ErrUnavailable) || refusal.RetryAfter <= 0 {
		t.Errorf("Append = %v", err)
	}
}

// TestTimeoutIsRetried blocks the head for longer than an attempt lasts.
func TestTimeoutIsRetried(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	unlock := lockHead(t, db)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{Attempts: 2, Timeout: 50 * time.Millisecond})
	t.Cleanup(unlock)
	item := one("s", NoStream)
	if _, err := s.Append(t.Context(), item); !errors.Is(err, ErrUnavailable) {
		t.Fatalf("Append while the head is locked: %v", err)
	}
	unlock()
	// The server may or may not have gone on with what we gave up; either way the item is there once in the end.
	eventually(t, "the item is in the log", func() bool {
		o, err := s.Append(t.Context(), item)
		return err == nil && o.Result != Conflict && o.Version == 1
	})
	if page, err := s.ReadPage(t.Context(), 0, 10, nil); err != nil || page.Last != 1 {
		t.Errorf("log ends at %d, %v", page.Last, err)
	}
}

// TestShutdown tells Run to stop while items wait: they are sent, later ones are refused.
func TestShutdown(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	unlock := lockHead(t, db)
	defer unlock()
	s := New(pgtest.Pool(t, db.AppURL), Config{})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	pending := []<-chan result{appendAsync(t.Context(), s, one("first", 0))}
	waitForBlocked(t, db, 1)
	for i := range 5 { // one stream: they need a batch each
		pending = append(pending, appendAsync(t.Context(), s, one("s", int64(i))))
		eventually(t, "it waits", func() bool { return len(s.queue) == i+1 })
	}
	stop()
	unlock()
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
	for i, p := range pending {
		if r := <-p; r.err != nil || r.outcome.Result != Appended {
			t.Errorf("item %d: %v", i, r)
		}
	}
	if _, err := s.Append(t.Context(), one("late", 0)); !errors.Is(err, ErrBusy) {
		t.Errorf("Append after Run: %v", err)
	}
}

// TestShutdownIsBounded stops Run while the server does not answer.
func TestShutdownIsBounded(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	unlock := lockHead(t, db)
	s := New(pgtest.Pool(t, db.AppURL), Config{Attempts: 1000, Timeout: 100 * time.Millisecond})
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- s.Run(ctx) }()
	pending := appendAsync(t.Context(), s, one("s", 0))
	waitForBlocked(t, db, 1)
	stop()
	select {
	case <-ended:
	case <-time.After(patience):
		t.Fatal("Run does not end")
	}
	if r := <-pending; !errors.Is(r.err, ErrUnavailable) {
		t.Errorf("Append = %v", r)
	}
	unlock()
}

func TestOpenPoolRefusesRubbish(t *testing.T) {
	t.Parallel()
	if _, err := OpenPool(t.Context(), "postgres://%zz", "test", 1); err == nil {
		t.Error("a malformed URL is taken")
	}
}

func TestOpenPoolSetsLimits(t *testing.T) {
	t.Parallel()
	pool, err := OpenPool(t.Context(), pgtest.New(t).AppURL, "showcase api", 3)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	for setting, want := range map[string]string{
		"timezone": "UTC", "statement_timeout": "30s", "application_name": "showcase api",
	} {
		var got string
		if err := pool.QueryRow(t.Context(), `SELECT current_setting($1)`, setting).Scan(&got); err != nil || got != want {
			t.Errorf("%s = %q, %v", setting, got, err)
		}
	}
	if pool.Config().MaxConns != 3 {
		t.Errorf("MaxConns = %d", pool.Config().MaxConns)
	}
}

func TestErrorsAreSorted(t *testing.T) {
	t.Parallel()
	for code, want := range map[string][2]bool{ // transient, data
		"08006": {true, false}, "57P01": {true, false}, "40P01": {true, false}, "53300": {true, false},
		"25006": {true, false}, "55P03": {true, false}, "58030": {true, false},
		"22P05": {false, true}, "23505": {false, true}, "54000": {false, true},
		"42501": {false, false}, "P0002": {false, false}, "": {false, false},
	} {
		err := fmt.Errorf("append: %w", &pgconn.PgError{Code: code})
		if got := [2]bool{isTransient(err), isData(err)}; got != want {
			t.Errorf("%q: transient, data = %v, want %v", code, got, want)
		}
	}
	if !isTransient(net.ErrClosed) || isTransient(errAnswer) || isData(net.ErrClosed) {
		t.Error("errors that are not the server's are sorted wrongly")
	}
	if Appended.String() != "appended" || Duplicate.String() != "duplicate" || Conflict.String() != "conflict" || Result(7).String() != "result(7)" {
		t.Error("results are named wrongly")
	}
}
