package relay

import (
	"fmt"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
)

// VideoWork are the events that ask the transcoder for work.
func VideoWork() []string {
	return []string{events.VideoSubmitted{}.EventType(), events.VideoReprocessOrdered{}.EventType()}
}

// ForTranscoder is the transcoder's job for one of those events; no other event is one.
func ForTranscoder(r events.Recorded) (*message.Message, error) {
	switch f := r.Event.(type) {
	case events.VideoSubmitted:
		return bus.NewWork(r, f.VideoID).Message()
	case events.VideoReprocessOrdered:
		return bus.NewWork(r, f.VideoID).Message()
	}
	return nil, fmt.Errorf("%s asks for no work", r.Event.EventType())
}
