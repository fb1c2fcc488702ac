package transcode

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/local/loopsqs"
	"github.com/rising-stars/showcase/internal/media"
)

// errKilled stands for a process that ends between two lines.
var errKilled = errors.New("killed")

// killer ends the worker at its nth call of anything outside, before or after the call.
type killer struct {
	Commands
	objects Objects
	at      int
	calls   int
}

func (k *killer) tick() {
	if k.calls++; k.calls == k.at {
		panic(errKilled)
	}
}

func around[T any](k *killer, call func() (T, error)) (T, error) {
	k.tick()
	v, err := call()
	k.tick()
	return v, err
}

func (k *killer) StartProcessing(ctx context.Context, meta events.Metadata, id events.ID, worker string) (command.Job, error) {
	return around(k, func() (command.Job, error) { return k.Commands.StartProcessing(ctx, meta, id, worker) })
}

func (k *killer) FinishProcessing(ctx context.Context, meta events.Metadata, result events.VideoProcessed) error {
	_, err := around(k, func() (any, error) { return nil, k.Commands.FinishProcessing(ctx, meta, result) })
	return err
}

func (k *killer) Get(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	body, err := around(k, func() (io.ReadCloser, error) {
		body, _, err := k.objects.Get(ctx, key)
		return body, err
	})
	return body, 0, err
}

func (k *killer) Put(ctx context.Context, key string, body io.Reader, size int64, contentType string) error {
	_, err := around(k, func() (any, error) { return nil, k.objects.Put(ctx, key, body, size, contentType) })
	return err
}

func (k *killer) Delete(ctx context.Context, keys ...string) error {
	return k.objects.Delete(ctx, keys...)
}

func TestWorkerKilledAtAnyLine(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for at := 1; ; at++ {
		id := b.submit()
		k := &killer{Commands: b.service, objects: b.objects, at: at}
		victim := New(b.handler.Config)
		victim.Commands, victim.Objects = k, k
		if !killed(func() { b.ok(victim.Handle(b.message(id, 1))) }) {
			if at < 13 { // start, get, four puts and finish, each before and after
				t.Errorf("only %d places to be killed at", at-1)
			}
			return
		}
		b.ok(b.handler.SweepScratch())
		b.ok(b.handler.Handle(b.message(id, 2)))
		want := []string{"submitted", "processing-started", "processing-started", "processed", "published"}
		if at == 1 || k.calls >= 14 { // before the first attempt was recorded, or after its result was
			want = []string{"submitted", "processing-started", "processed", "published"}
		}
		b.told(id, want...)
		if diff := cmp.Diff(b.outputs(id), b.objects.keys("processed/"+id.String())); diff != "" {
			t.Errorf("killed at %d: %s", at, diff)
		}
	}
}

func killed(work func()) (dead bool) {
	defer func() {
		if r := recover(); r != nil {
			if r != errKilled { //nolint:errorlint // a panic's value
				panic(r)
			}
			dead = true
		}
	}()
	work()
	return false
}

func TestScratchOfAPredecessorIsSwept(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, name := range []string{"a-1/in.mp4", "a-2/out/clip.mp4", "file"} {
		path := filepath.Join(b.handler.Scratch, name)
		b.ok(os.MkdirAll(filepath.Dir(path), 0o700))
		b.ok(os.WriteFile(path, nil, 0o600))
	}
	b.ok(b.handler.SweepScratch())
	b.swept()
}

func TestFreeBytes(t *testing.T) {
	t.Parallel()
	if n, err := FreeBytes(t.TempDir()); n <= 0 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	if _, err := FreeBytes(filepath.Join(t.TempDir(), "nothing")); err == nil {
		t.Error("no error")
	}
}

// TestJobsOverChaos does jobs over queues that duplicate, reorder and lose, with workers that fail now and then.
func TestJobsOverChaos(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	server, err := loopsqs.Start(t.Context(), loopsqs.Config{
		Dir: t.TempDir(), NoSync: true, Now: time.Now,
		Chaos: loopsqs.Chaos{Duplicate: 0.2, ReorderUpTo: 300 * time.Millisecond, LoseReceive: 0.05, Seed: 1},
	})
	b.ok(err)
	t.Cleanup(func() { b.ok(server.Close(context.Background())) })
	cfg, err := bus.LoadAWS(t.Context(), bus.Credentials{Region: "us-east-1", AccessKey: "test", SecretKey: "test"})
	b.ok(err)
	queues := bus.New(bus.Config{AWS: cfg, Endpoint: server.URL(), Prefix: "test-", Log: b.handler.Log})
	t.Cleanup(queues.Close)
	b.ok(queues.Provision(t.Context()))

	var tries atomic.Int32
	b.film.process = func(context.Context, media.Job) error {
		if tries.Add(1)%5 == 0 {
			return errors.New("a bad moment")
		}
		return nil
	}
	ids := make([]events.ID, 25)
	for i := range ids {
		ids[i] = b.submit()
		b.ok(queues.Publisher().PublishWork(t.Context(), bus.Transcode, bus.NewWork(b.stream(ids[i])[0], ids[i])))
	}
	b.start(func(ctx context.Context) error {
		return queues.RunJobs(ctx, bus.Jobs{
			Topic: bus.Transcode, Workers: 3, Visibility: 3 * time.Second, Drain: time.Second, Timeout: time.Minute,
			Backoff: bus.Backoff{Base: time.Second, Max: time.Second}, Ready: b.handler.Ready, Recheck: time.Second,
		}, b.handler.Handle)
	})
	b.eventually("every video has its result and the queue is empty", func() bool {
		for _, id := range ids {
			if _, done := b.results(id); !done {
				return false
			}
		}
		depths, err := queues.Depths(t.Context(), bus.Transcode)
		return err == nil && depths.Waiting() == 0
	})
	for _, id := range ids {
		if n, _ := b.results(id); n != 1 {
			t.Errorf("%d results for %s", n, id)
		}
	}
	b.swept()
}

// results is how many results a video has.
func (b *bench) results(id events.ID) (n int, done bool) {
	for _, r := range b.stream(id) {
		if _, ok := r.Event.(events.VideoProcessed); ok {
			n++
		}
	}
	return n, n > 0
}

func (b *bench) eventually(what string, holds func() bool) {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			b.Fatalf("never: %s", what)
		}
	}
}
