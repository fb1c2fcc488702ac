package transcode

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/media"
)

func TestJobEndsInAResult(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.submit()
	b.ok(b.handler.Handle(b.message(id, 1)))
	b.told(id, "submitted", "processing-started", "processed", "published")
	b.swept()
	if diff := cmp.Diff(b.outputs(id), b.objects.keys("processed/")); diff != "" {
		t.Error(diff)
	}
	stream := b.stream(id)
	fact, ok := stream[2].Event.(events.VideoProcessed)
	if !ok || fact.Attempt != 1 || fact.Pipeline != "v1" || fact.DurationMS != 35_000 || fact.CPUMS != 20_000 || fact.PerceptualHash != "0f" {
		t.Errorf("fact %+v", fact)
	}
	for _, o := range []events.Object{fact.Clip, fact.Preview, fact.PosterJPEG, fact.PosterWebP} {
		if content := b.objects.objects[o.Key]; o.SHA256 != digest(content) || o.Bytes != int64(len(content)) {
			t.Errorf("object %+v", o)
		}
	}
	if stream[1].Meta.CausationID != stream[0].ID || stream[2].Meta.CausationID != stream[0].ID {
		t.Error("the job's event is not the cause")
	}
	if started, ok := stream[1].Event.(events.VideoProcessingStarted); !ok || started.Worker != "worker-1" {
		t.Errorf("worker %q", started.Worker)
	}
	b.ok(b.handler.Handle(b.message(id, 2))) // delivered again
	b.told(id, "submitted", "processing-started", "processed", "published")
}

func TestOriginalThatIsNotWhatWasUploaded(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(original []byte) []byte{
		"changed": func(o []byte) []byte { o[3] ^= 1; return o },
		"longer":  func(o []byte) []byte { return append(o, 'x') },
		"shorter": func(o []byte) []byte { return o[:5] },
		"gone":    func([]byte) []byte { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := b.submit()
			key := b.objects.keys("originals/")[0]
			if b.objects.objects[key] = change(b.objects.objects[key]); b.objects.objects[key] == nil {
				delete(b.objects.objects, key)
			}
			if err := b.handler.Handle(b.message(id, 1)); err == nil {
				t.Error("no error")
			}
			b.told(id, "submitted", "processing-started", "attempt-failed 1 fetch")
			b.swept()
		})
	}
}

func TestTroubleThatMayPass(t *testing.T) {
	t.Parallel()
	trouble := errors.New("trouble")
	for code, broken := range map[string]func(b *bench){
		"fetch": func(b *bench) { b.objects.fail = func(string, string) error { return trouble } },
		"store": func(b *bench) {
			b.objects.fail = func(action, _ string) error {
				if action == "put" {
					return trouble
				}
				return nil
			}
		},
		"process": func(b *bench) { b.film.process = func(context.Context, media.Job) error { return trouble } },
		"no-space": func(b *bench) {
			b.film.process = func(context.Context, media.Job) error { return errors.Join(trouble, syscall.ENOSPC) }
		},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := b.submit()
			broken(b)
			for receives := 1; receives <= bus.MaxReceives; receives++ {
				if err := b.handler.Handle(b.message(id, receives)); !errors.Is(err, trouble) || errors.Is(err, bus.ErrGiveBack) {
					t.Errorf("receive %d: %v", receives, err)
				}
			}
			want := []string{"submitted"}
			for attempt := 1; attempt < bus.MaxReceives; attempt++ {
				want = append(want, "processing-started", fmt.Sprintf("attempt-failed %d %s", attempt, code))
			}
			b.told(id, append(want, "processing-started", "failed 5 "+code)...)
			b.swept()
			b.objects.fail, b.film.process = nil, nil
			b.ok(b.handler.Handle(b.message(id, 1))) // an operator brought it back
			b.told(id, append(want, "processing-started", "failed 5 "+code, "processing-started", "processed", "published")...)
		})
	}
}

func TestFileThatIsToBlame(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.submit()
	b.film.process = func(context.Context, media.Job) error {
		return fmt.Errorf("probe: %w", &media.Permanent{Code: "codec", ES: "mal", EN: "bad"})
	}
	b.ok(b.handler.Handle(b.message(id, 1)))
	b.told(id, "submitted", "processing-started", "rejected 1 codec mal bad")
	b.swept()
	b.ok(b.handler.Handle(b.message(id, 2)))
}

func TestFileThatMayBeToBlameGetsASecondTry(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.submit()
	b.film.process = func(context.Context, media.Job) error {
		return &media.Suspect{Code: "decoder_crash", ES: "mal", EN: "bad", Err: errors.New("SIGSEGV")}
	}
	if err := b.handler.Handle(b.message(id, 1)); err == nil {
		t.Error("no error")
	}
	b.told(id, "submitted", "processing-started", "attempt-failed 1 process")
	b.ok(b.handler.Handle(b.message(id, 2)))
	b.told(id, "submitted", "processing-started", "attempt-failed 1 process", "processing-started", "rejected 2 decoder_crash mal bad")
}

