package analysis

import (
	"time"

	"github.com/rising-stars/showcase/events"
)

// BurstWindow is the length of the spans in which ballots are counted for bursts.
const BurstWindow = 10 * time.Minute

// minBurst is how many ballots a span needs to be a burst at all.
const minBurst = 10

// maxWindows bounds the memory of one video: a year.
const maxWindows = int(366 * 24 * time.Hour / BurstWindow)

// Bursts counts ballots per video and span.
type Bursts struct{ videos map[events.ID]*spans }

type spans struct {
	first  int64 // span of the first ballot
	counts []uint32
	total  int64
}

// NewBursts makes an empty count.
func NewBursts() *Bursts { return &Bursts{videos: map[events.ID]*spans{}} }

// Add counts a ballot. Ballots of a video come in the order of time.
func (b *Bursts) Add(video events.ID, at time.Time) {
	span := at.Unix() / int64(BurstWindow/time.Second)
	s := b.videos[video]
	if s == nil {
		s = &spans{first: span}
		b.videos[video] = s
	}
	i := min(max(int(span-s.first), 0), maxWindows-1)
	for len(s.counts) <= i {
		s.counts = append(s.counts, 0)
	}
	s.counts[i]++
	s.total++
}

// Score is how many times the video's own average the ballot's span has, counting all spans from the video's first
// ballot to its last; 0 for a span with fewer than 10 ballots. A video as busy as ever scores 1.
func (b *Bursts) Score(video events.ID, at time.Time) int64 {
	s := b.videos[video]
	if s == nil {
		return 0
	}
	i := min(max(int(at.Unix()/int64(BurstWindow/time.Second)-s.first), 0), maxWindows-1)
	if i >= len(s.counts) || s.counts[i] < minBurst {
		return 0
	}
	return int64(s.counts[i]) * int64(len(s.counts)) / s.total
}
