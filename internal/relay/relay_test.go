package relay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
)

func TestEachSubmissionIsAJobAndNothingElseIs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []events.ID
	for i := range 120 {
		if i%3 == 0 {
			want = append(want, w.submit())
		} else {
			w.vote()
		}
	}
	w.start(w.relay().Run)
	w.caughtUp(everyTopic...)
	if diff := cmp.Diff(want, w.sent.jobs(t)); diff != "" {
		t.Error(diff)
	}
	late := w.submit()
	w.caughtUp(everyTopic...)
	if got := w.sent.jobs(t); got[len(got)-1] != late || len(got) != len(want)+1 {
		t.Errorf("%d jobs, want %d", len(got), len(want)+1)
	}
}

func TestDoorbellsAreFewAndTheLastIsSent(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start(w.relay().Run)
	begin := time.Now()
	for range 400 {
		w.vote()
	}
	w.caughtUp(everyTopic...)
	took := time.Since(begin)
	for _, topic := range []string{bus.Ranking, bus.Dashboard} {
		rung := w.sent.doorbells(t, topic)
		next := int64(1)
		for _, d := range rung {
			if d.Log != 1 || d.From != next {
				t.Errorf("%s: doorbell %+v, want it from %d", topic, d, next)
			}
			next = d.To + 1
		}
		if next != w.head()+1 {
			t.Errorf("%s: rung up to %d of %d", topic, next-1, w.head())
		}
		if most := 2 + int(took/pace); len(rung) > most {
			t.Errorf("%s: %d doorbells in %s", topic, len(rung), took)
		}
	}
}

// TestNothingIsLeftOutWhateverFails lets sends fail, or fail after they were taken, stops and starts relays at any
// moment and cuts their connections, and then asks for every submission.
func TestNothingIsLeftOutWhateverFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	random := rand.New(rand.NewPCG(1, 2)) // under the mailbox's lock
	jobs := 0
	w.sent.failing(func(topic string) error {
		if topic == bus.Transcode {
			if jobs++; jobs == 1 {
				return errTaken
			}
		}
		switch random.IntN(4) {
		case 0:
			return errors.New("queue is down")
		case 1:
			return errTaken
		}
		return nil
	})
	var want []events.ID
	stops := []func(){w.start(w.relay().Run), w.start(w.relay().Run)}
	for i := range 60 {
		want = append(want, w.submit())
		w.vote()
		switch i % 20 {
		case 5:
			stops[0]()
			stops = append(stops[1:], w.start(w.relay().Run))
		case 15:
			w.cut()
		}
	}
	w.sent.failing(nil)
	w.caughtUp(everyTopic...)
	got := w.sent.jobs(t)
	for _, id := range want {
		if !slices.Contains(got, id) {
			t.Errorf("no job for %s", id)
		}
	}
	if len(got) == len(want) {
		t.Error("nothing was sent twice: the failures did not happen")
	}
	for _, topic := range []string{bus.Ranking, bus.Dashboard} {
		reached := int64(0)
		for _, d := range w.sent.doorbells(t, topic) {
			if d.From > reached+1 {
				t.Errorf("%s: %+v after %d", topic, d, reached)
			}
			reached = max(reached, d.To)
		}
	}
}

