package httpapi

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rising-stars/showcase/internal/fault"
)

// statusClientGone stands in logs and figures for a request whose client left before the answer. It is never sent.
const statusClientGone = 499

// statuses is the only error → status table.
var statuses = map[fault.Kind]int{
	fault.Invalid:         http.StatusBadRequest,
	fault.Unauthenticated: http.StatusUnauthorized,
	fault.Forbidden:       http.StatusForbidden,
	fault.NotFound:        http.StatusNotFound,
	fault.TooMany:         http.StatusTooManyRequests,
	fault.Unavailable:     http.StatusServiceUnavailable,
	fault.Conflict:        http.StatusConflict,
}

// titles are the statuses' names, Spanish and English.
var titles = map[int][2]string{
	http.StatusBadRequest:                   {"Solicitud incorrecta", "Bad request"},
	http.StatusUnauthorized:                 {"Sin autenticación", "Unauthorized"},
	http.StatusForbidden:                    {"Prohibido", "Forbidden"},
	http.StatusNotFound:                     {"No encontrado", "Not found"},
	http.StatusMethodNotAllowed:             {"Método no permitido", "Method not allowed"},
	http.StatusConflict:                     {"Conflicto", "Conflict"},
	http.StatusRequestedRangeNotSatisfiable: {"Rango no disponible", "Range not available"},
	http.StatusTooManyRequests:              {"Demasiadas solicitudes", "Too many requests"},
	http.StatusInternalServerError:          {"Error interno", "Internal error"},
	http.StatusServiceUnavailable:           {"No disponible", "Unavailable"},
}

// Refusals of the edge itself.
var (
	errNoRoute = fault.New(fault.NotFound, "route.not-found",
		"No existe esa dirección.", "There is nothing at this address.")
	errMethod = fault.New(fault.Invalid, "route.method-not-allowed",
		"Esa operación no existe en esta dirección.", "This address does not have that method.")
	errInternal = fault.New(fault.Unavailable, "internal",
		"Ocurrió un error inesperado. Si se repite, dinos el identificador de la solicitud.",
		"An unexpected error happened. If it happens again, share the request id.")
	errLate = fault.New(fault.Unavailable, "server.timeout",
		"El servidor tardó demasiado. Intenta de nuevo en unos segundos.",
		"The server took too long. Try again in a few seconds.").After(2 * time.Second)
)

var (
	errPanic      = errors.New("a handler panicked")
	errUnfinished = errors.New("whoever was making this did not finish")
)

// methodError is a path without that method.
type methodError struct{ allow []string }

func (e methodError) Error() string { return errMethod.Error() }

// problem is RFC 9457's document, with error for clients that were written before it.
type problem struct {
	Type      string         `json:"type"`
	Title     string         `json:"title"`
	Status    int            `json:"status"`
	Detail    string         `json:"detail"`
	Code      string         `json:"code"`
	Error     string         `json:"error"`
	RequestID string         `json:"request_id"`
	Errors    []fieldProblem `json:"errors,omitempty"`
}

type fieldProblem struct {
	Field  string `json:"field"`
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

// refuse answers an error, once; an error that is not a refusal is logged here and tells the client a request id.
func (a *api) refuse(w *reply, r *http.Request, err error) {
	if w.status != 0 { // the answer has begun: all that is left is to say so, unless the client left
		if errors.Is(r.Context().Err(), context.Canceled) {
			return
		}
		a.Log.LogAttrs(r.Context(), slog.LevelError, "answer broke off",
			slog.String("request_id", w.request), slog.Any("error", err))
		return
	}
	if _, refused := errors.AsType[*fault.Fault](err); !refused && errors.Is(r.Context().Err(), context.Canceled) {
		w.status = statusClientGone
		panic(http.ErrAbortHandler) // an answer that nobody wrote would be an empty 200
	}
	f, status := a.sort(w, r, err)
	h := w.Header()
	switch status {
	case http.StatusUnauthorized:
		h.Set("WWW-Authenticate", challenge(f))
	case http.StatusTooManyRequests, http.StatusServiceUnavailable:
		h.Set("Retry-After", strconv.FormatInt(seconds(f.RetryAfter), 10))
	}
	writeProblem(w, r, f, status)
}

// sort finds the refusal and the status of an error.
func (a *api) sort(w *reply, r *http.Request, err error) (*fault.Fault, int) {
	if m, ok := errors.AsType[methodError](err); ok {
		w.Header().Set("Allow", strings.Join(m.allow, ", "))
		return errMethod, http.StatusMethodNotAllowed
	}
	if errors.Is(err, errNoRange) {
		return errNoRange, http.StatusRequestedRangeNotSatisfiable
	}
	if f, ok := errors.AsType[*fault.Fault](err); ok {
		if status, known := statuses[f.Kind]; known {
			return f, status
		}
	}
	level, f, status := slog.LevelError, errInternal, http.StatusInternalServerError
	if errors.Is(err, context.DeadlineExceeded) {
		f, status = errLate, http.StatusServiceUnavailable
	}
	a.Log.LogAttrs(r.Context(), level, "request went wrong",
		slog.String("request_id", w.request), slog.String("path", r.URL.Path), slog.Any("error", err))
	return f, status
}

// challenge is RFC 6750's.
func challenge(f *fault.Fault) string {
	if strings.HasPrefix(f.Code, "auth.token-") && f.Code != "auth.token-missing" {
		return `Bearer realm="showcase", error="invalid_token", error_description="` + f.EN + `"`
	}
	return `Bearer realm="showcase"`
}

// seconds are whole ones, rounded up, and at least one.
func seconds(d time.Duration) int64 {
	return max(1, int64((d+time.Second-1)/time.Second))
}

func writeProblem(w *reply, r *http.Request, f *fault.Fault, status int) {
	english := prefersEnglish(r)
	say := func(es, en string) string {
		if english {
			return en
		}
		return es
	}
	p := problem{
		Type: "urn:showcase:problem:" + f.Code, Title: say(titles[status][0], titles[status][1]), Status: status,
		Detail: say(f.ES, f.EN), Code: f.Code, RequestID: w.request,
	}
	for _, wrong := range f.Fields {
		field := fieldProblem{Field: wrong.Name, Code: wrong.Code, Detail: say(wrong.ES, wrong.EN)}
		p.Errors = append(p.Errors, field)
		p.Detail += " " + field.Field + ": " + field.Detail // for clients that read only the sentence
	}
	p.Error = p.Detail
	body, err := json.Marshal(p)
	if err != nil { // strings and numbers always encode
		panic(err)
	}
	h := w.Header()
	h.Set("Content-Type", "application/problem+json; charset=utf-8")
	h.Set("Content-Language", say("es", "en"))
	h.Add("Vary", "Accept-Language")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Del("ETag")
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that left needs no answer
}
