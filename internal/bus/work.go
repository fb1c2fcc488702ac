package bus

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/events"
)

// ErrMalformed says that a message's body cannot be understood. Trying again would not help: the poison filter sends
// such a message to the dead-letter queue at once.
var ErrMalformed = errors.New("malformed message")

// traceparent is the W3C trace context's name, as a metadata key and as a CloudEvents extension.
const traceparent = "traceparent"

// Work is a job for one video, made from the event that asks for it.
type Work struct {
	EventID     events.ID // of the event; also the id of the message, so that duplicates can be seen
	Type        string    // of the event
	Stream      string
	Version     int64
	Position    int64
	Time        time.Time
	Traceparent string // empty when there is none
	VideoID     events.ID
}

// cloudEvent is the JSON format of CloudEvents 1.0 in structured mode. Positions are strings, since the integers of
// CloudEvents have 32 bits.
type cloudEvent struct {
	SpecVersion     string    `json:"specversion"`
	ID              events.ID `json:"id"`
	Source          string    `json:"source"`
	Type            string    `json:"type"`
	Subject         string    `json:"subject"`
	Time            time.Time `json:"time"`
	DataContentType string    `json:"datacontenttype"`
	Position        string    `json:"position"`
	StreamVersion   string    `json:"streamversion"`
	Traceparent     string    `json:"traceparent,omitempty"`
	Data            workData  `json:"data"`
}

// workData is all that a worker needs to find the rest in the log. No personal data ever goes into a message.
type workData struct {
	VideoID events.ID `json:"video_id"`
}

const (
	specVersion = "1.0"
	jsonType    = "application/json"
	source      = "/rising-stars/log/1"
)

// NewWork is the work that a recorded event asks for.
func NewWork(r events.Recorded, video events.ID) Work {
	return Work{
		EventID: r.ID, Type: r.Event.EventType(), Stream: r.Stream, Version: r.Version, Position: r.Position,
		Time: r.RecordedAt, Traceparent: r.Meta.Traceparent, VideoID: video,
	}
}

// Message is the work as it is published.
func (w Work) Message() (*message.Message, error) {
	body, err := json.Marshal(cloudEvent{
		SpecVersion: specVersion, ID: w.EventID, Source: source, Type: w.Type, Subject: w.Stream, Time: w.Time.UTC(),
		DataContentType: jsonType, Position: strconv.FormatInt(w.Position, 10),
		StreamVersion: strconv.FormatInt(w.Version, 10), Traceparent: w.Traceparent, Data: workData{VideoID: w.VideoID},
	})
	if err != nil {
		return nil, fmt.Errorf("encode work of %s: %w", w.EventID, err)
	}
	msg := message.NewMessage(w.EventID.String(), body)
	msg.Metadata.Set(traceparent, w.Traceparent)
	return msg, nil
}

// ParseWork reads what Message wrote. Extensions that it does not know are left alone, as CloudEvents asks; anything
// missing or wrong is ErrMalformed.
func ParseWork(msg *message.Message) (Work, error) {
	var e cloudEvent
	if err := json.Unmarshal(msg.Payload, &e); err != nil {
		return Work{}, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	position, perr := strconv.ParseInt(e.Position, 10, 64)
	version, verr := strconv.ParseInt(e.StreamVersion, 10, 64)
	switch {
	case e.SpecVersion != specVersion:
		return Work{}, fmt.Errorf("%w: specversion %q", ErrMalformed, e.SpecVersion)
	case e.ID.IsZero() || e.Type == "" || e.Subject == "":
		return Work{}, fmt.Errorf("%w: no id, type or subject", ErrMalformed)
	case perr != nil || verr != nil || position < 1 || version < 1:
		return Work{}, fmt.Errorf("%w: position %q, version %q", ErrMalformed, e.Position, e.StreamVersion)
	case e.Data.VideoID.IsZero():
		return Work{}, fmt.Errorf("%w: no video", ErrMalformed)
	}
	return Work{
		EventID: e.ID, Type: e.Type, Stream: e.Subject, Version: version, Position: position,
		Time: e.Time, Traceparent: e.Traceparent, VideoID: e.Data.VideoID,
	}, nil
}
