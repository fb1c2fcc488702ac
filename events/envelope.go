// Package events is the vocabulary of the contest: every fact that can be in the log, the envelope around it, and the
// codec between Go and stored JSON.
//
// It uses the standard library only and does no I/O. Facts that have landed never change: a new field is a new schema
// version with an upcaster (registry.go) and a golden file (testdata/<type>.v<N>.json).
package events

import "time"

// Event is a fact. Implementations are the value types of this package.
type Event interface {
	EventType() string // wire name, past tense, such as "video.published"
}

// Metadata says who and what led to an event. It holds no plain personal data.
type Metadata struct {
	Actor         ID     `json:"actor,omitzero"`        // account that acted; zero for the system
	CorrelationID ID     `json:"correlation,omitzero"`  // the request or job that started it all
	CausationID   ID     `json:"causation,omitzero"`    // the event or message that led to this one
	Traceparent   string `json:"traceparent,omitempty"` // W3C trace context
	AddressDigest string `json:"address,omitempty"`     // keyed digest of the client's address prefix, hex
}

// Recorded is an event as it stands in the log.
type Recorded struct {
	Position   int64 // from 1, gapless, in commit order
	Stream     string
	Version    int64 // from 1 in its stream
	ID         ID
	Event      Event
	Meta       Metadata
	RecordedAt time.Time // server clock, never decreasing with position, microseconds
}

// Raw is an event as it is stored, before it is decoded.
type Raw struct {
	Position   int64
	Stream     string
	Version    int64
	ID         ID
	Type       string
	Schema     int
	Data       []byte
	Meta       []byte
	RecordedAt time.Time
}

// Decode turns a stored event into one that can be folded. Personal values stay closed.
func (r Raw) Decode() (Recorded, error) {
	e, err := Unmarshal(r.Type, r.Schema, r.Data)
	if err != nil {
		return Recorded{}, err
	}
	m, err := decodeMetadata(r.Meta)
	if err != nil {
		return Recorded{}, &DecodeError{Type: r.Type + " metadata", Schema: r.Schema, Err: err}
	}
	return Recorded{
		Position: r.Position, Stream: r.Stream, Version: r.Version, ID: r.ID,
		Event: e, Meta: m, RecordedAt: r.RecordedAt.UTC(),
	}, nil
}

func decodeMetadata(data []byte) (Metadata, error) {
	if m, ok := quickMetadata(data); ok {
		return m, nil
	}
	var m Metadata
	err := strictUnmarshal(data, &m)
	return m, err
}
