package app

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/rising-stars/showcase/handlers/transcode"
	"github.com/rising-stars/showcase/internal/bus"
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
		Commands: a.Commands, Objects: a.Objects, Pipeline: pipeline, Progress: progress.Table{Pool: a.Pool},
		Scratch: filepath.Join(dir, "jobs"), Free: transcode.FreeBytes, Worker: a.instance, Log: a.Log,
	})
	backoff := cmp.Or(cfg.JobBackoff, jobBackoff)
	if backoff < jobBackoffLeast || backoff > jobBackoffMost {
		return nil, fmt.Errorf("JOB_BACKOFF is %s; it may be %s to %s", backoff, jobBackoffLeast, jobBackoffMost)
	}
	return func(ctx context.Context) error {
		if err := h.SweepScratch(); err != nil {
			return err
		}
		return a.Bus.RunJobs(ctx, bus.Jobs{
			Topic: bus.Transcode, Workers: cfg.Workers, Visibility: jobVisibility, Drain: cfg.Drain, Timeout: jobTimeout,
			Backoff: bus.Backoff{Base: backoff, Max: jobBackoffMax * backoff}, Ready: h.Ready, Recheck: jobRecheck,
		}, h.Handle)
	}, nil
}
