// Package tracing tells a collector how a command went through the processes: as OpenTelemetry spans over OTLP/HTTP, in its
// JSON encoding. It is off unless it has an endpoint, and a nil Tracer does nothing.
//
// What links the spans of several processes is the W3C traceparent, which travels in the metadata of events and in the
// attributes of messages. A span holds ids and routes and never a payload, a name or an address. Tracing never holds work up:
// spans that cannot be sent in time are dropped.
package tracing

import (
	"context"
	"encoding/hex"
	"io"
	"strings"
	"time"
)

// Kind is what a span is to others, as OTLP numbers it.
type Kind int

// Kinds of spans.
const (
	Internal Kind = 1
	Server   Kind = 2
	Producer Kind = 4
	Consumer Kind = 5
)

const (
	version   = "00"
	sampled   = "01"
	traceSize = 16
	spanSize  = 8
)

// Config is what a Tracer is made of. Every field is required.
type Config struct {
	Endpoint string // of the collector, without /v1/traces
	Service  string
	Random   io.Reader
	Now      func() time.Time
	OnError  func(error) // told of the first failure in a row
}

// Tracer makes spans and sends those that have ended, while it runs.
type Tracer struct {
	cfg   Config
	ended chan Span
}

// New makes a Tracer, or nil without an endpoint. It sends nothing before Run.
func New(c Config) *Tracer {
	if c.Endpoint == "" {
		return nil
	}
	return &Tracer{cfg: c, ended: make(chan Span, queueSize)}
}

// Span is something that takes time. A nil Span is of nobody's interest.
type Span struct {
	tracer     *Tracer
	trace      [traceSize]byte
	id, parent [spanSize]byte
	name       string
	kind       Kind
	began, end time.Time
	attributes []Attribute
	failed     bool
}

// Attribute is a fact about a span: an id, a route, a number as text.
type Attribute struct{ Key, Value string }

// Start begins a span below a traceparent; without a good one it begins a trace. It is nil when tracing is off, or when
// whoever began the trace does not want it recorded.
func (t *Tracer) Start(parent, name string, kind Kind, attributes ...Attribute) *Span {
	if t == nil {
		return nil
	}
	s := &Span{tracer: t, name: name, kind: kind, began: t.cfg.Now(), attributes: attributes}
	trace, id, flags, ok := parse(parent)
	switch {
	case ok && flags&1 == 0:
		return nil
	case ok:
		s.trace, s.parent = trace, id
	default:
		t.draw(s.trace[:])
	}
	t.draw(s.id[:])
	return s
}

// draw fills b; identity matters and not secrecy, and an id of zeros means none.
func (t *Tracer) draw(b []byte) {
	if _, err := io.ReadFull(t.cfg.Random, b); err != nil {
		b[0] = 1
	}
}

// Traceparent is how others name the span; given is what they would be told without it.
func (s *Span) Traceparent(given string) string {
	if s == nil {
		return given
	}
	return strings.Join([]string{version, hex.EncodeToString(s.trace[:]), hex.EncodeToString(s.id[:]), sampled}, "-")
}

// Add adds facts to a span that has not ended.
func (s *Span) Add(attributes ...Attribute) {
	if s != nil {
		s.attributes = append(s.attributes, attributes...)
	}
}

// End ends the span; err says that what it spans did not succeed.
func (s *Span) End(err error) {
	if s == nil {
		return
	}
	s.end, s.failed = s.tracer.cfg.Now(), err != nil
	select {
	case s.tracer.ended <- *s:
	default: // the collector is slower than we are
	}
}

// parse reads version 00 of W3C's traceparent.
func parse(s string) (trace [traceSize]byte, id [spanSize]byte, flags byte, ok bool) {
	parts := strings.Split(s, "-")
	if len(parts) != 4 || parts[0] != version || len(parts[1]) != 2*traceSize || len(parts[2]) != 2*spanSize || len(parts[3]) != 2 {
		return trace, id, 0, false
	}
	flag := []byte{0}
	for i, into := range [][]byte{trace[:], id[:], flag} {
		if _, err := hex.Decode(into, []byte(parts[i+1])); err != nil {
			return trace, id, 0, false
		}
	}
	return trace, id, flag[0], trace != [traceSize]byte{} && id != [spanSize]byte{}
}

// key is where a context keeps its span.
type key struct{}

// With is a context with a span in it.
func With(ctx context.Context, s *Span) context.Context { return context.WithValue(ctx, key{}, s) }

// Of is the context's span; nil when it has none.
func Of(ctx context.Context) *Span {
	s, _ := ctx.Value(key{}).(*Span)
	return s
}
