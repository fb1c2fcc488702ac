package app

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/emf"
	"github.com/rising-stars/showcase/internal/eventstore"
)

// measuredLog measures what is appended.
type measuredLog struct {
	*eventstore.Store
	meter   *emf.Meter
	waiting *atomic.Int64 // most that waited at once since somebody asked
}

// Append is part of command.Log.
func (l measuredLog) Append(ctx context.Context, a eventstore.Append) (eventstore.Outcome, error) {
	for waiting := int64(l.Waiting()); ; {
		most := l.waiting.Load()
		if waiting <= most || l.waiting.CompareAndSwap(most, waiting) {
			break
		}
	}
	began := time.Now()
	out, err := l.Store.Append(ctx, a)
	l.meter.Observe(emf.AppendSeconds, time.Since(began).Seconds())
	switch {
	case err != nil && ctx.Err() == nil:
		l.meter.Add(emf.AppendsRefused, 1)
	case err == nil && out.Result == eventstore.Conflict:
		l.meter.Add(emf.AppendConflicts, 1)
	}
	return out, err
}

// meterAppends has in the metrics how a role's appends do.
func (a *App) meterAppends() {
	a.meter.Count(emf.AppendConflicts, emf.AppendsRefused)
	a.meter.Values(emf.AppendSeconds)
	a.meter.Gauge(emf.AppendQueue, func(context.Context) (float64, bool) { return float64(a.log.waiting.Swap(0)), true })
}

// meterPool has in the metrics how long was waited for connections since the last line.
func (a *App) meterPool() {
	var before atomic.Int64
	a.meter.Gauge(emf.PoolWaitSeconds, func(context.Context) (float64, bool) {
		all := int64(a.Pool.Stat().EmptyAcquireWaitTime())
		return time.Duration(all - before.Swap(all)).Seconds(), true
	})
}

// measuredSends counts what the relay sends in vain. A send that the relay's own end cuts off is none: the next leader
// sends it.
type measuredSends struct {
	message.Publisher
	meter *emf.Meter
}

// Publish is part of message.Publisher.
func (p measuredSends) Publish(topic string, messages ...*message.Message) error {
	err := p.Publisher.Publish(topic, messages...)
	cutOff := func(m *message.Message) bool { return errors.Is(m.Context().Err(), context.Canceled) }
	if err != nil && !slices.ContainsFunc(messages, cutOff) {
		p.meter.Add(emf.RelaySendsFailed, 1)
	}
	return err
}

// measuredRescues counts the jobs that the sweep enqueues again.
type measuredRescues struct {
	*bus.Publisher
	meter *emf.Meter
}

// PublishWork is part of sweep.Publisher.
func (p measuredRescues) PublishWork(ctx context.Context, topic string, jobs ...bus.Work) error {
	err := p.Publisher.PublishWork(ctx, topic, jobs...)
	if err == nil {
		p.meter.Add(emf.JobsRescued, float64(len(jobs)))
	}
	return err
}
