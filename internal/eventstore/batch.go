package eventstore

import "github.com/rising-stars/showcase/events"

// gatherer fills batches from the channel. It belongs to Run alone.
type gatherer struct {
	queue    <-chan *item
	maxItems int
	maxBytes int

	held    []*item // taken but not sent, oldest first; at most as many as a batch holds
	batch   []*item
	bytes   int
	streams map[string]struct{}    // that an item of the batch expects at a version
	ids     map[events.ID]struct{} // of the batch's events
}

func newGatherer(queue <-chan *item, cfg Config) *gatherer {
	return &gatherer{
		queue: queue, maxItems: cfg.BatchItems, maxBytes: cfg.BatchBytes,
		streams: map[string]struct{}{}, ids: map[events.ID]struct{}{},
	}
}

// gather is the next batch: what was held, first if it is not nil, and whatever waits on the channel right now.
func (g *gatherer) gather(first *item) []*item {
	g.batch, g.bytes = g.batch[:0], 0
	clear(g.streams)
	clear(g.ids)
	before := g.held
	g.held = nil
	for _, it := range before {
		g.take(it)
	}
	if first != nil {
		g.take(first)
	}
	for len(g.batch) < g.maxItems && len(g.held) < g.maxItems && g.bytes < g.maxBytes {
		select {
		case it := <-g.queue:
			g.take(it)
		default:
			return g.batch
		}
	}
	return g.batch
}

// take puts an item in the batch, or holds it for the next one, or drops it when its caller has left.
func (g *gatherer) take(it *item) {
	switch {
	case it.ctx.Err() != nil:
		it.answer(Outcome{}, it.ctx.Err())
	case !g.fits(it):
		g.held = append(g.held, it)
	default:
		g.add(it)
	}
}

// fits reports whether the server can decide on the item together with the batch: its limits hold, no event id occurs
// twice and no stream has two expected versions.
func (g *gatherer) fits(it *item) bool {
	if len(g.batch) >= g.maxItems || (len(g.batch) > 0 && g.bytes+it.bytes > g.maxBytes) {
		return false
	}
	if it.explicit() {
		if _, taken := g.streams[it.stream]; taken {
			return false
		}
	}
	for _, f := range it.facts {
		if _, taken := g.ids[f.id]; taken {
			return false
		}
	}
	return true
}

func (g *gatherer) add(it *item) {
	g.batch = append(g.batch, it)
	g.bytes += it.bytes
	if it.explicit() {
		g.streams[it.stream] = struct{}{}
	}
	for _, f := range it.facts {
		g.ids[f.id] = struct{}{}
	}
}
