package events

// Operation is the sum of all facts on the stream of what organisers do to the machinery.
//
//sumtype:decl
type Operation interface {
	Event
	operation()
}

// QueueRedriveOrdered says that an organiser had the messages of a dead-letter queue brought back, and why. It is
// written before the first message moves.
type QueueRedriveOrdered struct {
	ContestID ID     `json:"contest_id"`
	Queue     string `json:"queue"` // such as "transcode"
	Reason    string `json:"reason"`
}

// EventType is part of Event.
func (QueueRedriveOrdered) EventType() string { return "queue.redrive-ordered" }

func (QueueRedriveOrdered) operation() {}
