// Package bench measures appends from Go, and beside them, in the same run and on the same server, what PostgreSQL's own
// pgbench reaches with single-row inserts. It prints what it sees and judges nothing; the figures of a shared machine are
// for comparing with each other.
package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
)

// Limits and defaults of a run.
const (
	DefaultRounds = 3
	DefaultPart   = 3 * time.Second
	PeerClients   = 32
	poolConns     = 4
)

// inFlight is how many appends wait at the same time.
var inFlight = [...]int{32, 256}

// Config says where and how long to measure.
type Config struct {
	DatabaseURL string           // of the owner of a migrated database that may be filled and thrown away
	PGBin       string           // folder that holds pgbench
	Rounds      int              // each measures everything once, so that a noisy neighbour meets all; default 3
	Part        time.Duration    // of one measurement; default 3 s
	NewID       func() events.ID // makes ids that never repeat, as the application does
}

// Report is the median of the rounds.
type Report struct {
	Peer    float64         // pgbench's single-row inserts a second, at PeerClients clients
	Appends map[int]Appends // by number in flight
}

// Appends is what Go reached.
type Appends struct {
	PerSecond float64
	P50, P99  time.Duration // from the call of Append to its answer
}

// Run measures and prints one line per figure.
func Run(ctx context.Context, cfg Config, out io.Writer) (Report, error) {
	if cfg.Rounds == 0 {
		cfg.Rounds = DefaultRounds
	}
	if cfg.Part == 0 {
		cfg.Part = DefaultPart
	}
	pool, err := eventstore.OpenPool(ctx, cfg.DatabaseURL, "showcase bench", poolConns)
	if err != nil {
		return Report{}, err
	}
	defer pool.Close()
	peer, err := newPeer(ctx, pool, cfg)
	if err != nil {
		return Report{}, err
	}
	rounds, err := measure(ctx, pool, cfg, peer)
	if err := errors.Join(err, peer.remove()); err != nil {
		return Report{}, err
	}
	r := rounds.report()
	r.print(out)
	return r, nil
}

// rounds are the results of each round.
type rounds struct {
	peer    []float64
	appends map[int][]Appends
}

func measure(ctx context.Context, pool *pgxpool.Pool, cfg Config, p *peer) (rounds, error) {
	all := rounds{appends: map[int][]Appends{}}
	for range cfg.Rounds {
		rate, err := p.run(ctx)
		if err != nil {
			return all, err
		}
		all.peer = append(all.peer, rate)
		for _, n := range inFlight {
			a, err := appends(ctx, pool, cfg, n)
			if err != nil {
				return all, fmt.Errorf("append with %d in flight: %w", n, err)
			}
			all.appends[n] = append(all.appends[n], a)
		}
	}
	return all, nil
}

func (all rounds) report() Report {
	r := Report{Peer: median(all.peer, func(v float64) float64 { return v }), Appends: map[int]Appends{}}
	for n, rounds := range all.appends {
		r.Appends[n] = median(rounds, func(a Appends) float64 { return a.PerSecond })
	}
	return r
}

// median is the middle value; of an even number of values, the lower one of the two.
func median[T any](values []T, by func(T) float64) T {
	values = slices.Clone(values)
	slices.SortFunc(values, func(a, b T) int { return int(math.Copysign(1, by(a)-by(b))) })
	return values[(len(values)-1)/2]
}

func (r Report) print(out io.Writer) {
	fmt.Fprintf(out, "%-52s %8.0f/s\n", fmt.Sprintf("pgbench, single-row inserts of votes, %d clients", PeerClients), r.Peer)
	for _, n := range inFlight {
		a := r.Appends[n]
		fmt.Fprintf(out, "%-52s %8.0f/s  p50 %s  p99 %s  = %.2f × pgbench\n",
			fmt.Sprintf("appends from Go, %d in flight", n), a.PerSecond, ms(a.P50), ms(a.P99), a.PerSecond/r.Peer)
	}
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }

// appends casts ballots, each by a new voter, with n of them waiting at any time.
func appends(ctx context.Context, pool *pgxpool.Pool, cfg Config, n int) (Appends, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	store := eventstore.New(pool, eventstore.Config{})
	var flusher, callers sync.WaitGroup
	flusher.Go(func() { _ = store.Run(ctx) }) // never fails
	var stop atomic.Bool
	took := make([][]time.Duration, n)
	failures := make([]error, n)
	videos := [60]events.ID{}
	for i := range videos {
		videos[i] = cfg.NewID()
	}
	began := time.Now()
	for i := range n {
		callers.Go(func() {
			for v := i; !stop.Load() && failures[i] == nil; v++ {
				sent := time.Now()
				failures[i] = vote(ctx, store, cfg.NewID, videos[v%len(videos)])
				took[i] = append(took[i], time.Since(sent))
			}
		})
	}
	select {
	case <-time.After(cfg.Part):
	case <-ctx.Done():
	}
	stop.Store(true)
	callers.Wait()
	elapsed := time.Since(began)
	cancel()
	flusher.Wait()
	return summarise(slices.Concat(took...), elapsed), errors.Join(failures...)
}

func vote(ctx context.Context, store *eventstore.Store, newID func() events.ID, video events.ID) error {
	voter := newID()
	o, err := store.Append(ctx, eventstore.Append{
		Stream: events.BallotStream(voter, video),
		Expect: eventstore.NoStream,
		Events: []eventstore.Pending{{ID: newID(), Event: events.BallotCast{VoterID: voter, VideoID: video}}},
		Meta:   events.Metadata{Actor: voter, CorrelationID: newID()},
	})
	if err == nil && o.Result != eventstore.Appended {
		return fmt.Errorf("a new ballot is a %s", o.Result)
	}
	return err
}

func summarise(took []time.Duration, elapsed time.Duration) Appends {
	if len(took) == 0 {
		return Appends{}
	}
	slices.Sort(took)
	return Appends{
		PerSecond: float64(len(took)) / elapsed.Seconds(),
		P50:       took[len(took)/2],
		P99:       took[len(took)*99/100],
	}
}
