package plot

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Lag is how long videos waited.
type Lag struct{ Videos []Wait }

// Wait is one video. Bad: it was rejected, or given up.
type Wait struct {
	Name string
	Sent time.Time
	Took time.Duration
	Bad  bool
}

const (
	lagTop    = 90.0
	lagHeight = 420.0
	lagLeft   = 90.0
)

func (l Lag) size() (w, h float64) { return width, lagTop + lagHeight + 60 }

func (l Lag) draw(c canvas, s Style, t theme) {
	d := words(s)
	if len(l.Videos) == 0 {
		heading(c, t, d.lag, d.none)
		return
	}
	first, last := l.Videos[0].Sent, l.Videos[0].Sent
	longest := time.Second
	for _, v := range l.Videos {
		if v.Sent.Before(first) {
			first = v.Sent
		}
		if v.Sent.After(last) {
			last = v.Sent
		}
		longest = max(longest, v.Took)
	}
	heading(c, t, d.lag, fmt.Sprintf(d.lagSub, s.full(last)))
	x := axis{first, last.Add(time.Second), lagLeft, width - lagLeft - 130}
	bottom := lagTop + lagHeight
	x.ticks(c, s, t, lagTop, bottom)
	// A second is as far from ten as an hour from ten hours.
	y := func(took time.Duration) float64 {
		return bottom - lagHeight*math.Log1p(took.Seconds())/math.Log1p(longest.Seconds()*1.2)
	}
	for _, mark := range []time.Duration{0, time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour, 10 * time.Hour, 240 * time.Hour} {
		if mark <= longest*6/5 {
			c.line([]point{{x.x, y(mark)}, {x.x + x.w, y(mark)}}, 1, t.grid)
			c.text(point{x.x - 10, y(mark) + 5}, span(mark), label{size: smallSize, color: t.faint, anchor: right})
		}
	}
	for _, v := range l.Videos {
		color := t.accent
		if v.Bad {
			color = t.alarm
		}
		c.hint(fmt.Sprintf("%s · %s · %s", v.Name, s.full(v.Sent), span(v.Took)))
		c.dot(point{x.at(v.Sent), y(v.Took)}, 2.5, color)
	}
	var line []point
	for _, day := range l.medians(s) {
		line = append(line, point{x.at(day.Sent), y(day.Took)})
	}
	if len(line) > 0 {
		end := line[len(line)-1]
		c.line(append(line, point{x.x + x.w, end.y}), 3, t.lines[1])
		c.text(point{x.x + x.w + 10, end.y + 5}, d.median, label{size: textSize, bold: true, color: t.ink})
	}
}

// medians are those of each day, in the middle of what was sent on it.
func (l Lag) medians(s Style) (days []Wait) {
	perDay := map[string][]Wait{}
	var names []string
	for _, v := range l.Videos {
		day := v.Sent.In(s.zone()).Format(time.DateOnly)
		if perDay[day] == nil {
			names = append(names, day)
		}
		perDay[day] = append(perDay[day], v)
	}
	slices.Sort(names)
	for _, name := range names {
		list := perDay[name]
		slices.SortFunc(list, func(a, b Wait) int { return a.Sent.Compare(b.Sent) })
		sent := list[len(list)/2].Sent
		slices.SortFunc(list, func(a, b Wait) int { return int(a.Took - b.Took) })
		days = append(days, Wait{Sent: sent, Took: list[len(list)/2].Took})
	}
	return days
}

func (l Lag) describe(s Style) (title string, rows [][]string) {
	d := words(s)
	rows = append(rows, []string{d.video, d.submitted, d.waited})
	for _, v := range l.Videos {
		rows = append(rows, []string{v.Name, s.full(v.Sent), span(v.Took)})
	}
	return d.lag, rows
}
