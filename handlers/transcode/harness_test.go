package transcode

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/media"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/progress"
	"github.com/rising-stars/showcase/internal/vault"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func newID() events.ID { return events.ID(uuid.Must(uuid.NewV7())) }

// bench is a worker on a real log, with a store in memory and a pipeline that a test can make fail.
type bench struct {
	*testing.T
	service *command.Service
	store   *eventstore.Store
	pool    *pgxpool.Pool
	owner   events.ID
	objects *shelf
	film    *studio
	handler *Handler
}

// current is a read model that nobody waits for.
type current struct{}

func (current) CatchUp(context.Context, int64) error { return nil }

func newBench(t *testing.T) *bench {
	t.Helper()
	pool := pgtest.Pool(t, pgtest.New(t).AppURL)
	b := &bench{
		T: t, pool: pool, store: eventstore.New(pool, eventstore.Config{}), owner: newID(),
		objects: &shelf{objects: map[string][]byte{}}, film: &studio{},
	}
	b.start(b.store.Run)
	keys := vault.New(pool, [32]byte{1}, rand.Reader)
	b.service = command.New(command.Config{
		Log: b.store, Vault: keys, Accounts: current{}, Gallery: current{}, Now: time.Now, NewID: newID,
	})
	b.ok(keys.NewKey(t.Context(), b.owner))
	b.handler = New(Config{
		Commands: b.service, Objects: b.objects, Pipeline: b.film, Progress: progress.Table{Pool: pool},
		Scratch: filepath.Join(t.TempDir(), "scratch"), Free: func(string) (int64, error) { return minFree, nil },
		Worker: "worker-1", Log: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	b.ok(b.handler.SweepScratch())
	return b
}

func (b *bench) ok(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// start runs a service until the test ends.
func (b *bench) start(run func(context.Context) error) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil && !errors.Is(err, context.Canceled) {
			b.Errorf("run: %v", err)
		}
	}()
	b.Cleanup(func() {
		cancel()
		<-done
	})
}

// submit stores an original and enters it.
func (b *bench) submit() events.ID {
	b.Helper()
	id := newID()
	content := []byte("original of " + id.String())
	sum := digest(content)
	original := events.Object{Key: "originals/" + id.String() + "/" + sum + ".mp4", Bytes: int64(len(content)), SHA256: sum}
	b.objects.objects[original.Key] = content
	b.ok(b.service.SubmitVideo(b.Context(), events.Metadata{}, video.Submit{
		VideoID: id, OwnerID: b.owner, Title: "Tiro", Public: true, Original: original, DurationMS: 30_000,
	}))
	return id
}

func digest(content []byte) string {
	sum := sha256.Sum256(content)
	return hex.EncodeToString(sum[:])
}

func (b *bench) stream(id events.ID) []events.Recorded {
	b.Helper()
	recorded, err := b.store.ReadStream(b.Context(), events.VideoStream(id))
	b.ok(err)
	return recorded
}

// message is the job for a video, as it is received for the nth time.
func (b *bench) message(id events.ID, receives int) *message.Message {
	b.Helper()
	msg, err := bus.NewWork(b.stream(id)[0], id).Message()
	b.ok(err)
	msg.Metadata.Set("sqs.receives", fmt.Sprint(receives))
	msg.SetContext(b.Context())
	return msg
}

// told is what the log says of a video, in short.
func (b *bench) told(id events.ID, want ...string) {
	b.Helper()
	var got []string
	for _, r := range b.stream(id) {
		switch f := r.Event.(type) {
		case events.VideoAttemptFailed:
			got = append(got, fmt.Sprintf("attempt-failed %d %s", f.Attempt, f.Code))
		case events.VideoFailed:
			got = append(got, fmt.Sprintf("failed %d %s", f.Attempt, f.Code))
		case events.VideoRejected:
			got = append(got, fmt.Sprintf("rejected %d %s %s %s", f.Attempt, f.Code, f.ReasonES, f.ReasonEN))
		default:
			got = append(got, r.Event.EventType()[len("video."):])
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		b.Errorf("stream (-want +got):\n%s", diff)
	}
}

// outputs are the keys of a video's results.
func (b *bench) outputs(id events.ID) []string {
	sum := digest([]byte("original of " + id.String()))
	var keys []string
	for _, name := range []string{"clip.mp4", "poster.jpg", "poster.webp", "preview.mp4"} {
		keys = append(keys, "processed/"+id.String()+"/v1/"+sum+"/"+name)
	}
	return keys
}

// swept checks that no scratch is left.
func (b *bench) swept() {
	b.Helper()
	left, err := os.ReadDir(b.handler.Scratch)
	b.ok(err)
	if len(left) != 0 {
		b.Errorf("left in scratch: %v", left)
	}
}

// shelf is an object store in memory.
type shelf struct {
	mu      sync.Mutex
	objects map[string][]byte
	fail    func(action, key string) error
}

func (s *shelf) do(action, key string, work func()) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		if err := s.fail(action, key); err != nil {
			return err
		}
	}
	work()
	return nil
}

func (s *shelf) Get(_ context.Context, key string) (body io.ReadCloser, size int64, err error) {
	err = s.do("get", key, func() {
		content, ok := s.objects[key]
		if ok {
			body, size = io.NopCloser(bytes.NewReader(content)), int64(len(content))
		}
	})
	if err == nil && body == nil {
		err = blob.ErrNotFound
	}
	return body, size, err
}

func (s *shelf) Put(_ context.Context, key string, body io.Reader, size int64, _ string) error {
	content, err := io.ReadAll(body)
	if err != nil || int64(len(content)) != size {
		return fmt.Errorf("%d bytes of %d: %w", len(content), size, err)
	}
	return s.do("put", key, func() { s.objects[key] = content })
}

func (s *shelf) Delete(_ context.Context, keys ...string) error {
	return s.do("delete", "", func() {
		for _, key := range keys {
			delete(s.objects, key)
		}
	})
}

// keys are those under a prefix, sorted.
func (s *shelf) keys(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var keys []string
	for key := range s.objects {
		if len(key) >= len(prefix) && key[:len(prefix)] == prefix {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// studio is a pipeline whose outputs are made of the original's bytes, unless a test wants something else.
type studio struct {
	ready   error
	process func(ctx context.Context, job media.Job) error // before the outputs are made
}

func (s *studio) Ready(context.Context) error { return s.ready }

func (s *studio) Process(ctx context.Context, job media.Job) (media.Result, error) {
	if s.process != nil {
		if err := s.process(ctx, job); err != nil {
			return media.Result{}, err
		}
	}
	original, err := os.ReadFile(job.Input)
	if err != nil {
		return media.Result{}, err
	}
	result := media.Result{Pipeline: "v1", Duration: 35 * time.Second, Hash: "0f", CPU: 20 * time.Second}
	for name, into := range map[string]*media.Artifact{
		"clip.mp4": &result.Clip, "preview.mp4": &result.Preview, "poster.jpg": &result.PosterJPEG, "poster.webp": &result.PosterWebP,
	} {
		content := append([]byte(name+" of "), original...)
		*into = media.Artifact{Path: filepath.Join(job.Scratch, name), SHA256: digest(content), Bytes: int64(len(content))}
		if err := os.WriteFile(into.Path, content, 0o600); err != nil {
			return media.Result{}, err
		}
		job.Progress(50)
	}
	return result, nil
}
