package sweep

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/bus"
)

// Defaults of Config, and what is not worth configuring.
const (
	DefaultEvery     = time.Minute
	DefaultQuiet     = 2 * time.Minute
	DefaultOrphanAge = time.Hour

	maxJobs     = 100                 // enqueued again in one step
	maxAttempts = 2 * bus.MaxReceives // without an end, after which a job is given up: it may be what kills its workers
)

// Gallery tells of candidates.
type Gallery interface {
	// Pending are videos without a result about which nothing was said since a moment, longest silence first.
	Pending(ctx context.Context, silentSince time.Time, limit int) ([]events.ID, error)
	// Known are those of the ids that the gallery has.
	Known(ctx context.Context, ids []events.ID) (map[events.ID]bool, error)
}

// Log is what the sweep decides by.
type Log interface {
	ReadStream(ctx context.Context, stream string) ([]events.Recorded, error)
}

// Vault opens personal values; those of an erased account stay closed.
type Vault interface {
	Open(ctx context.Context, page []events.Recorded) error
}

// Queue is where jobs wait.
type Queue interface {
	Depths(ctx context.Context, topic string) (bus.Depths, error)
}

// Publisher enqueues jobs.
type Publisher interface {
	PublishWork(ctx context.Context, topic string, jobs ...bus.Work) error
}

// Commands give up a job that never ends.
type Commands interface {
	FailVideo(ctx context.Context, meta events.Metadata, fact events.VideoFailed) error
}

// Objects are what may belong to nobody.
type Objects interface {
	List(ctx context.Context, prefix, after string) ([]blob.Object, error)
	Delete(ctx context.Context, keys ...string) error
	AbortParts(ctx context.Context, key, upload string) error
}

// Config is what a Sweep is made of. Every field without a word about its absence is required.
type Config struct {
	Gallery   Gallery
	Log       Log
	Vault     Vault
	Queue     Queue
	Publisher Publisher
	Commands  Commands
	Objects   Objects
	Uploads   Uploads
	May       func() bool // says whether this process is the one that sweeps, such as the relay's leader
	Now       func() time.Time
	Slog      *slog.Logger

	Every     time.Duration // between two steps; 0: DefaultEvery
	Quiet     time.Duration // how long nothing was heard of a video before its job may be lost; 0: DefaultQuiet
	OrphanAge time.Duration // how old an object is before it may be an orphan; 0: DefaultOrphanAge
}

// Sweep is run by one process at a time; two do no harm but send jobs twice.
type Sweep struct {
	Config
	after map[string]string // prefix to the last key looked at
}

// New makes a Sweep. It starts nothing.
func New(c Config) *Sweep {
	for field, fallback := range map[*time.Duration]time.Duration{
		&c.Every: DefaultEvery, &c.Quiet: DefaultQuiet, &c.OrphanAge: DefaultOrphanAge,
	} {
		if *field == 0 {
			*field = fallback
		}
	}
	return &Sweep{Config: c, after: map[string]string{}}
}

// Swept counts what one step did.
type Swept struct {
	Enqueued int // jobs
	Removed  int // objects
	GivenUp  int // uploads
}

// Run makes a step each Every until the context ends.
func (s *Sweep) Run(ctx context.Context) error {
	tick := time.NewTicker(s.Every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if !s.May() {
			continue
		}
		swept, err := s.Step(ctx)
		switch {
		case ctx.Err() != nil:
		case err != nil:
			s.Slog.LogAttrs(ctx, slog.LevelError, "sweep failed", slog.Any("error", err))
		case swept != Swept{}:
			s.Slog.LogAttrs(ctx, slog.LevelInfo, "swept", slog.Int("jobs", swept.Enqueued), slog.Int("objects", swept.Removed),
				slog.Int("uploads", swept.GivenUp))
		}
	}
}

// Step enqueues lost jobs and looks at the next 1000 objects under each prefix.
func (s *Sweep) Step(ctx context.Context) (Swept, error) {
	enqueued, err := s.enqueue(ctx)
	if err != nil {
		err = fmt.Errorf("enqueue lost jobs: %w", err)
	}
	removed := 0
	for _, prefix := range []string{originals, processed} {
		n, rerr := s.remove(ctx, prefix)
		if rerr != nil {
			err = errors.Join(err, fmt.Errorf("remove orphans under %s: %w", prefix, rerr))
		}
		removed += n
	}
	expired, xerr := s.expire(ctx)
	if xerr != nil {
		err = errors.Join(err, fmt.Errorf("give up uploads: %w", xerr))
	}
	return Swept{Enqueued: enqueued, Removed: removed, GivenUp: expired}, err
}

// enqueue sends jobs again when the queue cannot hold all that should be in it.
func (s *Sweep) enqueue(ctx context.Context) (int, error) {
	silentSince := s.Now().Add(-s.Quiet)
	candidates, err := s.Gallery.Pending(ctx, silentSince, maxJobs)
	if err != nil || len(candidates) == 0 {
		return 0, err
	}
	depths, err := s.Queue.Depths(ctx, bus.Transcode)
	if err != nil || depths.Waiting() >= len(candidates) {
		return 0, err
	}
	var jobs []bus.Work
	for _, id := range candidates {
		facts, err := s.Log.ReadStream(ctx, events.VideoStream(id))
		if err != nil {
			return 0, err
		}
		if !waits(facts) || !facts[len(facts)-1].RecordedAt.Before(silentSince) {
			continue
		}
		if n, newest := unended(facts); n >= maxAttempts {
			if err := s.giveUp(ctx, id, newest); err != nil {
				return 0, err
			}
			continue
		}
		jobs = append(jobs, bus.NewWork(facts[0], id))
	}
	if len(jobs) == 0 {
		return 0, nil
	}
	if err := s.Publisher.PublishWork(ctx, bus.Transcode, jobs...); err != nil {
		return 0, err
	}
	return len(jobs), nil
}

// waits says whether a video was submitted and its last fact leaves it waiting for a result.
func waits(facts []events.Recorded) bool {
	if len(facts) == 0 {
		return false
	}
	switch facts[len(facts)-1].Event.(type) {
	case events.VideoSubmitted, events.VideoProcessingStarted, events.VideoAttemptFailed, events.VideoReprocessOrdered:
		return true
	}
	return false
}

// unended is how many attempts in a row, up to the newest, have not said how they ended, and the newest's number.
func unended(facts []events.Recorded) (n, newest int) {
	for _, r := range slices.Backward(facts) {
		started, ok := r.Event.(events.VideoProcessingStarted)
		if !ok {
			break
		}
		n++
		newest = max(newest, started.Attempt)
	}
	return n, newest
}

// giveUp says that the newest attempt was the last. The video's owner sees it, and an operator may bring it back.
func (s *Sweep) giveUp(ctx context.Context, id events.ID, attempt int) error {
	s.Slog.LogAttrs(ctx, slog.LevelError, "video given up", slog.String("video_id", id.String()), slog.Int("attempt", attempt))
	return s.Commands.FailVideo(ctx, events.Metadata{}, events.VideoFailed{VideoID: id, Attempt: attempt, Code: "never-ends"})
}
