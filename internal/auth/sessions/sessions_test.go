package sessions_test

import (
	"context"
	"crypto/rand"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// instance is one process's store; several share a database.
type instance struct {
	*sessions.Store
	mu  sync.Mutex
	now time.Time
}

func (i *instance) pass(d time.Duration) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.now = i.now.Add(d)
}

func (i *instance) clock() time.Time {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.now
}

func newID() (id events.ID) {
	_, _ = rand.Read(id[:]) // never fails
	return id
}

func open(t *testing.T, pool *pgxpool.Pool) *instance {
	t.Helper()
	i := &instance{now: time.Now().UTC().Truncate(time.Second)}
	i.Store = sessions.New(sessions.Config{
		Pool: pool, Now: i.clock, NewID: newID, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
		AccessTTL: time.Hour, IdleTTL: 30 * 24 * time.Hour, MaxTTL: 90 * 24 * time.Hour, Poll: 20 * time.Millisecond,
	})
	return i
}

func pool(t *testing.T) *pgxpool.Pool {
	t.Helper()
	return pgtest.Pool(t, pgtest.New(t).AppURL)
}

func begin(t *testing.T, i *instance, account events.ID) (sessions.Session, string) {
	t.Helper()
	s, token, err := i.OpenRefreshable(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	return s, token
}

func rotate(t *testing.T, i *instance, token string) string {
	t.Helper()
	_, next, err := i.Rotate(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	return next
}

func TestRefreshTokenIsGoodOnce(t *testing.T) {
	t.Parallel()
	i := open(t, pool(t))
	account := newID()
	s, first := begin(t, i, account)
	got, second, err := i.Rotate(t.Context(), first)
	if err != nil || got != s || second == first {
		t.Fatalf("got %+v, %q, %v; want %+v", got, second, err, s)
	}
	if i.Revoked(s.ID) {
		t.Error("revoked by a plain rotation")
	}
	if _, _, err := i.Rotate(t.Context(), first); !errors.Is(err, sessions.ErrReused) {
		t.Errorf("second use: %v", err)
	}
	if !i.Revoked(s.ID) {
		t.Error("a second use left the session alive")
	}
	if _, _, err := i.Rotate(t.Context(), second); !errors.Is(err, sessions.ErrRefresh) {
		t.Errorf("the family's newest token after that: %v", err)
	}
}

func TestOnlyOneOfTwoRotationsWins(t *testing.T) {
	t.Parallel()
	i := open(t, pool(t))
	_, token := begin(t, i, newID())
	errs := make([]error, 8)
	var all sync.WaitGroup
	for n := range errs {
		all.Go(func() { _, _, errs[n] = i.Rotate(t.Context(), token) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case !errors.Is(err, sessions.ErrReused):
			t.Errorf("got %v", err)
		}
	}
	if won != 1 {
		t.Errorf("%d rotations of one token succeeded", won)
	}
}

func TestOddTokensAreRefused(t *testing.T) {
	t.Parallel()
	i := open(t, pool(t))
	_, token := begin(t, i, newID())
	for _, odd := range []string{"", "x", token[1:], token + "A", strings.Repeat("A", 43), "' OR 1=1 --", strings.Repeat("A", 1<<16), token[:42] + "\x00"} {
		if _, _, err := i.Rotate(t.Context(), odd); !errors.Is(err, sessions.ErrRefresh) {
			t.Errorf("%.50q: %v", odd, err)
		}
		if _, err := i.SessionOf(t.Context(), odd); !errors.Is(err, sessions.ErrRefresh) {
			t.Errorf("%.50q: %v", odd, err)
		}
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	i := open(t, pool(t))
	_, idle := begin(t, i, newID())
	i.pass(30*24*time.Hour + time.Second)
	if _, _, err := i.Rotate(t.Context(), idle); !errors.Is(err, sessions.ErrRefresh) {
		t.Errorf("idle for too long: %v", err)
	}
	_, busy := begin(t, i, newID())
	for range 4 {
		i.pass(20 * 24 * time.Hour)
		busy = rotate(t, i, busy)
	}
	i.pass(10*24*time.Hour + time.Second)
	if _, _, err := i.Rotate(t.Context(), busy); !errors.Is(err, sessions.ErrRefresh) {
		t.Errorf("older than the limit: %v", err)
	}
}

func TestRevocationReachesOtherInstances(t *testing.T) {
	t.Parallel()
	db := pool(t)
	here, there := open(t, db), open(t, db)
	account := newID()
	one, token := begin(t, here, account)
	two, err := here.Open(t.Context(), account)
	if err != nil {
		t.Fatal(err)
	}
	three, _ := begin(t, here, account)
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- there.Run(ctx) }()
	if err := here.Revoke(t.Context(), one.ID, sessions.Logout); err != nil {
		t.Fatal(err)
	}
	if !here.Revoked(one.ID) {
		t.Error("not revoked at once where it was done")
	}
	eventually(t, func() bool { return there.Revoked(one.ID) })
	if _, _, err := there.Rotate(t.Context(), token); !errors.Is(err, sessions.ErrRefresh) {
		t.Errorf("refresh after logout: %v", err)
	}
	if err := here.RevokeAccount(t.Context(), account, three.ID, sessions.Password); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { return there.Revoked(two.ID) })
	if there.Revoked(three.ID) {
		t.Error("the spared session was revoked")
	}
	stop()
	if err := <-done; err != nil {
		t.Errorf("Run: %v", err)
	}
}

// A process that starts after a revocation knows of it before it serves.
func TestRevocationsAreKnownAfterAStart(t *testing.T) {
	t.Parallel()
	db := pool(t)
	here := open(t, db)
	s, _ := begin(t, here, newID())
	if err := here.Revoke(t.Context(), s.ID, sessions.Logout); err != nil {
		t.Fatal(err)
	}
	later := open(t, db)
	if _, read := later.Lag(); read || later.Revoked(s.ID) {
		t.Error("knows before it has read")
	}
	if err := later.Refresh(t.Context()); err != nil || !later.Revoked(s.ID) {
		t.Errorf("does not know: %v", err)
	}
	if lag, read := later.Lag(); !read || lag != 0 {
		t.Errorf("lag %v, %v", lag, read)
	}
	later.pass(2 * time.Hour)
	if err := later.Refresh(t.Context()); err != nil || later.Revoked(s.ID) {
		t.Errorf("still remembered when no token can be alive: %v", err)
	}
}

// A revocation whose transaction commits after a later one was read is found by the next poll all the same.
func TestLateCommitIsFound(t *testing.T) {
	t.Parallel()
	db := pool(t)
	here, there := open(t, db), open(t, db)
	slow, _ := begin(t, here, newID())
	fast, _ := begin(t, here, newID())
	tx, err := db.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(context.WithoutCancel(t.Context())) }() // no-op after the commit
	_, err = tx.Exec(t.Context(), `UPDATE sessions SET revoked_at = clock_timestamp(), revoked_why = 'logout' WHERE session_id = $1`, slow.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := here.Revoke(t.Context(), fast.ID, sessions.Logout); err != nil {
		t.Fatal(err)
	}
	if err := there.Refresh(t.Context()); err != nil || !there.Revoked(fast.ID) || there.Revoked(slow.ID) {
		t.Fatalf("first poll: %v", err)
	}
	if err := tx.Commit(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := there.Refresh(t.Context()); err != nil || !there.Revoked(slow.ID) {
		t.Errorf("second poll: %v", err)
	}
}

func TestTokensAreStoredHashed(t *testing.T) {
	t.Parallel()
	db := pool(t)
	i := open(t, db)
	s, token := begin(t, i, newID())
	var n int
	err := db.QueryRow(t.Context(), `SELECT count(*) FROM refresh_tokens r WHERE position($1 in r::text) > 0`, token).Scan(&n)
	if err != nil || n != 0 {
		t.Errorf("the token is in %d rows, %v", n, err)
	}
	if id, err := i.SessionOf(t.Context(), token); err != nil || id != s.ID {
		t.Errorf("got %v, %v", id, err)
	}
}

func TestEndedSessionsAreSwept(t *testing.T) {
	t.Parallel()
	db := pool(t)
	i := open(t, db)
	if _, err := i.Open(t.Context(), newID()); err != nil {
		t.Fatal(err)
	}
	living, token := begin(t, i, newID())
	i.pass(24 * time.Hour)
	if err := i.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	var n int
	if err := db.QueryRow(t.Context(), `SELECT count(*) FROM sessions`).Scan(&n); err != nil || n != 1 {
		t.Errorf("%d sessions are left, %v", n, err)
	}
	if got, _, err := i.Rotate(t.Context(), token); err != nil || got != living {
		t.Errorf("the living one: %+v, %v", got, err)
	}
}

// patience ends a test that would wait for ever.
const patience = 30 * time.Second

// eventually polls until ok holds.
func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for !ok() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("not within %v", patience)
		}
	}
}
