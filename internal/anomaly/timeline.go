package anomaly

import (
	"time"

	"github.com/rising-stars/showcase/events"
)

// Hours counts the votes of each hour, from the hour of the first vote on, for whatever key a video has.
func (l *Log) Hours(key func(video events.ID) string) (from time.Time, hours map[string][]int64) {
	hours = map[string][]int64{}
	if len(l.votes) == 0 {
		return from, hours
	}
	const hour = int64(3600 * 1e6)
	first, last := l.votes[0].at/hour, l.votes[len(l.votes)-1].at/hour
	perVideo := make([][]int64, len(l.names))
	for i, id := range l.names {
		k := key(id)
		if hours[k] == nil {
			hours[k] = make([]int64, last-first+1)
		}
		perVideo[i] = hours[k]
	}
	for i := range l.votes {
		perVideo[l.votes[i].video][l.votes[i].at/hour-first]++
	}
	return time.UnixMicro(first * hour).UTC(), hours
}

// Around counts the votes for a cluster's videos in steps, from some time before it to some time after it: the cluster's,
// and the others.
func (l *Log) Around(c Cluster, steps int) (from time.Time, step time.Duration, own, other []int64) {
	length := max(c.To.Sub(c.From), 20*time.Minute)
	begin := c.From.Add(-length / 2)
	step = (2*length/time.Duration(steps) + time.Minute - 1).Truncate(time.Minute)
	from = begin.Truncate(step)
	own, other = make([]int64, steps), make([]int64, steps)
	videos := map[uint32]bool{}
	for _, id := range c.Videos {
		videos[l.videos[id]] = true
	}
	mine := 0
	for i := range l.votes {
		v := &l.votes[i]
		if !videos[v.video] {
			continue
		}
		counts := other
		if mine < len(c.votes) && c.votes[mine] == int32(i) {
			counts = own
			mine++
		}
		if n := (v.at - from.UnixMicro()) / step.Microseconds(); n >= 0 && n < int64(steps) {
			counts[n]++
		}
	}
	return from, step, own, other
}