// cut ends the sessions that hold advisory locks, as a failing network would.
func (w *world) cut() {
	w.t.Helper()
	conn, err := pgx.Connect(w.t.Context(), w.db.OwnerURL)
	if err != nil {
		w.t.Fatal(err)
	}
	defer conn.Close(w.t.Context())
	_, err = conn.Exec(w.t.Context(), `
		SELECT pg_terminate_backend(pid)
		FROM pg_locks
		WHERE locktype = 'advisory' AND granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
	if err != nil {
		w.t.Fatal(err)
	}
}

func TestOneLeadsAndTheOtherTakesOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	a, b := w.relay(), w.relay()
	stop := w.start(a.Run)
	w.eventually("the first leads", a.Leading)
	w.start(b.Run)
	w.submit()
	w.caughtUp(everyTopic...)
	if b.Leading() {
		t.Error("both lead")
	}
	w.cut()
	w.submit()
	w.eventually("one leads again", func() bool { return a.Leading() != b.Leading() })
	w.caughtUp(everyTopic...)
	stop()
	w.eventually("the second leads", b.Leading)
	last := w.submit()
	w.caughtUp(everyTopic...)
	if !slices.Contains(w.sent.jobs(t), last) {
		t.Error("the second sends nothing")
	}
}

func TestBrokenQueueWaitsAlone(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sent.failing(func(topic string) error {
		if topic == bus.Ranking {
			return errors.New("no such queue")
		}
		return nil
	})
	r := w.relay()
	w.start(r.Run)
	for range 5 {
		w.submit()
	}
	w.caughtUp(bus.Transcode, bus.Dashboard)
	w.eventually("the trouble shows", func() bool {
		s := r.Status()[1]
		return s.Topic == bus.Ranking && s.Lag == 5 && s.Position == 0 && s.Failures >= 2 && s.Err == "no such queue"
	})
	for _, i := range []int{0, 2} {
		if s := r.Status()[i]; s.Failures != 0 || s.Lag != 0 || s.Position != 5 || s.Err != "" {
			t.Errorf("status %+v", s)
		}
	}
	w.sent.failing(nil)
	w.caughtUp(everyTopic...)
	w.eventually("the trouble is over", func() bool { return r.Status()[1] == Status{Topic: bus.Ranking, Position: 5} })
}

// stuck is a log whose first answer about the head never comes, as over a connection whose other end has vanished.
type stuck struct {
	Log
	once sync.Once
}

func (s *stuck) Head(ctx context.Context) (head int64, err error) {
	s.once.Do(func() {
		<-ctx.Done()
		err = ctx.Err()
	})
	if err != nil {
		return 0, err
	}
	return s.Log.Head(ctx)
}

func TestAnswerThatNeverComesIsAskedForAgain(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.submit()
	r := w.relay()
	r.Log = &stuck{Log: r.Log}
	w.start(r.Run)
	w.caughtUp(everyTopic...)
}

func TestCursorMovesOnlyFromWhereItWasSeen(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := cursor{pool: w.pool, name: "relay:x", log: 1}
	if position, err := c.load(t.Context()); position != 0 || err != nil {
		t.Fatalf("%d, %v", position, err)
	}
	if err := c.move(t.Context(), 0, 7); err != nil {
		t.Fatal(err)
	}
	for _, from := range []int64{0, 6, 8} {
		if err := c.move(t.Context(), from, 9); !errors.Is(err, errMoved) {
			t.Errorf("from %d: %v", from, err)
		}
	}
	if position, err := c.load(t.Context()); position != 7 || err != nil {
		t.Errorf("%d, %v", position, err)
	}
}

func TestLeaderThatWasPassedStepsDown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.relay()
	w.start(r.Run)
	w.submit()
	w.caughtUp(everyTopic...)
	if _, err := w.pool.Exec(t.Context(), `UPDATE checkpoints SET position = 0 WHERE name = 'relay:transcode'`); err != nil {
		t.Fatal(err)
	}
	w.submit()
	w.eventually("it starts anew from the cursor", func() bool { return len(w.sent.jobs(t)) >= 4 }) // 1, 2, and both again
	w.caughtUp(everyTopic...)
}

func TestWakingIsFasterThanWaiting(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	wake := make(chan struct{}, 1)
	r := w.relay()
	r.Idle, r.Wake = time.Hour, wake
	w.start(r.Run)
	w.eventually("it leads", r.Leading)
	for range 3 {
		id := w.submit()
		w.eventually(fmt.Sprint("job for ", id), func() bool {
			select {
			case wake <- struct{}{}:
			default:
			}
			return slices.Contains(w.sent.jobs(t), id)
		})
	}
}

func TestWorkIsOnlyMadeOfSubmissions(t *testing.T) {
	t.Parallel()
	if _, err := ForTranscoder(events.Recorded{Event: events.BallotCast{}}); err == nil {
		t.Error("a ballot became work")
	}
}

// TestManyJobsAreSentInParts has more videos wait than one send takes: the cursor moves behind each part, so that the
// next one need not begin anew.
func TestManyJobsAreSentInParts(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var want []events.ID
	for range 2*sendMost + 1 {
		want = append(want, w.submit())
	}
	r := w.relay()
	r.head.Store(w.head())
	q := r.queues[0]
	if err := q.load(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{sendMost, sendMost, 1, 0} {
		if passed, err := q.step(t.Context()); passed != n || err != nil {
			t.Fatalf("passed %d events, %v; want %d", passed, err, n)
		}
	}
	if got := w.sent.jobs(t); !slices.Equal(got, want) {
		t.Errorf("%d jobs, want %d", len(got), len(want))
	}
}
