package transcode

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/media"
)

const (
	minFree       = 1 << 30          // bytes of scratch without which no video is begun
	recordTimeout = 10 * time.Second // for saying how an attempt ended when its own time is over
)

// Attempts are the commands that begin an attempt and end it without a result.
type Attempts interface {
	StartProcessing(ctx context.Context, meta events.Metadata, id events.ID, worker string) (command.Job, error)
	FailAttempt(ctx context.Context, meta events.Metadata, fact events.VideoAttemptFailed) error
	FailVideo(ctx context.Context, meta events.Metadata, fact events.VideoFailed) error
}

// Results are the commands that end an attempt with a result.
type Results interface {
	FinishProcessing(ctx context.Context, meta events.Metadata, result events.VideoProcessed) error
	RejectVideo(ctx context.Context, meta events.Metadata, fact events.VideoRejected) error
}

// Commands are what a worker has to say.
type Commands interface {
	Attempts
	Results
}

// Objects are where originals come from and outputs go.
type Objects interface {
	Get(ctx context.Context, key string) (io.ReadCloser, int64, error)
	Put(ctx context.Context, key string, body io.Reader, size int64, contentType string) error
	Delete(ctx context.Context, keys ...string) error
}

// Pipeline makes the outputs.
type Pipeline interface {
	Ready(ctx context.Context) error
	Process(ctx context.Context, job media.Job) (media.Result, error)
}

// Progress is told how far an attempt is.
type Progress interface {
	Set(ctx context.Context, video events.ID, attempt, percent int) error
	Forget(ctx context.Context, video events.ID) error
}

// Config is what a Handler is made of. Every field is required.
type Config struct {
	Commands Commands
	Objects  Objects
	Pipeline Pipeline
	Progress Progress
	Scratch  string                          // directory of this worker alone; SweepScratch empties it
	Free     func(dir string) (int64, error) // bytes left for it, such as FreeBytes
	Worker   string                          // name of this worker in the log, such as its host's
	Log      *slog.Logger
}

// Handler does jobs. It may do several at a time.
type Handler struct {
	Config
}

// New makes a Handler. It starts nothing.
func New(c Config) *Handler { return &Handler{Config: c} }

// Ready says whether this worker can do jobs: its pipeline has what it needs and there is room for a video.
func (h *Handler) Ready(ctx context.Context) error {
	if err := h.Pipeline.Ready(ctx); err != nil {
		return fmt.Errorf("pipeline: %w", err)
	}
	free, err := h.Free(h.Scratch)
	if err != nil {
		return fmt.Errorf("look at scratch: %w", err)
	}
	if free < minFree {
		return fmt.Errorf("%w: %d bytes of scratch", media.ErrNoSpace, free)
	}
	return nil
}

// Handle does one job. Its error says that the message is to come again.
func (h *Handler) Handle(msg *message.Message) error {
	work, err := bus.ParseWork(msg)
	if err != nil {
		return err
	}
	ctx := msg.Context()
	if err := h.Ready(ctx); err != nil {
		return fmt.Errorf("%w: %w", bus.ErrGiveBack, err)
	}
	meta := events.Metadata{CausationID: work.EventID, Traceparent: work.Traceparent}
	job, err := h.Commands.StartProcessing(ctx, meta, work.VideoID, h.Worker)
	if nothingToDo(err) {
		h.Log.LogAttrs(ctx, slog.LevelInfo, "nothing to do", slog.String("video_id", work.VideoID.String()))
		return nil
	}
	if err != nil {
		return fmt.Errorf("start processing %s: %w", work.VideoID, err)
	}
	a := &attempt{
		Handler: h, meta: meta, job: job, last: bus.LastReceive(msg),
		log: h.Log.With(slog.String("video_id", job.VideoID.String()), slog.Int("attempt", job.Attempt)),
	}
	return a.end(ctx, a.run(ctx))
}

// nothingToDo says whether the video needs no attempt: it has its result, or is gone.
func nothingToDo(err error) bool {
	return errors.Is(err, video.ErrNotPending) || errors.Is(err, video.ErrNotFound)
}
