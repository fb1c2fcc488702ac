package relay

import (
	"fmt"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
)

// Submitted is the transcoder's job for a submitted video; no other event is one.
func Submitted(r events.Recorded) (*message.Message, error) {
	submitted, ok := r.Event.(events.VideoSubmitted)
	if !ok {
		return nil, fmt.Errorf("%s asks for no work", r.Event.EventType())
	}
	return bus.NewWork(r, submitted.VideoID).Message()
}
