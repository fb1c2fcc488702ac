package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/projector"
)

// depthLimit is how long the queue server may take to count all queues.
const depthLimit = 3 * time.Second

// machinery tells organisers how queues and read models do.
type machinery struct{ *App }

// Queues is part of httpapi.Machinery.
func (machinery) Queues() []string { return bus.Topics() }

// System is part of httpapi.Machinery. A queue server that is away does not hide the rest.
func (m machinery) System(ctx context.Context) (httpapi.System, error) {
	head, err := m.Store.Head(ctx)
	if err != nil {
		return httpapi.System{}, err
	}
	s := httpapi.System{LogPosition: head}
	bounded, cancel := context.WithTimeout(ctx, depthLimit)
	defer cancel()
	for _, topic := range bus.Topics() {
		s.Queues = append(s.Queues, m.queue(bounded, topic))
	}
	for _, p := range m.Projections() {
		state, err := m.projection(ctx, m.Projector(p, nil), head)
		if err != nil {
			return httpapi.System{}, err
		}
		s.Projections = append(s.Projections, state)
	}
	return s, nil
}

func (m machinery) queue(ctx context.Context, topic string) httpapi.QueueState {
	d, err := m.Bus.Depths(ctx, topic)
	if err != nil {
		m.Log.LogAttrs(ctx, slog.LevelWarn, "queue not counted", slog.String("topic", topic), slog.Any("error", err))
		return httpapi.QueueState{Name: topic}
	}
	return httpapi.QueueState{Name: topic, Waiting: d.Visible + d.Delayed, InFlight: d.InFlight, Dead: d.Dead, Reachable: true}
}

func (machinery) projection(ctx context.Context, p *projector.Projector, head int64) (httpapi.ProjectionState, error) {
	s, err := p.Status(ctx)
	return httpapi.ProjectionState{
		Name: s.Name, Position: s.Position, Behind: max(0, head-s.Position), Stopped: s.Poison != nil,
	}, err
}

// Redrive is part of httpapi.Machinery.
func (m machinery) Redrive(ctx context.Context, queue string, limit int) (int, error) {
	moved, err := m.Bus.Redrive(ctx, queue, limit)
	if err != nil {
		m.Log.LogAttrs(ctx, slog.LevelError, "dead letters not brought back", slog.String("topic", queue), slog.Int("moved", moved), slog.Any("error", err))
		return moved, httpapi.ErrQueueAway
	}
	return moved, nil
}
