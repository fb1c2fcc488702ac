// Package operations holds the rules of what organisers do to the machinery: each act says why. What it does is not its
// business.
package operations

import (
	"github.com/rising-stars/showcase/aggregates"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// ErrReason refuses an act that does not say why.
var ErrReason = fault.New(fault.Invalid, "queue.reason-required",
	"Hace falta un motivo de entre 3 y 500 caracteres.", "A reason of 3 to 500 characters is required.")

// State is what the rules read: nothing, since no act stands in another's way.
type State struct{}

// Evolve is the state after one more fact.
func (s State) Evolve(fact events.Operation) State {
	switch fact.(type) {
	case events.QueueRedriveOrdered: // may be ordered again
	}
	return s
}

// Redrive has the messages of a queue's dead-letter queue brought back. The queue's name was checked by the caller.
type Redrive struct {
	ContestID events.ID
	Queue     string
	Reason    string
}

// Decide refuses a missing reason.
func (c Redrive) Decide(State) ([]events.Operation, error) {
	reason, ok := aggregates.Reason(c.Reason)
	if !ok {
		return nil, ErrReason
	}
	return []events.Operation{events.QueueRedriveOrdered{ContestID: c.ContestID, Queue: c.Queue, Reason: reason}}, nil
}
