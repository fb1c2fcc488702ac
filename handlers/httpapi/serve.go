package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"sync"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/obs"
)

// handler answers a request, or says why not.
type handler func(w *reply, r *http.Request) error

// loudness is which answers of a route are logged at level info. What is left out is logged at debug, and an answer of
// 500 or more always at error.
type loudness uint8

const (
	loud    loudness = iota // all
	sampled                 // one in LogEvery
	quiet                   // none
)

// reply is a response writer that knows what was written and for whom.
type reply struct {
	http.ResponseWriter
	id      events.ID // of the request, for the log of events
	request string    // its id as the client sees it
	account events.ID // who asked, once known
	status  int
	bytes   int64
}

var replies sync.Pool

func newReply() *reply {
	if rw, ok := replies.Get().(*reply); ok {
		return rw
	}
	return new(reply)
}

// WriteHeader is part of http.ResponseWriter.
func (w *reply) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write is part of http.ResponseWriter.
func (w *reply) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

// Unwrap is for http.ResponseController.
func (w *reply) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Headers that every answer has; pages and media replace some. The slices are shared and never changed.
var (
	headNoSniff  = []string{"nosniff"}
	headPolicy   = []string{"default-src 'none'; frame-ancestors 'none'"}
	headReferrer = []string{"no-referrer"}
	headResource = []string{"same-origin"}
	headNoStore  = []string{"no-store"}
	headHSTS     = []string{"max-age=31536000"}
)

func (a *api) setHeaders(h http.Header) {
	h["X-Content-Type-Options"] = headNoSniff
	h["Content-Security-Policy"] = headPolicy
	h["Referrer-Policy"] = headReferrer
	h["Cross-Origin-Resource-Policy"] = headResource
	h["Cache-Control"] = headNoStore
	if a.secure() {
		h["Strict-Transport-Security"] = headHSTS
	}
}

// serve wraps a handler in what every request goes through.
func (a *api) serve(name string, rt route) http.HandlerFunc {
	figures := a.Metrics.Route(name)
	return func(w http.ResponseWriter, r *http.Request) {
		began := a.Now()
		figures.Begin()
		rw := newReply()
		a.identify(rw, w, r)
		defer func() {
			took := a.Now().Sub(began)
			figures.End(rw.status, took, rw.bytes)
			a.logLine(r, rw, name, rt.log, took)
			*rw = reply{}
			replies.Put(rw)
		}()
		defer func() {
			if p := recover(); p != nil {
				a.panicked(rw, r, p)
			}
		}()
		a.setHeaders(rw.Header())
		bounded := r // the deferred functions above need the request as it came
		if rt.limit > 0 {
			ctx, cancel := context.WithTimeout(r.Context(), rt.limit)
			defer cancel()
			bounded = r.WithContext(ctx)
		}
		if err := rt.handle(rw, bounded); err != nil {
			a.refuse(rw, bounded, err)
		}
	}
}

// identify takes over a sane request id, or makes one.
func (a *api) identify(rw *reply, w http.ResponseWriter, r *http.Request) {
	rw.ResponseWriter = w
	rw.id = a.NewID()
	if given := r.Header.Get(obs.RequestIDHeader); obs.SaneRequestID(given) {
		rw.request = given
		if id, err := events.ParseID(given); err == nil {
			rw.id = id
		}
	} else {
		rw.request = rw.id.String()
	}
	w.Header()[obs.RequestIDHeader] = []string{rw.request}
}

// panicked answers 500 when nothing was written yet, and else breaks the connection off, so that the client does not
// take half an answer for a whole one. net/http's own way to break off passes through.
func (a *api) panicked(rw *reply, r *http.Request, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // it is compared as a panic value, not as an error
		panic(p)
	}
	a.Log.LogAttrs(r.Context(), slog.LevelError, "handler panicked", slog.String("request_id", rw.request),
		slog.Any("panic", p), slog.String("stack", string(debug.Stack())))
	if rw.status != 0 {
		panic(http.ErrAbortHandler)
	}
	a.refuse(rw, r, errPanic)
}

func (a *api) logLine(r *http.Request, rw *reply, name string, l loudness, took time.Duration) {
	level := slog.LevelInfo
	switch {
	case rw.status >= http.StatusInternalServerError && rw.status != http.StatusServiceUnavailable:
		level = slog.LevelError
	case l == quiet, l == sampled && a.quiet.Add(1)%uint64(a.LogEvery) != 0:
		level = slog.LevelDebug
	}
	if !a.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := make([]slog.Attr, 0, 8)
	attrs = append(attrs, slog.String("request_id", rw.request), slog.String("route", name), slog.Int("status", rw.status),
		slog.Float64("ms", float64(took.Microseconds())/1000), slog.Int64("bytes", rw.bytes))
	if !rw.account.IsZero() {
		attrs = append(attrs, slog.String("account", rw.account.String()))
	}
	if l == sampled && a.LogEvery > 1 {
		attrs = append(attrs, slog.Int("one_in", a.LogEvery))
	}
	a.Log.LogAttrs(r.Context(), level, "request", attrs...)
}
