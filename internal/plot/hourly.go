package plot

import (
	"fmt"
	"strings"
	"time"
)

// Hourly is the votes of each hour, for each city.
type Hourly struct {
	From   time.Time // start of the first hour
	Cities []CityHours
}

// CityHours is one city: votes of each hour, and which hours have a burst.
type CityHours struct {
	Name   string
	Votes  []int64
	Bursts []bool
}

const (
	hourlyTop   = 84.0
	hourlyRow   = 74.0
	hourlyLeft  = 150.0
	hourlyRight = 40.0
)

func (h Hourly) size() (w, height float64) {
	return width, hourlyTop + hourlyRow*float64(max(len(h.Cities), 1)) + 50
}

func (h Hourly) hours() int {
	n := 0
	for _, c := range h.Cities {
		n = max(n, len(c.Votes))
	}
	return n
}

func (h Hourly) to() time.Time { return h.From.Add(time.Duration(h.hours()) * time.Hour) }

func (h Hourly) draw(c canvas, s Style, t theme) {
	d := words(s)
	if h.hours() == 0 {
		heading(c, t, d.hourly, d.none)
		return
	}
	heading(c, t, d.hourly, fmt.Sprintf(d.hourlySub, s.full(h.to())))
	x := axis{h.From, h.to(), hourlyLeft, width - hourlyLeft - hourlyRight}
	bottom := hourlyTop + hourlyRow*float64(len(h.Cities))
	x.ticks(c, s, t, hourlyTop, bottom)
	usual, most := int64(1), int64(1)
	for _, city := range h.Cities {
		for hour, n := range city.Votes {
			most = max(most, n)
			if !city.Bursts[hour] {
				usual = max(usual, n)
			}
		}
	}
	most = min(most, usual*3/2)
	for i, city := range h.Cities {
		hourlyRowOf{h, x, hourlyTop + hourlyRow*float64(i+1), most}.draw(c, s, t, city)
	}
}

// hourlyRowOf is where a city is drawn.
type hourlyRowOf struct {
	Hourly
	x    axis
	base float64
	most int64 // votes that fill the row
}

func (h hourlyRowOf) draw(c canvas, s Style, t theme, city CityHours) {
	x, base, most := h.x, h.base, h.most
	tall := hourlyRow - 18
	top, total := int64(0), int64(0)
	marked := -1 // the busiest hour with a burst
	for hour, n := range city.Votes {
		top, total = max(top, n), total+n
		if city.Bursts[hour] && (marked < 0 || n > city.Votes[marked]) {
			marked = hour
		}
	}
	wide := max(x.w/float64(h.hours()), 1)
	for hour, n := range city.Votes {
		if n == 0 {
			continue
		}
		color := t.accent
		if city.Bursts[hour] {
			color = t.alarm
		}
		at := h.From.Add(time.Duration(hour) * time.Hour)
		high := tall * min(1, float64(n)/float64(most))
		c.hint(fmt.Sprintf("%s · %s · %s", city.Name, s.full(at), count(n)))
		c.rect(x.at(at), base-high, wide, high, color)
	}
	c.line([]point{{x.x, base}, {x.x + x.w, base}}, 1, t.faint)
	c.text(point{hourlyLeft - 12, base - 22}, clip(city.Name, 18), label{size: textSize, bold: true, color: t.ink, anchor: right})
	c.text(point{hourlyLeft - 12, base - 5}, count(total)+" "+lower(words(s).votes), label{size: smallSize, color: t.faint, anchor: right})
	if marked >= 0 {
		at := x.at(h.From.Add(time.Duration(marked)*time.Hour)) + wide/2
		n := city.Votes[marked]
		how := label{size: smallSize, bold: true, color: t.alarm}
		side := 6.0
		if at > x.x+x.w*0.85 {
			how.anchor, side = right, -6
		}
		c.text(point{at + side, base - tall*min(1, float64(n)/float64(most)) + 4}, count(n)+" · "+words(s).burst, how)
	}
}

func lower(text string) string { return strings.ToLower(text) }

func (h Hourly) describe(s Style) (title string, rows [][]string) {
	d := words(s)
	head := []string{d.time}
	for _, city := range h.Cities {
		head = append(head, city.Name)
	}
	rows = append(rows, head)
	for hour := range h.hours() {
		row := []string{s.full(h.From.Add(time.Duration(hour) * time.Hour))}
		for _, city := range h.Cities {
			text := count(city.Votes[hour])
			if city.Bursts[hour] {
				text += " (" + d.burst + ")"
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return d.hourly, rows
}
