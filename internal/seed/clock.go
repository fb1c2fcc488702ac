package seed

import (
	"sort"
	"time"
)

// hourly is how busy each hour of a day is, in UTC for a country five hours behind it.
var hourly = [24]float64{9, 9, 8, 6, 4, 2, 1, 1, 1, 1, 1, 2, 3, 4, 5, 5, 6, 7, 7, 6, 6, 7, 8, 9}

// clock turns a share of the log into a moment, so that nights are quiet and the last days busy.
type clock struct {
	start time.Time
	upTo  []float64 // share of the log at the end of each hour
}

func newClock(start time.Time, days int) clock {
	c := clock{start: start.UTC().Truncate(time.Microsecond)}
	total := 0.0
	for hour := range days * 24 {
		growth := 1.0 + float64(hour)/float64(days*24)
		if hour >= (days-1)*24 {
			growth *= 2 // the last day
		}
		total += hourly[hour%24] * growth
		c.upTo = append(c.upTo, total)
	}
	for i := range c.upTo {
		c.upTo[i] /= total
	}
	return c
}

func (c clock) at(share float64) time.Time {
	hour := min(sort.SearchFloat64s(c.upTo, share), len(c.upTo)-1)
	from := 0.0
	if hour > 0 {
		from = c.upTo[hour-1]
	}
	within := (share - from) / (c.upTo[hour] - from)
	return c.start.Add(time.Duration(hour)*time.Hour + time.Duration(within*3.6e9)*time.Microsecond)
}

func (c clock) end() time.Time { return c.start.Add(time.Duration(len(c.upTo)) * time.Hour) }
