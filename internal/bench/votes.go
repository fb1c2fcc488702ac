package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/rising-stars/showcase/events"
)

// Sizes of the runs; each ends by itself.
const (
	connections     = 32  // as many as pgbench has clients
	manyConnections = 256 // as many as the appends have in flight
	votesPerRun     = 60_000
	warmUp          = 10_000 // votes before the first run: connections are opened and caches filled
	pageReads       = 100_000
	lagSeconds      = 10
	lagRate         = 1000 // votes a second
	lagSenders      = 8
	lagPoll         = 2 * time.Millisecond
	lagPatience     = 10 * time.Second // for the last votes to show
	rankingsPath    = "/api/public/rankings?limit=100"
)

// Target is a running contest. Its limits must be off.
type Target struct {
	Addr   string                                // host:port of the API
	Videos []events.ID                           // open for voting, none of them another's owner's
	Token  func(voter events.ID) (string, error) // an access token for anybody
	NewID  func() events.ID
}

// votes makes n requests of n voters, over all of the videos.
func (t Target) votes(n int, videos []events.ID) ([][]byte, error) {
	requests := make([][]byte, n)
	for i := range requests {
		token, err := t.Token(t.NewID())
		if err != nil {
			return nil, err
		}
		requests[i] = fmt.Appendf(nil,
			"POST /api/public/videos/%s/vote HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Length: 0\r\n\r\n",
			videos[i%len(videos)], t.Addr, token)
	}
	return requests, nil
}

// castVotes casts n votes, each by another voter, and fails when one is refused.
func (t Target) castVotes(ctx context.Context, n, connections int, videos []events.ID) (load, error) {
	requests, err := t.votes(n, videos)
	if err != nil {
		return load{}, err
	}
	l, err := drive(ctx, t.Addr, connections, func(i int, _ []byte) ([]byte, bool) {
		if i >= len(requests) {
			return nil, false
		}
		return requests[i], true
	})
	if err == nil && l.refused > 0 {
		err = fmt.Errorf("%d of %d votes were refused", l.refused, l.requests)
	}
	return l, err
}

// readRankings reads one page over and over.
func (t Target) readRankings(ctx context.Context) (load, error) {
	request := fmt.Appendf(nil, "GET /api/public/rankings?limit=20 HTTP/1.1\r\nHost: %s\r\n\r\n", t.Addr)
	return drive(ctx, t.Addr, connections, func(i int, _ []byte) ([]byte, bool) { return request, i < pageReads })
}

// rankingLag casts votes at a steady rate and looks how long after its answer each is in the ranking that the API shows.
func (t Target) rankingLag(ctx context.Context) (load, error) {
	requests, err := t.votes(lagRate*lagSeconds, t.Videos)
	if err != nil {
		return load{}, err
	}
	before, err := t.totalVotes(ctx)
	if err != nil {
		return load{}, err
	}
	w := &watch{answered: make([]time.Time, 0, len(requests))}
	g, ctx := errgroup.WithContext(ctx)
	var sent atomic.Bool
	g.Go(func() error {
		defer sent.Store(true)
		return t.castSteadily(ctx, requests, func(_, at time.Time) { w.answer(at) })
	})
	g.Go(func() error { return t.watchTotal(ctx, before, len(requests), w, &sent) })
	err = g.Wait()
	slices.Sort(w.lags)
	return load{requests: len(w.lags), times: w.lags, elapsed: lagSeconds * time.Second}, err
}

// watch knows when votes were answered and how long later they showed.
type watch struct {
	mu       sync.Mutex
	answered []time.Time
	lags     []time.Duration
}

func (w *watch) answer(at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answered = append(w.answered, at)
}

// show says that n votes are visible at a moment.
func (w *watch) show(n int, at time.Time) (seen int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.lags) < min(n, len(w.answered)) {
		w.lags = append(w.lags, max(0, at.Sub(w.answered[len(w.lags)])))
	}
	return len(w.lags)
}

// castSteadily casts lagRate votes a second and tells of each when it was due and when it was answered. Due votes wait
// when the target is slow; several may be told of at once.
func (t Target) castSteadily(ctx context.Context, requests [][]byte, answered func(due, at time.Time)) error {
	due := make(chan int, len(requests))
	began := time.Now()
	dueAt := func(i int) time.Time { return began.Add(time.Duration(i) * time.Second / lagRate) }
	g, ctx := errgroup.WithContext(ctx)
	g.Go(func() error {
		defer close(due)
		for i := range requests {
			timer := time.NewTimer(time.Until(dueAt(i)))
			select {
			case <-timer.C:
			case <-ctx.Done():
				timer.Stop()
				return ctx.Err()
			}
			due <- i
		}
		return nil
	})
	for range lagSenders {
		g.Go(func() error {
			sent := 0
			l := load{onAnswer: func(at time.Time) { answered(dueAt(sent), at) }}
			err := driveOne(ctx, t.Addr, func([]byte) (request []byte, more bool) {
				if sent, more = <-due; !more {
					return nil, false
				}
				return requests[sent], true
			}, &l)
			if err == nil && l.refused > 0 {
				err = fmt.Errorf("%d of %d votes were refused", l.refused, l.requests)
			}
			return err
		})
	}
	return g.Wait()
}

func (t Target) watchTotal(ctx context.Context, before, votes int, w *watch, sent *atomic.Bool) error {
	var since time.Time
	for {
		total, err := t.totalVotes(ctx)
		if err != nil {
			return err
		}
		if w.show(total-before, time.Now()) == votes {
			return nil
		}
		if sent.Load() {
			if since.IsZero() {
				since = time.Now()
			} else if time.Since(since) > lagPatience {
				return fmt.Errorf("%d of %d votes show in the ranking", total-before, votes)
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lagPoll):
		}
	}
}

// totalVotes adds up the ranking as the API shows it; the target has at most 100 players.
func (t Target) totalVotes(ctx context.Context) (total int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+t.Addr+rankingsPath, http.NoBody)
	if err != nil {
		return 0, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var rows []struct {
		Votes int `json:"votes"`
	}
	if err := json.NewDecoder(res.Body).Decode(&rows); err != nil {
		return 0, err
	}
	for _, r := range rows {
		total += r.Votes
	}
	return total, nil
}
