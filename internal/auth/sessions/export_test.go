package sessions

import "context"

// Sweep runs what Run does every ten minutes.
func (s *Store) Sweep(ctx context.Context) error { return s.sweepOld(ctx) }
