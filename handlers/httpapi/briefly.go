package httpapi

import (
	"context"
	"sync"
	"time"
)

// fillLimit is how long making a value may take, whoever asked for it first.
const fillLimit = 5 * time.Second

// briefly remembers what was just made, so that many who ask for the same at once cost one query: a value is made once
// and then served until it is ttl old. It holds at most max values, and forgets all of them when it would hold more.
type briefly[K comparable, V any] struct {
	now func() time.Time
	ttl time.Duration
	max int

	mu   sync.Mutex
	made map[K]*making[V]
}

// making is a value, or one that is being made while done is open.
type making[V any] struct {
	done  chan struct{}
	value V
	err   error
	until time.Time // zero while being made
}

func newBriefly[K comparable, V any](now func() time.Time, ttl time.Duration, limit int) *briefly[K, V] {
	return &briefly[K, V]{now: now, ttl: ttl, max: limit, made: map[K]*making[V]{}}
}

// get is the key's value, which make makes when there is none that is fresh. An error is not remembered, but whoever
// waited for the same gets it too. make goes on when the caller who started it leaves.
func (b *briefly[K, V]) get(ctx context.Context, key K, fill func(context.Context) (V, error)) (V, error) {
	m, mine := b.find(key)
	if mine {
		b.fill(ctx, key, m, fill)
		return m.value, m.err
	}
	select {
	case <-m.done:
		return m.value, m.err
	default:
	}
	select {
	case <-m.done:
		return m.value, m.err
	case <-ctx.Done():
		var none V
		return none, ctx.Err()
	}
}

// find is the key's value, or a new one for the caller to make.
func (b *briefly[K, V]) find(key K) (m *making[V], mine bool) {
	now := b.now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if m, ok := b.made[key]; ok && (m.until.IsZero() || now.Before(m.until)) {
		return m, false
	}
	if len(b.made) >= b.max {
		clear(b.made)
	}
	m = &making[V]{done: make(chan struct{})}
	b.made[key] = m
	return m, true
}

func (b *briefly[K, V]) fill(ctx context.Context, key K, m *making[V], fill func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), fillLimit)
	defer cancel()
	m.err = errUnfinished // what the others get should fill panic
	defer func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		m.until = b.now().Add(b.ttl)
		if m.err != nil && b.made[key] == m {
			delete(b.made, key)
		}
		close(m.done)
	}()
	m.value, m.err = fill(ctx)
}
