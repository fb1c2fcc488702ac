package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/uploads"
)

var now = time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)

// scene is everything around a sweep, told by the test.
type scene struct {
	pending []events.ID
	known   map[events.ID]bool
	streams map[string][]events.Recorded
	erased  map[events.ID]bool // accounts
	begun   map[events.ID]bool // direct uploads
	expired []uploads.Upload
	depths  bus.Depths
	objects []blob.Object // sorted by key
	page    int           // objects of one listing
	fail    map[string]error

	since    time.Time
	before   time.Time // that uploads must have expired
	enqueued []events.ID
	sent     atomic.Int32 // jobs
	removed  []string
	aborted  []string
	forgot   []events.ID
	failed   []events.VideoFailed
}

func (c *scene) Pending(_ context.Context, silentSince time.Time, limit int) ([]events.ID, error) {
	c.since = silentSince
	return c.pending[:min(limit, len(c.pending))], c.fail["pending"]
}

func (c *scene) Known(_ context.Context, ids []events.ID) (map[events.ID]bool, error) {
	return c.known, c.fail["known"]
}

func (c *scene) ReadStream(_ context.Context, stream string) ([]events.Recorded, error) {
	return c.streams[stream], c.fail["log"]
}

func (c *scene) Open(_ context.Context, page []events.Recorded) error {
	for i, r := range page {
		if s, ok := r.Event.(events.VideoSubmitted); ok && !c.erased[s.OwnerID] {
			s.Title = events.Open("title")
			page[i].Event = s
		}
	}
	return c.fail["vault"]
}

func (c *scene) Depths(_ context.Context, topic string) (bus.Depths, error) {
	if topic != bus.Transcode {
		return bus.Depths{}, fmt.Errorf("depths of %s", topic)
	}
	return c.depths, c.fail["queue"]
}

func (c *scene) PublishWork(_ context.Context, topic string, jobs ...bus.Work) error {
	for _, job := range jobs {
		if topic != bus.Transcode || job.Type != "video.submitted" || job.Stream != events.VideoStream(job.VideoID) {
			return fmt.Errorf("job %+v for %s", job, topic)
		}
		c.enqueued = append(c.enqueued, job.VideoID)
		c.sent.Add(1)
	}
	return c.fail["publish"]
}

func (c *scene) FailVideo(_ context.Context, _ events.Metadata, fact events.VideoFailed) error {
	c.failed = append(c.failed, fact)
	return c.fail["command"]
}

func (c *scene) List(_ context.Context, prefix, after string) ([]blob.Object, error) {
	var page []blob.Object
	for _, o := range c.objects {
		if len(o.Key) > len(prefix) && o.Key[:len(prefix)] == prefix && o.Key > after && len(page) < c.page {
			page = append(page, o)
		}
	}
	return page, c.fail["list"]
}

func (c *scene) Delete(_ context.Context, keys ...string) error {
	if err := c.fail["delete"]; err != nil {
		return err
	}
	c.removed = append(c.removed, keys...)
	return nil
}

