package app

import (
	"context"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/handlers/transcode"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/emf"
)

// countedJobs counts how attempts end, and has each of their commands traced.
type countedJobs struct {
	transcode.Commands
	app *App
}

// begun is where the handler's context keeps its inJob.
type begun struct{}

// inJob is what is measured of a job while it is done.
type inJob struct {
	began bool      // and not only looked at
	asked time.Time // when the job's event was recorded
}

// StartProcessing is part of transcode.Commands.
func (c countedJobs) StartProcessing(ctx context.Context, meta events.Metadata, id events.ID, worker string) (job command.Job, err error) {
	err = c.app.recorded(ctx, meta, "start processing", id, func(meta events.Metadata) error {
		job, err = c.Commands.StartProcessing(ctx, meta, id, worker)
		return err
	})
	if measured, ok := ctx.Value(begun{}).(*inJob); ok && err == nil {
		measured.began = true
	}
	return job, err
}

// FinishProcessing is part of transcode.Commands.
func (c countedJobs) FinishProcessing(ctx context.Context, meta events.Metadata, result events.VideoProcessed) error {
	err := c.app.recorded(ctx, meta, "finish processing", result.VideoID, func(meta events.Metadata) error {
		return c.Commands.FinishProcessing(ctx, meta, result)
	})
	c.count(emf.JobsProcessed, err)
	if err == nil {
		c.app.meter.Observe(emf.JobCPUSeconds, (time.Duration(result.CPUMS) * time.Millisecond).Seconds())
		if job, ok := ctx.Value(begun{}).(*inJob); ok && !job.asked.IsZero() {
			c.app.meter.Observe(emf.ProcessedAfterSeconds, max(0, time.Since(job.asked)).Seconds())
		}
	}
	return err
}

// RejectVideo is part of transcode.Commands.
func (c countedJobs) RejectVideo(ctx context.Context, meta events.Metadata, fact events.VideoRejected) error {
	err := c.app.recorded(ctx, meta, "reject video", fact.VideoID, func(meta events.Metadata) error {
		return c.Commands.RejectVideo(ctx, meta, fact)
	})
	c.count(emf.JobsRejected, err)
	return err
}

// FailAttempt is part of transcode.Commands.
func (c countedJobs) FailAttempt(ctx context.Context, meta events.Metadata, fact events.VideoAttemptFailed) error {
	err := c.app.recorded(ctx, meta, "fail attempt", fact.VideoID, func(meta events.Metadata) error {
		return c.Commands.FailAttempt(ctx, meta, fact)
	})
	c.count(emf.JobsFailed, err)
	return err
}

// FailVideo is part of transcode.Commands.
func (c countedJobs) FailVideo(ctx context.Context, meta events.Metadata, fact events.VideoFailed) error {
	err := c.app.recorded(ctx, meta, "fail video", fact.VideoID, func(meta events.Metadata) error {
		return c.Commands.FailVideo(ctx, meta, fact)
	})
	c.count(emf.JobsGivenUp, err)
	return err
}

func (c countedJobs) count(name emf.Name, err error) {
	if err == nil {
		c.app.meter.Add(name, 1)
	}
}

// meterJobs says what a transcoder measures, with scratch the folder in which it works.
func (a *App) meterJobs(scratch string) {
	a.meter.Count(emf.JobsProcessed, emf.JobsRejected, emf.JobsFailed, emf.JobsGivenUp)
	for _, name := range []emf.Name{emf.JobSeconds, emf.JobCPUSeconds, emf.ProcessedAfterSeconds} {
		a.meter.Values(name)
	}
	a.meter.Gauge(emf.ScratchFreeBytes, func(context.Context) (float64, bool) {
		free, err := transcode.FreeBytes(scratch)
		return float64(free), err == nil
	})
}

// timed measures jobs that were begun.
func (a *App) timed(handle message.NoPublishHandlerFunc) message.NoPublishHandlerFunc {
	return func(msg *message.Message) error {
		var job inJob
		if work, err := bus.ParseWork(msg); err == nil { // the handler says what is wrong with it
			job.asked = work.Time
		}
		from := time.Now()
		msg.SetContext(context.WithValue(msg.Context(), begun{}, &job))
		err := handle(msg)
		if job.began {
			a.meter.Observe(emf.JobSeconds, time.Since(from).Seconds())
		}
		return err
	}
}
