package auth

import (
	"hash/maphash"
	"sync"
)

const boundedShards = 16

// bounded is a map with a limit. Each shard has a young and an old generation: when the young one is full the old one
// is dropped and the young one takes its place, so whatever is still used lives on and the rest is forgotten, at the
// price of two map look-ups and no list.
type bounded[K comparable, V any] struct {
	seed   maphash.Seed
	limit  int // of one generation of one shard
	shards [boundedShards]boundedShard[K, V]
}

type boundedShard[K comparable, V any] struct {
	mu         sync.Mutex
	young, old map[K]V
}

// newBounded makes a map that remembers at least the last size/2 keys used and never holds more than size.
func newBounded[K comparable, V any](size int) *bounded[K, V] {
	b := &bounded[K, V]{seed: maphash.MakeSeed(), limit: max(1, size/boundedShards/2)}
	for i := range b.shards {
		b.shards[i].young = map[K]V{}
	}
	return b
}

func (b *bounded[K, V]) shard(k K) *boundedShard[K, V] {
	return &b.shards[maphash.Comparable(b.seed, k)%boundedShards]
}

func (b *bounded[K, V]) get(k K) (V, bool) {
	s := b.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.get(k, b.limit)
}

func (b *bounded[K, V]) put(k K, v V) {
	s := b.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.put(k, v, b.limit)
}

// getOrPut is the key's value, which is made when there is none.
func (b *bounded[K, V]) getOrPut(k K, fresh func() V) V {
	s := b.shard(k)
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.get(k, b.limit); ok {
		return v
	}
	v := fresh()
	s.put(k, v, b.limit)
	return v
}

func (s *boundedShard[K, V]) get(k K, limit int) (V, bool) {
	if v, ok := s.young[k]; ok {
		return v, true
	}
	v, ok := s.old[k]
	if ok {
		delete(s.old, k)
		s.put(k, v, limit)
	}
	return v, ok
}

func (s *boundedShard[K, V]) put(k K, v V, limit int) {
	if len(s.young) >= limit {
		s.old, s.young = s.young, make(map[K]V, limit)
	}
	s.young[k] = v
}
