package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"
)

const (
	rebuildRounds  = 3           // of votes alone and votes during rebuilds; the disk's moods differ more than those two
	rebuildSeconds = 15          // of each of the two
	rebuildAfter   = time.Second // of votes: the contest is on when the first rebuild begins
)

// Rebuild measures how long votes at a steady rate wait for their answers, alone and while rebuild is done over and over.
// A wait begins when the vote is due, so that those behind a slow one count too.
func Rebuild(ctx context.Context, t Target, rebuild func(context.Context) error, out io.Writer) error {
	var ratios []float64
	for range rebuildRounds {
		ratio, err := t.rebuildRound(ctx, rebuild, out)
		if err != nil {
			return err
		}
		ratios = append(ratios, ratio)
	}
	slices.Sort(ratios)
	fmt.Fprintf(out, "%-52s p99 × %.1f, median of %d rounds\n", "votes during rebuilds beside votes alone", ratios[rebuildRounds/2], rebuildRounds)
	return nil
}

// rebuildRound is the p99 during rebuilds over that of votes alone.
func (t Target) rebuildRound(ctx context.Context, rebuild func(context.Context) error, out io.Writer) (float64, error) {
	var requests [2][][]byte
	for i := range requests {
		var err error
		if requests[i], err = t.votes(lagRate*rebuildSeconds, t.Videos); err != nil {
			return 0, err
		}
	}
	alone, err := t.steadyVotes(ctx, requests[0])
	if err != nil {
		return 0, fmt.Errorf("votes alone: %w", err)
	}
	voting, stop := context.WithCancel(ctx)
	defer stop()
	rebuilds, rebuilt := 0, make(chan error, 1)
	go func() {
		select {
		case <-time.After(rebuildAfter):
		case <-voting.Done():
		}
		for voting.Err() == nil {
			if err := rebuild(voting); err != nil {
				rebuilt <- err
				return
			}
			rebuilds++
		}
		rebuilt <- nil
	}()
	during, err := t.steadyVotes(ctx, requests[1])
	stop()
	if failed := <-rebuilt; failed != nil && !errors.Is(failed, context.Canceled) {
		err = errors.Join(err, failed)
	}
	if err != nil {
		return 0, fmt.Errorf("votes during a rebuild: %w", err)
	}
	ratio := float64(during.percentile(0.99)) / float64(alone.percentile(0.99))
	fmt.Fprintf(out, "%-52s p50 %s  p99 %s;  alone p50 %s  p99 %s  = p99 × %.1f\n",
		fmt.Sprintf("votes at %d/s during %d rebuilds of the ranking", lagRate, rebuilds),
		ms(during.percentile(0.50)), ms(during.percentile(0.99)), ms(alone.percentile(0.50)), ms(alone.percentile(0.99)), ratio)
	return ratio, nil
}

// steadyVotes are the waits of votes, each cast when it is due.
func (t Target) steadyVotes(ctx context.Context, requests [][]byte) (load, error) {
	var mu sync.Mutex
	l := load{requests: len(requests)}
	err := t.castSteadily(ctx, requests, func(due, at time.Time) {
		mu.Lock()
		defer mu.Unlock()
		l.times = append(l.times, at.Sub(due))
	})
	slices.Sort(l.times)
	return l, err
}
