package app

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/handlers/transcode"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/drain"
	"github.com/rising-stars/showcase/internal/media"
	"github.com/rising-stars/showcase/internal/progress"
)

// How jobs are held. A clip takes seconds; ffmpeg's own hard limit is five minutes.
const (
	jobVisibility = time.Minute     // after a worker was killed, its job comes again within this
	jobTimeout    = 8 * time.Minute // for fetching, processing and storing
	jobRecheck    = 10 * time.Second
)

// How long a failed job waits for its second try, unless configured, what may be configured, and how many times that is
// the longest wait. The five tries of a failing job are spread over a quarter of an hour. SQS knows whole seconds only.
const (
	jobBackoff      = 30 * time.Second
	jobBackoffLeast = 100 * time.Millisecond
	jobBackoffMost  = time.Hour
	jobBackoffMax   = 20
)

// Transcode is the role that makes clips.
func (a *App) Transcode(cfg WorkerConfig) (Role, error) {
	dir := cfg.ScratchDir
	if dir == "" {
		dir = filepath.Join(os.TempDir(), "showcase-scratch")
	}
	pipeline, err := media.New(media.Config{CacheDir: filepath.Join(dir, "bumpers"), ArtworkDir: cfg.ArtworkDir, Log: a.Log})
	if err != nil {
		return nil, fmt.Errorf("open media pipeline: %w", err)
	}
	h := transcode.New(transcode.Config{
		Commands: countedJobs{a.Commands, a}, Objects: a.Objects, Pipeline: pipeline, Progress: progress.Table{Pool: a.Pool},
		Scratch: filepath.Join(dir, "jobs"), Free: transcode.FreeBytes, Worker: a.instance, Log: a.Log,
	})
	backoff := cmp.Or(cfg.JobBackoff, jobBackoff)
	if backoff < jobBackoffLeast || backoff > jobBackoffMost {
		return nil, fmt.Errorf("JOB_BACKOFF is %s; it may be %s to %s", backoff, jobBackoffLeast, jobBackoffMost)
	}
	a.meterJobs(h.Scratch)
	a.meterAppends()
	return func(ctx context.Context) error {
		if err := h.SweepScratch(); err != nil {
			return err
		}
		return a.guarded(ctx, cfg, a.tracedJob(a.timed(h.Handle)), func(ctx context.Context, handle message.NoPublishHandlerFunc) error {
			return a.Bus.RunJobs(ctx, bus.Jobs{
				Topic: bus.Transcode, Workers: cfg.Workers, Visibility: jobVisibility, Drain: cfg.Drain, Timeout: jobTimeout,
				Backoff: bus.Backoff{Base: backoff, Max: jobBackoffMax * backoff}, Ready: h.Ready, Recheck: jobRecheck,
			}, handle)
		})
	}, nil
}

// guarded runs jobs; on an instance of an Auto Scaling group so that scaling in loses none.
func (a *App) guarded(
	ctx context.Context, cfg WorkerConfig, handle message.NoPublishHandlerFunc,
	run func(context.Context, message.NoPublishHandlerFunc) error,
) error {
	if cfg.GroupName == "" {
		return run(ctx, handle)
	}
	aws, err := bus.LoadAWS(ctx, a.credentials())
	if err != nil {
		return err
	}
	guard := drain.New(drain.Config{AWS: aws, Group: cfg.GroupName, Hook: cfg.GroupHook, Log: a.Log})
	return guard.Run(ctx, func(ctx context.Context) error {
		return run(ctx, func(msg *message.Message) error {
			defer guard.Hold()()
			return handle(msg)
		})
	})
}
