package bench

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"slices"
	"time"
)

// Analysts is a database with a generated log, and what is measured on it. Each function does its work once.
type Analysts struct {
	Events int64

	Seed    func(ctx context.Context) error
	Floor   func(ctx context.Context) error // the GROUP BY of all ballots, and nothing else
	Rebuild func(ctx context.Context) error // of the ranking, set-wise, beside the live one
	Live    func(ctx context.Context) error // of the ranking, by the projector's own way; nil: it is left out
	Recount func(ctx context.Context) error // every event through Go
	Export  func(ctx context.Context, format string) error
	AsOf    func(ctx context.Context, position int64) error
	Look    func(ctx context.Context) error // for anomalies
}

// Moments of the past that are asked for.
const pastMoments = 60

// Run measures and prints a line each.
func (a Analysts) Run(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, "\na generated log of %d events\n", a.Events)
	seeded, err := a.rate(ctx, a.Seed)
	if err != nil {
		return fmt.Errorf("generate a log: %w", err)
	}
	fmt.Fprintf(out, "%-52s %8.0f/s\n", "generated, copied and indexed", seeded)
	floor, err := a.median(ctx, a.Floor)
	if err != nil {
		return fmt.Errorf("the floor: %w", err)
	}
	fmt.Fprintf(out, "%-52s %8.0f/s\n", "floor: GROUP BY of the ballots, in SQL alone, × 3", floor)
	setWise, err := a.median(ctx, a.Rebuild)
	if err != nil {
		return fmt.Errorf("rebuild: %w", err)
	}
	fmt.Fprintf(out, "%-52s %8.0f/s  = 1/%.1f of the floor\n", "rebuild of the ranking, set-wise, with its swap, × 3", setWise, floor/setWise)
	for _, one := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"rebuild of the ranking, the projector's way", a.Live},
		{"recount, every event through Go", a.Recount},
		{"anomalies", a.Look},
	} {
		if one.do == nil {
			continue
		}
		rate, err := a.rate(ctx, one.do)
		if err != nil {
			return fmt.Errorf("%s: %w", one.what, err)
		}
		fmt.Fprintf(out, "%-52s %8.0f/s  = 1/%.1f of the floor\n", one.what, rate, floor/rate)
	}
	for _, format := range []string{"jsonl", "parquet"} {
		var rate float64
		peak, err := peakHeap(ctx, func() (err error) {
			rate, err = a.rate(ctx, func(ctx context.Context) error { return a.Export(ctx, format) })
			return err
		})
		if err != nil {
			return fmt.Errorf("export %s: %w", format, err)
		}
		fmt.Fprintf(out, "%-52s %8.0f/s  peak heap %d MiB\n", "export, "+format, rate, peak>>20)
	}
	return a.past(ctx, out)
}

func (a Analysts) rate(ctx context.Context, do func(context.Context) error) (float64, error) {
	began := time.Now()
	err := do(ctx)
	return float64(a.Events) / time.Since(began).Seconds(), err
}

// median is the middle rate of three tries: the machine is shared.
func (a Analysts) median(ctx context.Context, do func(context.Context) error) (float64, error) {
	rates := make([]float64, 3)
	for i := range rates {
		var err error
		if rates[i], err = a.rate(ctx, do); err != nil {
			return 0, err
		}
	}
	slices.Sort(rates)
	return rates[1], nil
}

func (a Analysts) past(ctx context.Context, out io.Writer) error {
	var times []time.Duration
	for i := range int64(pastMoments) {
		began := time.Now()
		if err := a.AsOf(ctx, 1+(a.Events-1)*i/(pastMoments-1)*7%a.Events); err != nil {
			return fmt.Errorf("past ranking: %w", err)
		}
		times = append(times, time.Since(began))
	}
	slices.Sort(times)
	fmt.Fprintf(out, "%-52s p50 %s  p90 %s  max %s\n", fmt.Sprintf("ranking as of any of %d positions", pastMoments),
		ms(times[len(times)/2]), ms(times[len(times)*9/10]), ms(times[len(times)-1]))
	return nil
}

// peakHeap runs something and looks how much of this process's heap is in use meanwhile, in bytes.
func peakHeap(ctx context.Context, do func() error) (peak uint64, err error) {
	runtime.GC()
	ctx, stop := context.WithCancel(ctx)
	looked := make(chan struct{})
	go func() {
		defer close(looked)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapInuse)
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	err = do()
	stop()
	<-looked
	return peak, err
}
