package sweep

import (
	"context"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/uploads"
)

const maxExpired = 100 // uploads given up in one step

// Uploads remembers direct uploads that were begun.
type Uploads interface {
	Begun(ctx context.Context, ids []events.ID) (map[events.ID]bool, error)
	Expired(ctx context.Context, at time.Time, limit int) ([]uploads.Upload, error)
	Forget(ctx context.Context, ids ...events.ID) error
}

// expire gives up uploads that nobody completed in time: their parts first, so that a failure leaves the row to try again.
// It waits for OrphanAge, since one may be completed in its last moment and be looked at for a while, and the row is what
// keeps its object.
func (s *Sweep) expire(ctx context.Context) (int, error) {
	list, err := s.Uploads.Expired(ctx, s.Now().Add(-s.OrphanAge), maxExpired)
	if err != nil {
		return 0, err
	}
	for i, u := range list {
		if err := s.Objects.AbortParts(ctx, u.Key, u.Multipart); err != nil {
			return i, err
		}
		if err := s.Uploads.Forget(ctx, u.ID); err != nil {
			return i, err
		}
	}
	return len(list), nil
}
