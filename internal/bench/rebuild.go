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

// rebuildSeconds is how long votes are cast without a rebuild, and then with one after another.
const rebuildSeconds = 15

// Rebuild measures how long votes at a steady rate wait for their answers, alone and while rebuild is done over and over.
// A wait begins when the vote is due, so that those behind a slow one count too.
func Rebuild(ctx context.Context, t Target, rebuild func(context.Context) error, out io.Writer) error {
	alone, err := t.steadyVotes(ctx)
	if err != nil {
		return fmt.Errorf("votes alone: %w", err)
	}
	voting, stop := context.WithCancel(ctx)
	defer stop()
	rebuilds, rebuilt := 0, make(chan error, 1)
	go func() {
		for voting.Err() == nil {
			if err := rebuild(voting); err != nil {
				rebuilt <- err
				return
			}
			rebuilds++
		}
		rebuilt <- nil
	}()
	during, err := t.steadyVotes(ctx)
	stop()
	if failed := <-rebuilt; failed != nil && !errors.Is(failed, context.Canceled) {
		err = errors.Join(err, failed)
	}
	if err != nil {
		return fmt.Errorf("votes during a rebuild: %w", err)
	}
	fmt.Fprintf(out, "%-52s p50 %s  p99 %s;  alone p50 %s  p99 %s  = p99 × %.1f\n",
		fmt.Sprintf("votes at %d/s during %d rebuilds of the ranking", lagRate, rebuilds),
		ms(during.percentile(0.50)), ms(during.percentile(0.99)), ms(alone.percentile(0.50)), ms(alone.percentile(0.99)),
		float64(during.percentile(0.99))/float64(alone.percentile(0.99)))
	return nil
}

// steadyVotes are the waits of rebuildSeconds of votes.
func (t Target) steadyVotes(ctx context.Context) (load, error) {
	requests, err := t.votes(lagRate*rebuildSeconds, t.Videos)
	if err != nil {
		return load{}, err
	}
	var mu sync.Mutex
	l := load{requests: len(requests)}
	err = t.castSteadily(ctx, requests, func(due, at time.Time) {
		mu.Lock()
		defer mu.Unlock()
		l.times = append(l.times, at.Sub(due))
	})
	slices.Sort(l.times)
	return l, err
}
