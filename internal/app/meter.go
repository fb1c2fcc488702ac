package app

import (
	"context"
	"io"
	"sync"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/handlers/transcode"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/emf"
	"github.com/rising-stars/showcase/internal/lag"
	"github.com/rising-stars/showcase/internal/projector"
	"github.com/rising-stars/showcase/internal/relay"
)

// lines lets the log and the metrics share an output, a line at a time.
type lines struct {
	mu sync.Mutex
	to io.Writer
}

func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.to.Write(line)
}

// newMeter is nil, which counts nothing, for a process outside a deployment.
func newMeter(cfg Config, roles string, to io.Writer) *emf.Meter {
	if cfg.Environment == "" {
		return nil
	}
	return emf.New(emf.Config{Environment: cfg.Environment, Role: roles, To: to, Every: cfg.MetricsEvery, Now: time.Now})
}

// countedUploads counts what was entered.
type countedUploads struct {
	httpapi.VideoCommands
	meter *emf.Meter
}

// SubmitVideo is part of httpapi.VideoCommands.
func (c countedUploads) SubmitVideo(ctx context.Context, meta events.Metadata, s video.Submit) error {
	err := c.VideoCommands.SubmitVideo(ctx, meta, s)
	if err == nil {
		c.meter.Add(emf.UploadsAccepted, 1)
	}
	return err
}

// countedBallots counts votes.
type countedBallots struct {
	httpapi.Ballots
	meter *emf.Meter
}

// CastBallot is part of httpapi.Ballots.
func (c countedBallots) CastBallot(ctx context.Context, meta events.Metadata, voter, video events.ID, key string) error {
	err := c.Ballots.CastBallot(ctx, meta, voter, video, key)
	if err == nil {
		c.meter.Add(emf.VotesAccepted, 1)
	}
	return err
}

// countedJobs counts how attempts end, and has each of their commands traced.
type countedJobs struct {
	transcode.Commands
	app *App
}

// begun is where the handler's context keeps that a job was really begun, and not only looked at.
type begun struct{}

// StartProcessing is part of transcode.Commands.
func (c countedJobs) StartProcessing(ctx context.Context, meta events.Metadata, id events.ID, worker string) (job command.Job, err error) {
	err = c.app.recorded(ctx, meta, "start processing", id, func(meta events.Metadata) error {
		job, err = c.Commands.StartProcessing(ctx, meta, id, worker)
		return err
	})
	if began, ok := ctx.Value(begun{}).(*bool); ok && err == nil {
		*began = true
	}
	return job, err
}

// FinishProcessing is part of transcode.Commands.
func (c countedJobs) FinishProcessing(ctx context.Context, meta events.Metadata, result events.VideoProcessed) error {
	err := c.app.recorded(ctx, meta, "finish processing", result.VideoID, func(meta events.Metadata) error {
		return c.Commands.FinishProcessing(ctx, meta, result)
	})
	c.count(emf.JobsProcessed, err)
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

func (c countedJobs) count(name emf.Name, err error) {
	if err == nil {
		c.app.meter.Add(name, 1)
	}
}

// timed measures jobs that were begun.
func (a *App) timed(handle message.NoPublishHandlerFunc) message.NoPublishHandlerFunc {
	return func(msg *message.Message) error {
		began, from := false, time.Now()
		msg.SetContext(context.WithValue(msg.Context(), begun{}, &began))
		err := handle(msg)
		if began {
			a.meter.Observe(emf.JobSeconds, time.Since(from).Seconds())
		}
		return err
	}
}

// meterRelay has the relay's lag in the metrics of the process that leads.
func (a *App) meterRelay(r *relay.Relay) {
	log := lag.Log{Pool: a.Pool, ID: a.Store.Log()}
	a.meter.Gauge(emf.RelayLagSeconds, func(ctx context.Context) (float64, bool) {
		if !r.Leading() {
			return 0, false
		}
		var positions []int64
		for _, s := range r.Status() {
			positions = append(positions, s.Position)
		}
		return a.behind(ctx, log, positions)
	})
}

// meterProjections has the read models' lag in the metrics, and how many of them stand still.
func (a *App) meterProjections(list []*projector.Projector) {
	log := lag.Log{Pool: a.Pool, ID: a.Store.Log()}
	statuses := func(ctx context.Context) (positions []int64, stopped float64, ok bool) {
		ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
		defer cancel()
		for _, p := range list {
			s, err := p.Status(ctx)
			if err != nil {
				return nil, 0, false
			}
			positions = append(positions, s.Position)
			if s.Poison != nil {
				stopped++
			}
		}
		return positions, stopped, true
	}
	a.meter.Gauge(emf.ProjectionLagSeconds, func(ctx context.Context) (float64, bool) {
		positions, _, ok := statuses(ctx)
		if !ok {
			return 0, false
		}
		return a.behind(ctx, log, positions)
	})
	a.meter.Gauge(emf.ProjectionStopped, func(ctx context.Context) (float64, bool) {
		_, stopped, ok := statuses(ctx)
		return stopped, ok
	})
}

// behind is how long the last of some readers is behind, in seconds. What cannot be found out is not told, and silence is
// what alarms listen to.
func (a *App) behind(ctx context.Context, log lag.Log, positions []int64) (float64, bool) {
	ctx, cancel := context.WithTimeout(ctx, scrapeTimeout)
	defer cancel()
	longest := time.Duration(0)
	for _, position := range positions {
		d, err := log.Behind(ctx, position)
		if err != nil {
			return 0, false
		}
		longest = max(longest, d)
	}
	return longest.Seconds(), true
}
