package eventstore

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
)

func TestAppendAnswers(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	first := several("video-a", NoStream, 2)
	for _, step := range []struct {
		name string
		item Append
		want Outcome
	}{
		{"a new stream of two", first, Outcome{Appended, 2, 2}},
		{"the same again", first, Outcome{Duplicate, 2, 2}},
		{"the same with one more", Append{Stream: "video-a", Events: append(first.Events, one("", 0).Events...)}, Outcome{Duplicate, 2, 2}},
		{"part of the same, expecting another version", Append{Stream: "video-a", Expect: 7, Events: first.Events[:1]}, Outcome{Duplicate, 1, 1}},
		{"a stream that is there", one("video-a", NoStream), Outcome{Conflict, 2, 0}},
		{"a version of the past", one("video-a", 1), Outcome{Conflict, 2, 0}},
		{"a version of the future", one("video-a", 3), Outcome{Conflict, 2, 0}},
		{"a stream that is not there", one("video-b", 1), Outcome{Conflict, 0, 0}},
		{"the right version", one("video-a", 2), Outcome{Appended, 3, 3}},
		{"any version", several("video-a", AnyVersion, 3), Outcome{Appended, 6, 6}},
		{"any version of a new stream", one("video-c", AnyVersion), Outcome{Appended, 1, 7}},
		{"an id of another stream", Append{Stream: "video-d", Events: first.Events[:1]}, Outcome{Duplicate, 1, 1}},
	} {
		if got := mustAppend(t, s, step.item); got != step.want {
			t.Errorf("%s: %v, want %v", step.name, got, step.want)
		}
	}
	if head, err := s.Head(t.Context()); err != nil || head != 7 {
		t.Errorf("Head = %d, %v", head, err)
	}
}

func TestAppendKeepsEverything(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	item := several("video-a", NoStream, 2)
	item.Meta = events.Metadata{
		Actor: newID(), CorrelationID: newID(), CausationID: newID(), Traceparent: "00-1-2-01", AddressDigest: "ab12",
	}
	mustAppend(t, s, item)
	got, err := s.ReadStream(t.Context(), "video-a")
	if err != nil || len(got) != 2 {
		t.Fatalf("ReadStream = %v, %v", got, err)
	}
	for i, r := range got {
		want := events.Recorded{
			Position: int64(i + 1), Stream: "video-a", Version: int64(i + 1), ID: item.Events[i].ID,
			Event: item.Events[i].Event, Meta: item.Meta, RecordedAt: r.RecordedAt,
		}
		if r != want {
			t.Errorf("event %d: %+v, want %+v", i, r, want)
		}
		if r.RecordedAt.IsZero() || r.RecordedAt.Location() != want.RecordedAt.Location() {
			t.Errorf("recorded at %v", r.RecordedAt)
		}
	}
}

func TestAppendRefusesMalformed(t *testing.T) {
	t.Parallel()
	s := New(nil, Config{BatchBytes: 1000})
	heavy := one("s", 0)
	heavy.Events[0].Event = events.VideoWithdrawn{Reason: strings.Repeat("x", 1000)}
	for name, a := range map[string]Append{
		"no stream":           one("", 0),
		"long stream":         one(strings.Repeat("s", MaxStreamBytes+1), 0),
		"impossible version":  one("s", -2),
		"no events":           {Stream: "s"},
		"too many events":     several("s", 0, MaxItemEvents+1),
		"too many bytes":      heavy,
		"an event without id": {Stream: "s", Events: []Pending{{Event: cast()}}},
	} {
		if _, err := s.Append(t.Context(), a); !errors.Is(err, ErrItem) {
			t.Errorf("%s: %v", name, err)
		}
	}
	open := one("s", 0)
	open.Events[0].Event = events.VideoSubmitted{Title: events.Open("plain")}
	if _, err := s.Append(t.Context(), open); !errors.Is(err, events.ErrNotSealed) {
		t.Errorf("open personal value: %v", err)
	}
}

