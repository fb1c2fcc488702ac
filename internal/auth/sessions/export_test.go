package sessions

import (
	"context"
	"errors"
)

// Sweep runs what Run does every ten minutes.
func (s *Store) Sweep(ctx context.Context) error {
	return errors.Join(s.sweepOld(ctx), s.sweepTickets(ctx))
}
