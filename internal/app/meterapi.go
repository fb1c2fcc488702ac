package app

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/rising-stars/showcase/aggregates/ballot"
	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/emf"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/internal/live"
)

// meterAPI says what an API measures.
func (a *App) meterAPI(h *live.Hub) {
	a.meter.Count(emf.Requests, emf.RequestsFailed, emf.RequestsThrottled, emf.SignUps, emf.UploadsAccepted, emf.UploadsRefused,
		emf.VotesAccepted, emf.VotesRepeated, emf.VotesRefused)
	a.meter.Values(emf.RequestSeconds)
	a.meter.Gauge(emf.LiveConnections, func(context.Context) (float64, bool) { return float64(h.Len()), true })
}

// measured measures the answers of the API to people; what asks whether it is healthy is none.
func (a *App) measured(next http.Handler) http.Handler {
	if a.meter == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path := r.URL.Path
		if !strings.HasPrefix(path, "/api/") || strings.HasSuffix(path, "z") { // healthz, readyz
			next.ServeHTTP(w, r)
			return
		}
		began, answer := time.Now(), &answered{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		a.meter.Add(emf.Requests, 1)
		switch {
		case answer.status >= http.StatusInternalServerError:
			a.meter.Add(emf.RequestsFailed, 1)
		case answer.status == http.StatusTooManyRequests:
			a.meter.Add(emf.RequestsThrottled, 1)
		}
		switch {
		case path == "/api/events/stream": // lasts as long as somebody looks
		case brings(r):
			if answer.status >= http.StatusBadRequest {
				a.meter.Add(emf.UploadsRefused, 1)
			}
		default:
			a.meter.Observe(emf.RequestSeconds, time.Since(began).Seconds())
		}
	})
}

// brings says whether a request brings a video, or the end of one.
func brings(r *http.Request) bool {
	path := r.URL.Path
	return r.Method == http.MethodPost &&
		(path == "/api/videos/upload" || strings.HasPrefix(path, "/api/uploads/") && strings.HasSuffix(path, "/complete"))
}

// countedAccounts counts who signs up.
type countedAccounts struct {
	httpapi.AccountCommands
	meter *emf.Meter
}

// SignUp is part of httpapi.AccountCommands.
func (c countedAccounts) SignUp(ctx context.Context, meta events.Metadata, in command.SignUp) (events.ID, error) {
	id, err := c.AccountCommands.SignUp(ctx, meta, in)
	if err == nil {
		c.meter.Add(emf.SignUps, 1)
	}
	return id, err
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

// countedBallots counts votes, and those that the rules refuse; what failed for another reason is a request that failed.
type countedBallots struct {
	httpapi.Ballots
	meter *emf.Meter
}

// CastBallot is part of httpapi.Ballots.
func (c countedBallots) CastBallot(ctx context.Context, meta events.Metadata, voter, video events.ID, key string) error {
	err := c.Ballots.CastBallot(ctx, meta, voter, video, key)
	refusal, refused := errors.AsType[*fault.Fault](err)
	switch {
	case err == nil:
		c.meter.Add(emf.VotesAccepted, 1)
	case errors.Is(err, ballot.ErrAlreadyCast):
		c.meter.Add(emf.VotesRepeated, 1)
	case refused && refusal.Kind != fault.Unavailable:
		c.meter.Add(emf.VotesRefused, 1)
	}
	return err
}