func (c *scene) sweep(t *testing.T) *Sweep {
	t.Helper()
	if c.page == 0 {
		c.page = 1000
	}
	return New(Config{
		Gallery: c, Log: c, Vault: c, Queue: c, Publisher: c, Commands: c, Objects: c, Uploads: c,
		May: func() bool { return true }, Now: func() time.Time { return now },
		Slog: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
}

// tell gives a video a stream, each fact a second after the one before, the last so long ago.
func (c *scene) tell(id events.ID, ago time.Duration, facts ...events.Video) {
	if c.streams == nil {
		c.streams = map[string][]events.Recorded{}
	}
	begin := now.Add(-ago - time.Duration(len(facts)-1)*time.Second)
	for i, fact := range facts {
		stream := events.VideoStream(id)
		c.streams[stream] = append(c.streams[stream], events.Recorded{
			Position: 1, Stream: stream, Version: int64(i + 1), ID: events.ID{9}, Event: fact,
			RecordedAt: begin.Add(time.Duration(i) * time.Second),
		})
	}
}

func submitted(id events.ID) events.VideoSubmitted {
	return events.VideoSubmitted{VideoID: id, OwnerID: events.ID{1}, Original: events.Object{Key: "originals/" + id.String() + "/a.mp4"}}
}

func started(id events.ID, attempt int) events.VideoProcessingStarted {
	return events.VideoProcessingStarted{VideoID: id, Attempt: attempt}
}

func TestLostJobsAreEnqueuedAgain(t *testing.T) {
	t.Parallel()
	lost, killed, late, busy, done, gone := events.ID{10}, events.ID{11}, events.ID{12}, events.ID{13}, events.ID{14}, events.ID{15}
	again := events.ID{16}
	c := &scene{pending: []events.ID{lost, killed, late, busy, done, gone, again}}
	c.tell(again, time.Hour, submitted(again), started(again, 1), events.VideoProcessed{}, events.VideoReprocessOrdered{})
	c.tell(lost, time.Hour, submitted(lost))
	c.tell(killed, time.Hour, submitted(killed), started(killed, 1), events.VideoAttemptFailed{Attempt: 1}, started(killed, 2))
	c.tell(late, time.Second, submitted(late))
	c.tell(busy, time.Minute, submitted(busy), started(busy, 1))
	c.tell(done, time.Hour, submitted(done), started(done, 1), events.VideoRejected{})
	swept, err := c.sweep(t).Step(t.Context())
	if err != nil || swept != (Swept{Enqueued: 3}) {
		t.Fatalf("%+v, %v", swept, err)
	}
	if diff := cmp.Diff([]events.ID{lost, killed, again}, c.enqueued); diff != "" {
		t.Error(diff)
	}
	if want := now.Add(-DefaultQuiet); !c.since.Equal(want) {
		t.Errorf("silent since %s, want %s", c.since, want)
	}
}

func TestJobsThatWaitTheirTurnAreLeftAlone(t *testing.T) {
	t.Parallel()
	ids := []events.ID{{10}, {11}, {12}}
	for depths, want := range map[bus.Depths]int{
		{Visible: 3}:                          0,
		{Visible: 1, InFlight: 1, Delayed: 1}: 0,
		{Visible: 2}:                          3,
		{Dead: 9}:                             3,
	} {
		c := &scene{pending: ids, depths: depths}
		for _, id := range ids {
			c.tell(id, time.Hour, submitted(id))
		}
		if swept, err := c.sweep(t).Step(t.Context()); err != nil || swept.Enqueued != want || len(c.enqueued) != want {
			t.Errorf("%+v: %+v, %v", depths, swept, err)
		}
	}
}

func TestJobThatKillsItsWorkersIsGivenUp(t *testing.T) {
	t.Parallel()
	for attempts, want := range map[int][]events.VideoFailed{
		maxAttempts - 1: nil,
		maxAttempts:     {{VideoID: events.ID{10}, Attempt: maxAttempts, Code: "never-ends"}},
	} {
		id := events.ID{10}
		c := &scene{pending: []events.ID{id}}
		facts := []events.Video{submitted(id)}
		for i := range attempts {
			facts = append(facts, started(id, i+1))
		}
		c.tell(id, time.Hour, facts...)
		if _, err := c.sweep(t).Step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, c.failed); diff != "" {
			t.Error(diff)
		}
		if (len(c.enqueued) == 0) != (want != nil) {
			t.Errorf("%d attempts: enqueued %v", attempts, c.enqueued)
		}
	}
}

func TestFailuresAreReportedAndTheRestIsDone(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for _, part := range []string{"pending", "known", "begun", "log", "vault", "queue", "publish", "list", "delete"} {
		lost, orphan := events.ID{10}, events.ID{11}
		c := &scene{pending: []events.ID{lost}, fail: map[string]error{part: broken}}
		c.tell(lost, time.Hour, submitted(lost))
		c.tell(orphan, time.Hour, submitted(orphan))
		c.objects = []blob.Object{{Key: "originals/" + orphan.String() + "/a.mp4", Age: 2 * time.Hour}}
		swept, err := c.sweep(t).Step(t.Context())
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v", part, err)
		}
		if len(c.removed) != 0 || swept.Removed != 0 {
			t.Errorf("%s: removed %v", part, c.removed)
		}
		if part == "list" && len(c.enqueued) != 1 {
			t.Errorf("%s: enqueued %v", part, c.enqueued)
		}
	}
}

func TestRunSweepsEachMinuteWhenItMay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &scene{pending: []events.ID{{10}}}
		c.tell(events.ID{10}, time.Hour, submitted(events.ID{10}))
		s := c.sweep(t)
		var may atomic.Bool
		s.May = may.Load
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- s.Run(ctx) }()
		for _, want := range []int{0, 1, 2} {
			time.Sleep(DefaultEvery + time.Second)
			synctest.Wait()
			if got := int(c.sent.Load()); got != want {
				t.Errorf("%d sweeps, want %d", got, want)
			}
			may.Store(true)
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func (c *scene) Begun(context.Context, []events.ID) (map[events.ID]bool, error) {
	return c.begun, c.fail["begun"]
}

func (c *scene) Expired(_ context.Context, at time.Time, _ int) ([]uploads.Upload, error) {
	c.before = at
	return c.expired, c.fail["expired"]
}

func (c *scene) AbortParts(_ context.Context, key, _ string) error {
	c.aborted = append(c.aborted, key)
	return c.fail["abort"]
}

func (c *scene) Forget(_ context.Context, ids ...events.ID) error {
	c.forgot = append(c.forgot, ids...)
	return c.fail["forget"]
}

func TestUploadsThatNobodyCompletedAreGivenUp(t *testing.T) {
	t.Parallel()
	for fails, forgotten := range map[string]int{"": 2, "abort": 0} {
		c := &scene{expired: []uploads.Upload{{ID: events.ID{1}, Key: "a"}, {ID: events.ID{2}, Key: "b"}}, fail: map[string]error{}}
		if fails != "" {
			c.fail[fails] = errors.New("away")
		}
		swept, err := c.sweep(t).Step(t.Context())
		if len(c.forgot) != forgotten || swept.GivenUp != forgotten || (err != nil) != (fails != "") {
			t.Errorf("%q fails: %d forgotten, %+v, %v", fails, len(c.forgot), swept, err)
		}
		if want := now.Add(-DefaultOrphanAge); !c.before.Equal(want) {
			t.Errorf("expired by %s, want %s: one that is being completed keeps its object", c.before, want)
		}
	}
}
