package auth

// Occupy takes a turn of the hasher until the returned function is called.
func Occupy(h *Hasher) (release func()) {
	h.queue <- struct{}{}
	h.turns <- struct{}{}
	return func() { <-h.turns; <-h.queue }
}

// Remembered is how many buckets the limiter holds.
func (l *Limiter) Remembered() int {
	n := 0
	for i := range l.buckets.shards {
		s := &l.buckets.shards[i]
		s.mu.Lock()
		n += len(s.young) + len(s.old)
		s.mu.Unlock()
	}
	return n
}