// TestTimeNeverGoesBack sets the head's clock ahead of the server's, as after a failover to a server that is behind.
func TestTimeNeverGoesBack(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner := pgtest.Pool(t, db.OwnerURL)
	s := start(t, pgtest.Pool(t, db.AppURL), Config{})
	mustAppend(t, s, one("s", NoStream))
	var ahead time.Time
	err := owner.QueryRow(t.Context(), `
		UPDATE heads SET recorded_at = now() + interval '1 hour' RETURNING recorded_at`).Scan(&ahead)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		item := one("s", int64(i+1))
		mustAppend(t, s, item)
		mustAppend(t, s, item) // a batch that accepts nothing
	}
	recorded, err := s.ReadStream(t.Context(), "s")
	if err != nil || len(recorded) != 5 {
		t.Fatalf("ReadStream = %d events, %v", len(recorded), err)
	}
	for _, r := range recorded[1:] {
		if r.RecordedAt.Before(ahead) {
			t.Errorf("version %d is recorded at %v, the one before it at %v", r.Version, r.RecordedAt, ahead)
		}
	}
}

// TestOnlyTheFunctionWrites tries every other way into the log, as the application and as the owner.
func TestOnlyTheFunctionWrites(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	app, owner := pgtest.Pool(t, db.AppURL), pgtest.Pool(t, db.OwnerURL)
	s := start(t, app, Config{})
	mustAppend(t, s, one("s", 0))
	const insert = `INSERT INTO events (position, version, recorded_at, id, log_id, schema, stream, type, data, meta)
		SELECT 2, 2, now(), gen_random_uuid(), 1, 1, 's', 'ballot.cast', '{}', '{}'`
	for _, sql := range []string{
		insert, `UPDATE events SET data = '{}'`, `DELETE FROM events`, `TRUNCATE events`, `DROP TABLE events`,
		`UPDATE heads SET position = 0`, `DELETE FROM heads`, `INSERT INTO heads VALUES (2, 0, now())`,
		`ALTER TABLE events DISABLE TRIGGER ALL`, `CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS '' LANGUAGE sql`,
		`UPDATE account_keys SET wrapped = wrapped`, `TRUNCATE account_keys`, `DELETE FROM checkpoints`,
	} {
		if _, err := app.Exec(t.Context(), sql); sqlState(err) != "42501" {
			t.Errorf("application may %s: %v", sql, err)
		}
	}
	for _, sql := range []string{`UPDATE events SET data = '{}'`, `DELETE FROM events`, `TRUNCATE events`} {
		if _, err := owner.Exec(t.Context(), sql); sqlState(err) != "42501" {
			t.Errorf("owner may %s: %v", sql, err)
		}
	}
	// A table of the caller's in front of the search path is not what the function writes to.
	conn, err := app.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	if _, err := conn.Exec(t.Context(), `CREATE TEMP TABLE heads (LIKE public.heads); SET search_path = pg_temp, public`); err != nil {
		t.Fatal(err)
	}
	var c columns
	it, err := s.encode(t.Context(), one("s", 1))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := c.call(t.Context(), conn, 1, []*item{it}); err != nil || got[0] != (Outcome{Appended, 2, 2}) {
		t.Errorf("with a decoy: %v, %v", got, err)
	}
}

func TestUnknownLog(t *testing.T) {
	t.Parallel()
	s := start(t, pgtest.Pool(t, pgtest.New(t).AppURL), Config{Log: 9})
	if _, err := s.Append(t.Context(), one("s", 0)); sqlState(err) != "P0002" {
		t.Errorf("append to a log that does not exist: %v", err)
	}
	if _, err := s.Head(t.Context()); err == nil {
		t.Error("a log that does not exist has a head")
	}
}

// TestConcurrentVotes has many goroutines cast the same ballots: each is in the log once, and nobody gets an error.
func TestConcurrentVotes(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	const voters, tries = 50, 8
	type result struct {
		voter int
		Outcome
		err error
	}
	results := make(chan result)
	for voter := range voters {
		for range tries {
			go func() {
				o, err := s.Append(context.WithoutCancel(t.Context()), one(events.BallotStream(events.ID{byte(voter)}, events.ID{}), NoStream))
				results <- result{voter, o, err}
			}()
		}
	}
	accepted := map[int]int{}
	for range voters * tries {
		switch r := <-results; {
		case r.err != nil:
			t.Errorf("voter %d: %v", r.voter, r.err)
		case r.Result == Appended:
			accepted[r.voter]++
		case r.Result != Conflict || r.Version != 1:
			t.Errorf("voter %d: %v", r.voter, r.Outcome)
		}
	}
	for voter := range voters {
		if accepted[voter] != 1 {
			t.Errorf("voter %d was accepted %d times", voter, accepted[voter])
		}
	}
	if head, err := s.Head(t.Context()); err != nil || head != voters {
		t.Errorf("Head = %d, %v", head, err)
	}
}
