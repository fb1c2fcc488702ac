package anomaly

import "math"

// spanLength is the length of the spans in which votes are counted, in microseconds.
const spanLength = int64(5 * 60 * 1e6)

// What makes a span a burst: so many votes, so many times what is expected, and so many standard deviations above it. A
// contest has many millions of spans, so that chance must be very small in each.
const (
	burstVotes     = 8
	burstTimes     = 4
	burstDeviation = 8
	edgeVotes      = 3 // of a span beside a burst that belongs to it
	edgeDeviation  = 3
	burstGap       = 2 // spans between two bursts that are one
)

// spans counts votes by time.
type spans struct {
	first  int64
	counts []int32
	total  int64
}

func (s *spans) add(at int64) {
	i := int(at/spanLength - s.first)
	for len(s.counts) <= i {
		s.counts = append(s.counts, 0)
	}
	s.counts[i]++
	s.total++
}

// activity counts all votes.
func (l *Log) activity() spans {
	s := spans{first: l.votes[0].at / spanLength}
	for i := range l.votes {
		s.add(l.votes[i].at)
	}
	return s
}

// bursts are the groups of one video's votes that came when the video had many times its share.
func (l *Log) bursts(own []int32, all spans) []group {
	mine := spans{first: all.first}
	for _, i := range own {
		mine.add(l.votes[i].at)
	}
	var groups []group
	for _, run := range mine.runs(all) {
		from, to := (all.first+int64(run.from))*spanLength, (all.first+int64(run.to)+1)*spanLength
		g := group{votes: between(l.votes, own, from, to)}
		points := 20 + int(min(20, 4*math.Log2(run.times)))
		g.signals = []Signal{{
			Name: Burst, Points: points, Measured: float64(run.votes), Usual: round(run.expected), Unit: "ballots in these minutes",
		}}
		if len(g.votes) >= MinSize {
			groups = append(groups, g)
		}
	}
	return groups
}

// run is a stretch of spans, both ends inclusive.
type run struct {
	from, to        int
	votes           int
	expected, times float64
}

// runs are the bursts among the spans of one video.
func (s *spans) runs(all spans) (runs []run) {
	expected := func(i int) float64 {
		others := float64(all.total - s.total + int64(len(all.counts)))
		return float64(s.total) * (float64(all.counts[i]-s.counts[i]) + 1) / others
	}
	above := func(i int, deviation float64) bool {
		e := expected(i)
		return float64(s.counts[i])-e >= deviation*math.Sqrt(e+1)
	}
	for i := range s.counts {
		c := float64(s.counts[i])
		if c < burstVotes || c < burstTimes*(expected(i)+0.5) || !above(i, burstDeviation) {
			continue
		}
		if n := len(runs); n > 0 && i-runs[n-1].to <= burstGap {
			runs[n-1].to = i
			continue
		}
		runs = append(runs, run{from: i, to: i})
	}
	edge := func(i int) bool {
		return i >= 0 && i < len(s.counts) && s.counts[i] >= edgeVotes && above(i, edgeDeviation)
	}
	for n := range runs {
		r := &runs[n]
		for edge(r.from - 1) {
			r.from--
		}
		for edge(r.to + 1) {
			r.to++
		}
		for i := r.from; i <= r.to; i++ {
			r.votes += int(s.counts[i])
			r.expected += expected(i)
		}
		r.times = float64(r.votes) / (r.expected + 0.5)
	}
	return runs
}

// between are those of a video's votes that came from one moment, inclusive, to another, exclusive.
func between(votes []vote, own []int32, from, to int64) []int32 {
	var out []int32
	for _, i := range own {
		if at := votes[i].at; at >= from && at < to {
			out = append(out, i)
		}
	}
	return out
}

func round(x float64) float64 { return math.Round(x*100) / 100 }
