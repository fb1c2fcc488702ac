package command

import (
	"context"

	"github.com/rising-stars/showcase/aggregates/operations"
	"github.com/rising-stars/showcase/events"
)

// OrderRedrive records that an organiser has a queue's dead letters brought back. Moving them is the caller's.
// Refusal: operations.ErrReason.
func (s *Service) OrderRedrive(ctx context.Context, meta events.Metadata, queue, reason string) error {
	_, err := run[operations.State, events.Operation](ctx, s, meta, events.OperationStream(s.ContestID),
		operations.Redrive{ContestID: s.ContestID, Queue: queue, Reason: reason}, nil)
	return err
}
