package app

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/tracing"
)

// traceparent is the name of W3C's trace context, in a request's head and in a message's attributes.
const traceparent = "traceparent"

// traced has each request of the API be a span, and what it leads to below it: the API finds the span where it would
// find the client's.
func (a *App) traced(next http.Handler) http.Handler {
	if a.tracer == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasPrefix(r.URL.Path, "/api/") || strings.HasSuffix(r.URL.Path, "z") { // healthz, readyz
			next.ServeHTTP(w, r)
			return
		}
		given := r.Header.Get(traceparent)
		span := a.tracer.Start(given, r.Method, tracing.Server, tracing.Attribute{Key: "url.path", Value: r.URL.Path})
		r.Header.Set(traceparent, span.Traceparent(given))
		answer := &answered{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(answer, r)
		span.Add(tracing.Attribute{Key: "http.response.status_code", Value: strconv.Itoa(answer.status)})
		var failed error
		if answer.status >= http.StatusInternalServerError {
			failed = fmt.Errorf("status %d", answer.status)
		}
		span.End(failed)
	})
}

// answered remembers the status of an answer.
type answered struct {
	http.ResponseWriter
	status int
}

// WriteHeader is part of http.ResponseWriter.
func (w *answered) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *answered) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// tracedWork has each message for a worker be a span below the event's, and the worker's below it.
func (a *App) tracedWork(work func(events.Recorded) (*message.Message, error)) func(events.Recorded) (*message.Message, error) {
	return func(r events.Recorded) (*message.Message, error) {
		if r.Meta.Traceparent == "" {
			return work(r) // nobody traced the command
		}
		span := a.tracer.Start(r.Meta.Traceparent, "relay "+r.Event.EventType(), tracing.Producer,
			tracing.Attribute{Key: "event.id", Value: r.ID.String()}, tracing.Attribute{Key: "event.position", Value: strconv.FormatInt(r.Position, 10)})
		r.Meta.Traceparent = span.Traceparent(r.Meta.Traceparent)
		msg, err := work(r)
		span.End(err)
		return msg, err
	}
}

// tracedJob has a job be a span below its message's.
func (a *App) tracedJob(handle message.NoPublishHandlerFunc) message.NoPublishHandlerFunc {
	return func(msg *message.Message) error {
		span := a.tracer.Start(msg.Metadata.Get(traceparent), "job", tracing.Consumer, tracing.Attribute{Key: "messaging.message.id", Value: msg.UUID})
		msg.SetContext(tracing.With(msg.Context(), span))
		err := handle(msg)
		span.End(err)
		return err
	}
}

// recorded has a command of a job be a span below the job's, and its events name it.
func (a *App) recorded(ctx context.Context, meta events.Metadata, name string, id events.ID, do func(events.Metadata) error) error {
	job := tracing.Of(ctx)
	if job == nil {
		return do(meta)
	}
	span := a.tracer.Start(job.Traceparent(""), name, tracing.Internal, tracing.Attribute{Key: "video.id", Value: id.String()})
	meta.Traceparent = span.Traceparent(meta.Traceparent)
	err := do(meta)
	span.End(err)
	return err
}
