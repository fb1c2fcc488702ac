package httpapi

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rising-stars/showcase/events"
)

// Public pages are made at most once in pageTTL, however many ask.
const (
	pageTTL  = 100 * time.Millisecond
	maxPages = 1024
)

// pageKey names a public page: which list, of what, which part.
type pageKey struct {
	list string
	city string
	id   events.ID
	part window

	moment Moment // of a past ranking

	sort, seed, text string // of public videos
}

// page is an answer that is ready to be sent.
type page struct {
	body     []byte
	etag     []string // header values, ready to be shared
	length   []string
	position []string // log position that it reflects; nil when it has none
	total    []string // how long the whole list is; nil when that is not said
	cache    []string // Cache-Control; nil for a page that must be asked for again
}

func newPage(v any) (page, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return page{}, fmt.Errorf("encode a page: %w", err)
	}
	sum := sha256.Sum256(body)
	return page{
		body:   body,
		etag:   []string{`"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`},
		length: []string{strconv.Itoa(len(body))},
	}, nil
}

var headRevalidate = []string{"no-cache"} // may be kept, must be asked for again

// publish answers a public page from memory, or makes it. A client that has it already gets 304.
func (a *api) publish(w *reply, r *http.Request, key pageKey, fill func(context.Context) (page, error)) error {
	return a.publishFrom(w, r, a.pages, key, fill)
}

func (a *api) publishFrom(
	w *reply, r *http.Request, memory *briefly[pageKey, page], key pageKey, fill func(context.Context) (page, error),
) error {
	p, err := memory.get(r.Context(), key, fill)
	if err != nil {
		return err
	}
	h := w.Header()
	h["Etag"] = p.etag
	h["Cache-Control"] = headRevalidate
	if p.cache != nil {
		h["Cache-Control"] = p.cache
	}
	if p.position != nil {
		h["Log-Position"] = p.position
	}
	if p.total != nil {
		h["X-Total-Count"] = p.total
	}
	if matches(r.Header.Get("If-None-Match"), p.etag[0]) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h["Content-Type"] = headJSON
	h["Content-Length"] = p.length
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(p.body) // a client that left needs no answer
	return nil
}

// matches compares weakly, as RFC 9110 says for If-None-Match.
func matches(header, etag string) bool {
	if header == "" {
		return false
	}
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == etag {
			return true
		}
	}
	return false
}
