package sweep

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/uuid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/local/loopsqs"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/relay"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// plant is the real log, relay, queues and sweep; its workers finish a video by appending its result.
type plant struct {
	t     *testing.T
	store *eventstore.Store
	bus   *bus.Bus
	aws   aws.Config
	url   string
	log   *slog.Logger
}

func newPlant(t *testing.T) *plant {
	t.Helper()
	server, err := loopsqs.Start(t.Context(), loopsqs.Config{
		Dir: t.TempDir(), NoSync: true, Now: time.Now,
		Chaos: loopsqs.Chaos{Duplicate: 0.05, ReorderUpTo: 300 * time.Millisecond, LoseReceive: 0.05, Seed: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	cfg, err := bus.LoadAWS(t.Context(), bus.Credentials{Region: "us-east-1", AccessKey: "test", SecretKey: "test"})
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	p := &plant{
		t: t, url: server.URL(), aws: cfg, log: log,
		bus: bus.New(bus.Config{AWS: cfg, Endpoint: server.URL(), Prefix: "test-", Log: log}),
	}
	t.Cleanup(p.bus.Close)
	if err := p.bus.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	p.store = eventstore.New(pool, eventstore.Config{})
	p.start(p.store.Run)
	r := relay.New(relay.Config{
		Pool: pool, Log: p.store, LogID: 1, Publisher: p.bus.Publisher(), Slog: log,
		Routes: []relay.Route{{Topic: bus.Transcode, Types: relay.VideoWork(), Work: relay.ForTranscoder}},
	})
	p.start(r.Run)
	return p
}

func (p *plant) start(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil {
			p.t.Errorf("run: %v", err)
		}
	}()
	p.t.Cleanup(func() {
		cancel()
		<-done
	})
}

func (p *plant) add(ctx context.Context, expect int64, id events.ID, e events.Event) (eventstore.Outcome, error) {
	return p.store.Append(ctx, eventstore.Append{
		Stream: events.VideoStream(id), Expect: expect, Events: []eventstore.Pending{{ID: events.ID(uuid.New()), Event: e}},
	})
}

func (p *plant) submit() {
	p.t.Helper()
	fact := submitted(events.ID(uuid.New()))
	fact.Title = events.Open("title")
	if err := fact.Title.Encrypt(func(plain []byte) ([]byte, error) { return plain, nil }); err != nil {
		p.t.Fatal(err)
	}
	if out, err := p.add(p.t.Context(), eventstore.NoStream, fact.VideoID, fact); err != nil || out.Result != eventstore.Appended {
		p.t.Fatalf("%+v, %v", out, err)
	}
}

// finish is a worker.
func (p *plant) finish(msg *message.Message) error {
	job, err := bus.ParseWork(msg)
	if err != nil {
		return err
	}
	_, err = p.add(msg.Context(), 1, job.VideoID, events.VideoProcessed{VideoID: job.VideoID, Attempt: 1})
	return err // a conflict is somebody else's result
}

// purge empties every queue.
func (p *plant) purge() {
	p.t.Helper()
	client := sqs.NewFromConfig(p.aws, func(o *sqs.Options) { o.BaseEndpoint = &p.url })
	queues, err := client.ListQueues(p.t.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		p.t.Fatal(err)
	}
	for _, url := range queues.QueueUrls {
		if _, err := client.PurgeQueue(p.t.Context(), &sqs.PurgeQueueInput{QueueUrl: &url}); err != nil {
			p.t.Fatal(err)
		}
	}
}

// Pending and Known read the log itself, which is what a gallery comes to.
func (p *plant) Pending(ctx context.Context, silentSince time.Time, limit int) ([]events.ID, error) {
	page, err := p.store.ReadPage(ctx, 0, eventstore.MaxPage, nil)
	if err != nil {
		return nil, err
	}
	ended := map[events.ID]bool{}
	for _, r := range page.Events {
		if f, ok := r.Event.(events.VideoProcessed); ok {
			ended[f.VideoID] = true
		}
	}
	var list []events.ID
	for _, r := range page.Events {
		f, ok := r.Event.(events.VideoSubmitted)
		if ok && !ended[f.VideoID] && r.RecordedAt.Before(silentSince) && len(list) < limit {
			list = append(list, f.VideoID)
		}
	}
	return list, nil
}

func (p *plant) Known(context.Context, []events.ID) (map[events.ID]bool, error) {
	return nil, errors.New("nothing is stored here")
}

// TestPurgedQueuesLoseNoVideo empties every queue while half of the work is under way and expects, in the end, one result
// for each video.
func TestPurgedQueuesLoseNoVideo(t *testing.T) {
	t.Parallel()
	p := newPlant(t)
	const videos = 60
	for range videos / 2 {
		p.submit()
	}
	p.eventually("the relay has sent the first half", func() bool {
		d, err := p.bus.Depths(t.Context(), bus.Transcode)
		return err == nil && d.Waiting() >= videos/2
	})
	p.purge()
	for range videos / 2 {
		p.submit()
	}
	p.start(func(ctx context.Context) error {
		return p.bus.RunJobs(ctx, bus.Jobs{
			Topic: bus.Transcode, Workers: 4, Visibility: 3 * time.Second, Drain: time.Second, Timeout: time.Second,
			Backoff: bus.Backoff{Base: time.Second, Max: time.Second}, Recheck: time.Second,
			Ready: func(context.Context) error { return nil },
		}, p.finish)
	})
	nothing := &scene{page: 1}
	s := New(Config{
		Gallery: p, Log: p.store, Vault: nothing, Queue: p.bus, Publisher: p.bus.Publisher(), Commands: nothing, Objects: nothing, Uploads: nothing,
		May: func() bool { return true }, Now: time.Now, Slog: p.log,
		Every: 100 * time.Millisecond, Quiet: time.Second,
	})
	p.start(s.Run)
	p.eventually("each video has its result", func() bool { return p.results() == videos })
}

// results is how many videos have one.
func (p *plant) results() int {
	p.t.Helper()
	page, err := p.store.ReadPage(p.t.Context(), 0, eventstore.MaxPage, []string{events.VideoProcessed{}.EventType()})
	if err != nil {
		p.t.Fatal(err)
	}
	seen := map[events.ID]bool{}
	for _, r := range page.Events {
		fact, ok := r.Event.(events.VideoProcessed)
		if !ok || seen[fact.VideoID] {
			p.t.Fatalf("two results, or another fact: %+v", r)
		}
		seen[fact.VideoID] = true
	}
	return len(seen)
}

func (p *plant) eventually(what string, holds func() bool) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), 60*time.Second)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			p.t.Fatalf("never: %s", what)
		}
	}
}