func TestWorkerThatIsNotFit(t *testing.T) {
	t.Parallel()
	for name, unfit := range map[string]func(b *bench){
		"no ffmpeg":  func(b *bench) { b.film.ready = media.ErrNotReady },
		"no room":    func(b *bench) { b.handler.Free = func(string) (int64, error) { return minFree - 1, nil } },
		"no scratch": func(b *bench) { b.handler.Free = func(string) (int64, error) { return 0, syscall.ENOENT } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := b.submit()
			unfit(b)
			if b.handler.Ready(t.Context()) == nil {
				t.Error("ready")
			}
			if err := b.handler.Handle(b.message(id, bus.MaxReceives)); !errors.Is(err, bus.ErrGiveBack) {
				t.Errorf("error %v", err)
			}
			b.told(id, "submitted")
		})
	}
}

func TestWorkerThatStopsBeingFit(t *testing.T) {
	t.Parallel()
	for code, err := range map[string]error{"not-ready": media.ErrNotReady, "no-space": media.ErrNoSpace} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			id := b.submit()
			b.film.process = func(context.Context, media.Job) error { return fmt.Errorf("process: %w", err) }
			if err := b.handler.Handle(b.message(id, bus.MaxReceives)); !errors.Is(err, bus.ErrGiveBack) {
				t.Errorf("error %v", err)
			}
			b.told(id, "submitted", "processing-started", "attempt-failed 1 "+code)
		})
	}
}

func TestShutdownRecordsNothing(t *testing.T) {
	t.Parallel()
	for _, cause := range []error{bus.ErrShutdown, bus.ErrLeaseLost} {
		b := newBench(t)
		id := b.submit()
		ctx, cancel := context.WithCancelCause(t.Context())
		b.film.process = func(context.Context, media.Job) error {
			cancel(cause)
			return nil // a clip that looks whole
		}
		msg := b.message(id, bus.MaxReceives)
		msg.SetContext(ctx)
		if err := b.handler.Handle(msg); err == nil {
			t.Error("no error")
		}
		b.told(id, "submitted", "processing-started")
		if keys := b.objects.keys("processed/"); len(keys) != 0 {
			t.Errorf("stored %v", keys)
		}
		b.swept()
	}
}

func TestTimeIsUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.submit()
	ctx, expire := context.WithCancelCause(t.Context())
	b.film.process = func(context.Context, media.Job) error {
		expire(context.DeadlineExceeded) // as a deadline ends it
		return ctx.Err()
	}
	msg := b.message(id, 1)
	msg.SetContext(ctx)
	if err := b.handler.Handle(msg); err == nil {
		t.Error("no error")
	}
	b.told(id, "submitted", "processing-started", "attempt-failed 1 timeout")
}

func TestVideoThatIsDeletedMeanwhile(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.submit()
	b.film.process = func(ctx context.Context, _ media.Job) error {
		return b.service.DeleteVideo(ctx, events.Metadata{}, id, b.owner)
	}
	b.ok(b.handler.Handle(b.message(id, 1)))
	b.told(id, "submitted", "processing-started", "deleted")
	if keys := b.objects.keys("processed/"); len(keys) != 0 {
		t.Errorf("left %v", keys)
	}
	b.ok(b.handler.Handle(b.message(id, 2)))
}

func TestMessagesThatMeanNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for _, body := range []string{"", "null", "{}", "[]", "0", `{"log":1,"from":1,"to":2}`} {
		msg := message.NewMessage("id", []byte(body))
		msg.SetContext(t.Context())
		if err := b.handler.Handle(msg); !errors.Is(err, bus.ErrMalformed) {
			t.Errorf("%q: %v", body, err)
		}
	}
}

func TestUnknownVideoIsNothingToDo(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.submit()
	msg, err := bus.NewWork(b.stream(id)[0], newID()).Message()
	b.ok(err)
	msg.SetContext(t.Context())
	b.ok(b.handler.Handle(msg))
}

func TestTwoWorkersWithTheSameMessage(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	id := b.submit()
	over, end := context.WithCancel(t.Context()) // when one never comes, the other does not wait for it
	defer end()
	var here atomic.Int32
	both := make(chan struct{})
	b.film.process = func(context.Context, media.Job) error {
		if here.Add(1) == 2 {
			close(both)
		}
		select {
		case <-both:
		case <-over.Done():
		}
		if here.Load() < 2 {
			return errors.New("alone")
		}
		return nil
	}
	var workers sync.WaitGroup
	for range 2 {
		msg := b.message(id, 1)
		workers.Go(func() {
			defer end()
			if err := b.handler.Handle(msg); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	b.told(id, "submitted", "processing-started", "processing-started", "processed", "published")
	if diff := cmp.Diff(b.outputs(id), b.objects.keys("processed/")); diff != "" {
		t.Error(diff)
	}
	b.swept()
}
