package rebuild_test

import (
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/rebuild"
)

// TestGivingWay rebuilds a log whose newest votes came in just now, and logs where they came in long ago, will come in by a
// clock that is ahead, or are too few to matter.
func TestGivingWay(t *testing.T) {
	t.Parallel()
	const log = 12_000
	short, long := []int64{5000, 10_000, log}, []int64{log}
	for name, c := range map[string]struct {
		newest   time.Duration // from now
		together int           // how many of the last came then
		want     []int64       // ends of stretches
	}{
		"now":            {newest: -time.Second, together: log, want: short},
		"a hundred":      {newest: -time.Second, together: 100, want: short},
		"fewer":          {newest: -time.Second, together: 99, want: long},
		"long ago":       {newest: -2 * time.Hour, together: log, want: long},
		"a clock's lead": {newest: time.Hour, together: log, want: long},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			facts := small()[:3]
			for len(facts) < log {
				n := len(facts)
				facts = append(facts, events.Recorded{
					Position: int64(n + 1), ID: events.ID{8, byte(n >> 8), byte(n)}, Stream: "many",
					Event: events.BallotCast{VoterID: events.ID{7, byte(n >> 8), byte(n)}, VideoID: events.ID{2}},
				})
			}
			now := time.Now()
			for i := range facts {
				facts[i].RecordedAt = now.Add(-48 * time.Hour)
				if i >= log-c.together {
					facts[i].RecordedAt = now.Add(c.newest)
				}
			}
			cfg, err := live(newDatabase(t), facts, log)
			if err != nil {
				t.Fatal(err)
			}
			var ends []int64
			cfg.Progress = func(position, upTo int64) {
				if upTo == log {
					ends = append(ends, position)
				}
			}
			const each = 100 * time.Millisecond // that a stretch takes, by this clock
			var ticks atomic.Int64
			cfg.Now = func() time.Time { return now.Add(time.Duration(ticks.Add(1)) * each) }
			b, err := rebuild.NewPatient(cfg, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			began := time.Now()
			if r, err := b.Run(t.Context()); err != nil || !r.Swapped || r.Live != r.Built {
				t.Errorf("Run = %+v, %v", r, err)
			}
			if !slices.Equal(ends, c.want) {
				t.Errorf("stretches ended at %v, want %v", ends, c.want)
			}
			rests := 3 * each * time.Duration(len(short))
			if took := time.Since(began); slices.Equal(c.want, short) && took < rests {
				t.Errorf("took %v, less than the rests of %v between stretches", took, rests)
			}
		})
	}
}
