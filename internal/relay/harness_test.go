package relay

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/pause"
	"github.com/rising-stars/showcase/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// world is a log with a pool beside it, and a queue server that can be told to fail.
type world struct {
	t     *testing.T
	db    pgtest.DB
	pool  *pgxpool.Pool
	store *eventstore.Store
	sent  *mailbox
}

func newWorld(t *testing.T) *world {
	t.Helper()
	db := pgtest.New(t)
	pool := pgtest.Pool(t, db.AppURL)
	w := &world{t: t, db: db, pool: pool, store: eventstore.New(pool, eventstore.Config{}), sent: &mailbox{got: map[string][]*message.Message{}}}
	w.start(w.store.Run)
	return w
}

// start runs a service until the test ends or stop is called.
func (w *world) start(run func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			w.t.Errorf("run: %v", err)
		}
	}()
	stop = func() {
		cancel()
		<-done
	}
	w.t.Cleanup(stop)
	return stop
}

func (w *world) relay() *Relay {
	return New(Config{
		Pool: w.pool, Log: w.store, LogID: 1, Publisher: w.sent,
		Routes: []Route{
			{Topic: bus.Transcode, Types: VideoWork(), Work: ForTranscoder},
			{Topic: bus.Ranking},
			{Topic: bus.Dashboard},
		},
		Slog: slog.New(slog.NewTextHandler(w.t.Output(), nil)),
	})
}

// submit appends the submission of a new video.
func (w *world) submit() events.ID {
	w.t.Helper()
	id := events.ID(uuid.New())
	title := events.Open("title")
	if err := title.Encrypt(func(plain []byte) ([]byte, error) { return plain, nil }); err != nil {
		w.t.Fatal(err)
	}
	w.add(events.VideoStream(id), events.VideoSubmitted{VideoID: id, OwnerID: events.ID{1}, Title: title})
	return id
}

// vote appends a ballot.
func (w *world) vote() {
	w.t.Helper()
	voter := events.ID(uuid.New())
	w.add(events.BallotStream(voter, events.ID{1}), events.BallotCast{VoterID: voter, VideoID: events.ID{1}})
}

func (w *world) add(stream string, e events.Event) {
	w.t.Helper()
	out, err := w.store.Append(w.t.Context(), eventstore.Append{
		Stream: stream, Events: []eventstore.Pending{{ID: events.ID(uuid.New()), Event: e}},
	})
	if err != nil || out.Result != eventstore.Appended {
		w.t.Fatalf("append: %+v, %v", out, err)
	}
}

func (w *world) head() int64 {
	w.t.Helper()
	head, err := w.store.Head(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return head
}

func (w *world) position(topic string) int64 {
	w.t.Helper()
	position, err := cursor{pool: w.pool, name: "relay:" + topic, log: 1}.load(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return position
}

// eventually polls until the condition holds.
func (w *world) eventually(what string, holds func() bool) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), 30*time.Second)
	defer cancel()
	for !holds() {
		if err := pause.For(ctx, 5*time.Millisecond); err != nil {
			w.t.Fatalf("never: %s", what)
		}
	}
}

// caughtUp waits until every queue was told everything.
func (w *world) caughtUp(topics ...string) {
	w.t.Helper()
	w.eventually(fmt.Sprint("cursors at the head of ", topics), func() bool {
		head := w.head()
		for _, topic := range topics {
			if w.position(topic) != head {
				return false
			}
		}
		return true
	})
}

var everyTopic = bus.Topics()

// mailbox is a publisher that keeps what it is given, unless it is told to fail.
type mailbox struct {
	mu   sync.Mutex
	got  map[string][]*message.Message
	fail func(topic string) error // after taking the messages when it returns errTaken
}

var errTaken = errors.New("taken, but the answer is lost")

func (b *mailbox) Publish(topic string, messages ...*message.Message) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	var err error
	if b.fail != nil {
		err = b.fail(topic)
	}
	if err == nil || errors.Is(err, errTaken) {
		b.got[topic] = append(b.got[topic], messages...)
	}
	return err
}

func (b *mailbox) Close() error { return nil }

func (b *mailbox) failing(fail func(topic string) error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fail = fail
}

// doorbells are those a topic was given.
func (b *mailbox) doorbells(t *testing.T, topic string) []bus.Doorbell {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []bus.Doorbell
	for _, msg := range b.got[topic] {
		d, err := bus.ParseDoorbell(msg)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, d)
	}
	return list
}

// jobs are the videos for which work was published, in order.
func (b *mailbox) jobs(t *testing.T) []events.ID {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	var list []events.ID
	for _, msg := range b.got[bus.Transcode] {
		work, err := bus.ParseWork(msg)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, work.VideoID)
	}
	return list
}
