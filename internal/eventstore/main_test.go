package eventstore

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// TestMain runs the tests, or one writer process of TestProcesses.
func TestMain(m *testing.M) {
	if os.Getenv(writerEnv) != "" {
		os.Exit(writerMain())
	}
	pgtest.Main(m)
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

var lastID atomic.Uint64

// newID makes ids that differ inside one process.
func newID() (id events.ID) {
	binary.BigEndian.PutUint64(id[8:], lastID.Add(1))
	id[0] = 1
	return id
}

func cast() events.BallotCast { return events.BallotCast{VoterID: newID(), VideoID: newID()} }

// one is an item of a single new event.
func one(stream string, expect int64) Append {
	return Append{Stream: stream, Expect: expect, Events: []Pending{{ID: newID(), Event: cast()}}}
}

// several is an item of n new events.
func several(stream string, expect int64, n int) Append {
	a := Append{Stream: stream, Expect: expect}
	for range n {
		a.Events = append(a.Events, Pending{ID: newID(), Event: cast()})
	}
	return a
}

// start runs a store until the test ends.
func start(t *testing.T, pool *pgxpool.Pool, cfg Config) *Store {
	t.Helper()
	s := New(pool, cfg)
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("Run = %v", err)
			}
		case <-time.After(patience):
			t.Error("Run does not end")
		}
	})
	return s
}

func newStore(t *testing.T) *Store {
	t.Helper()
	return start(t, pgtest.Pool(t, pgtest.New(t).AppURL), Config{})
}

func mustAppend(t *testing.T, s *Store, a Append) Outcome {
	t.Helper()
	o, err := s.Append(t.Context(), a)
	if err != nil {
		t.Fatalf("append to %s: %v", a.Stream, err)
	}
	return o
}

func mustExec(t *testing.T, pool *pgxpool.Pool, sql string, args ...any) {
	t.Helper()
	if _, err := pool.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// eventually polls until done holds.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
		<-ticker.C
	}
}

func sqlState(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}
	return ""
}
