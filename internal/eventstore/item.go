package eventstore

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/rising-stars/showcase/events"
)

// item is an Append on its way: encoded by its caller, answered by Run.
type item struct {
	ctx    context.Context //nolint:containedctx // tells Run whether the caller still waits
	stream string
	expect int64
	facts  []fact
	meta   []byte
	bytes  int
	done   chan answer // takes one answer without a reader
}

// fact is one encoded event of an item.
type fact struct {
	id     events.ID
	typ    string
	schema int16
	data   []byte
}

type answer struct {
	outcome Outcome
	err     error
}

func (it *item) answer(o Outcome, err error) { it.done <- answer{o, err} }

// explicit reports whether the item expects its stream at a version.
func (it *item) explicit() bool { return it.expect != AnyVersion }

// lastWord is the answer of an item after Run has ended: the one that it got, or none and nothing written.
func (it *item) lastWord() (Outcome, error) {
	select {
	case r := <-it.done:
		return r.outcome, r.err
	default:
		return Outcome{}, ErrBusy
	}
}

// encode checks an Append against the limits and turns it into an item.
func (s *Store) encode(ctx context.Context, a Append) (*item, error) {
	switch {
	case a.Stream == "" || len(a.Stream) > MaxStreamBytes:
		return nil, fmt.Errorf("%w: stream of %d bytes", ErrItem, len(a.Stream))
	case a.Expect < AnyVersion:
		return nil, fmt.Errorf("%w: expected version %d", ErrItem, a.Expect)
	case len(a.Events) == 0 || len(a.Events) > MaxItemEvents:
		return nil, fmt.Errorf("%w: %d events", ErrItem, len(a.Events))
	}
	meta, err := json.Marshal(a.Meta)
	if err != nil {
		return nil, fmt.Errorf("encode metadata: %w", err)
	}
	it := &item{
		ctx: ctx, stream: a.Stream, expect: a.Expect, meta: meta,
		facts: make([]fact, 0, len(a.Events)),
		done:  make(chan answer, 1),
	}
	for _, p := range a.Events {
		if p.ID.IsZero() {
			return nil, fmt.Errorf("%w: event without an id", ErrItem)
		}
		typ, schema, data, err := events.Marshal(p.Event)
		if err != nil {
			return nil, err
		}
		it.facts = append(it.facts, fact{id: p.ID, typ: typ, schema: int16(schema), data: data})
		it.bytes += len(data) + len(meta)
	}
	if it.bytes > s.cfg.BatchBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrItem, it.bytes, s.cfg.BatchBytes)
	}
	return it, nil
}
