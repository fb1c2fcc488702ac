// Package project is the projections' edge to the queue: a doorbell becomes one call of a projector.
//
// A doorbell carries no event. What it announces is read from the log, in order, so that doorbells may be lost, doubled
// or late without any harm; the projector's own tick stands in for lost ones. The package knows no read model.
package project

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/projector"
)

// Projector returns once everything up to and including position is applied; at once when it already is.
type Projector interface {
	CatchUp(ctx context.Context, position int64) error
}

// Handler answers the doorbells of one projection.
type Handler struct {
	projector Projector
	log       *slog.Logger
}

// New makes a Handler.
func New(p Projector, log *slog.Logger) *Handler { return &Handler{projector: p, log: log} }

// Handle does what one doorbell asks for. Its error says that the doorbell is to come again. A projection that cannot get
// past an event shows that itself, and a log that ends earlier was restored from a backup: ringing again would help
// neither.
func (h *Handler) Handle(msg *message.Message) error {
	bell, err := bus.ParseDoorbell(msg)
	if err != nil {
		return err
	}
	err = h.projector.CatchUp(msg.Context(), bell.To)
	_, poisoned := errors.AsType[*projector.PoisonError](err)
	switch {
	case err == nil:
		return nil
	case poisoned, errors.Is(err, projector.ErrBeyondLog):
		h.log.LogAttrs(msg.Context(), slog.LevelWarn, "doorbell without effect",
			slog.Int64("to", bell.To), slog.Any("error", err))
		return nil
	}
	return fmt.Errorf("catch up to %d: %w", bell.To, err)
}
