package sessions

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rising-stars/showcase/events"
)

const (
	pollTimeout = 5 * time.Second
	pollPage    = 5000             // revocations read at once
	overlap     = 10 * time.Second // a revocation may commit so much after others with a later time
	clockSlack  = 5 * time.Minute  // between this clock and the database's
	sweepEvery  = 10 * time.Minute
	sweepBatch  = 10_000
)

// revocation is one ended session.
type revocation struct {
	Session events.ID
	At      time.Time
}

// revoked are the sessions that were ended within the life of an access token.
type revoked struct {
	mu   sync.RWMutex
	at   map[events.ID]time.Time
	any  atomic.Bool  // false while there is none, which spares the lock
	last time.Time    // the newest seen; only refresh uses it
	read atomic.Int64 // when the database was last read, Unix nanoseconds; 0 for never
}

func (r *revoked) add(list []revocation) {
	if len(list) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, v := range list {
		r.at[v.Session] = v.At
	}
	r.any.Store(true)
}

func (r *revoked) forget(before time.Time) {
	if !r.any.Load() {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, at := range r.at {
		if at.Before(before) {
			delete(r.at, id)
		}
	}
	r.any.Store(len(r.at) > 0)
}

// Revoked reports whether a session was ended. It answers from memory.
func (s *Store) Revoked(session events.ID) bool {
	if !s.revoked.any.Load() {
		return false
	}
	s.revoked.mu.RLock()
	defer s.revoked.mu.RUnlock()
	_, ended := s.revoked.at[session]
	return ended
}

// Lag is how long ago revocations were last read; false when they never were.
func (s *Store) Lag() (time.Duration, bool) {
	at := s.revoked.read.Load()
	if at == 0 {
		return 0, false
	}
	return s.cfg.Now().Sub(time.Unix(0, at)), true
}

// Refresh reads the revocations since the last time. It is called once before serving, then by Run; not concurrently.
func (s *Store) Refresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	now := s.cfg.Now()
	life := now.Add(-s.cfg.AccessTTL - clockSlack)
	after := revocation{At: life}
	if from := s.revoked.last.Add(-overlap); from.After(life) {
		after.At = from
	}
	for {
		page, err := s.readRevoked(ctx, after, pollPage)
		if err != nil {
			return err
		}
		s.revoked.add(page)
		if len(page) > 0 {
			after = page[len(page)-1]
			s.revoked.last = after.At
		}
		if len(page) < pollPage {
			break
		}
	}
	s.revoked.forget(life)
	s.revoked.read.Store(now.UnixNano())
	return nil
}

// Run polls for revocations and deletes what ended long ago, until ctx ends. It answers nil then.
func (s *Store) Run(ctx context.Context) error {
	poll, sweep := time.NewTicker(s.cfg.Poll), time.NewTicker(sweepEvery)
	defer poll.Stop()
	defer sweep.Stop()
	for {
		var err error
		select {
		case <-ctx.Done():
			return nil
		case <-poll.C:
			err = s.Refresh(ctx)
		case <-sweep.C:
			err = errors.Join(s.sweepOld(ctx), s.sweepTickets(ctx))
		}
		if err != nil && ctx.Err() == nil {
			s.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "sessions are behind", slog.Any("error", err))
		}
	}
}
