package plot

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// Race is the places of some players over time.
type Race struct {
	City    string // empty: the whole country
	Moments []time.Time
	Racers  []Racer // in the order in which they end
}

// Racer is one player; Places and Votes run with the moments. A place of 0 is none.
type Racer struct {
	Name   string
	Places []int
	Votes  []int64
}

const (
	raceTop   = 90.0
	raceRow   = 44.0
	raceRight = 290.0
)

// depth is the last place that is drawn.
func (r Race) depth() int { return max(len(r.Racers), 2) }

func (r Race) size() (w, h float64) { return width, raceTop + raceRow*float64(r.depth()) + 60 }

func (r Race) where(s Style) string {
	if r.City == "" {
		return words(s).country
	}
	return r.City
}

func (r Race) title(s Style) string { return words(s).race }

func (r Race) draw(c canvas, s Style, t theme) {
	d := words(s)
	if len(r.Moments) == 0 || len(r.Racers) == 0 {
		heading(c, t, d.race, d.none)
		return
	}
	last := len(r.Moments) - 1
	heading(c, t, d.race, fmt.Sprintf(d.raceSub, len(r.Racers), r.where(s), s.full(r.Moments[last])))
	bottom := raceTop + raceRow*float64(r.depth())
	x := axis{r.Moments[0], r.Moments[last], margin + 30, width - margin - 30 - raceRight}
	x.ticks(c, s, t, raceTop, bottom)
	y := func(place int) float64 { return raceTop + raceRow*(float64(place)-0.5) }
	for place := 1; place <= r.depth(); place++ {
		c.text(point{margin + 16, y(place) + 5}, strconv.Itoa(place), label{size: textSize, color: t.faint, anchor: right})
	}
	for i, racer := range slices.Backward(r.Racers) { // the first in front
		color := t.lines[i%len(t.lines)]
		for _, stretch := range r.stretches(racer, x, y) {
			c.hint(racer.Name)
			c.line(stretch, lineWidth(i), color)
		}
		end := point{x.at(r.Moments[last]), y(i + 1)}
		c.dot(end, 6, color)
		c.text(point{end.x + 16, end.y - 1}, clip(racer.Name, 30), label{size: textSize, bold: i == 0, color: t.ink})
		c.text(point{end.x + 16, end.y + 15}, count(racer.Votes[last])+" "+lower(d.votes), label{size: smallSize, color: t.faint})
	}
}

func lineWidth(i int) float64 {
	if i < 3 {
		return 4
	}
	return 2.5
}

// stretches are the lines of a racer; one who falls below the last place that is drawn has a gap.
func (r Race) stretches(racer Racer, x axis, y func(int) float64) (all [][]point) {
	var open []point
	for i, place := range racer.Places {
		if place < 1 || place > r.depth() {
			if len(open) > 1 {
				all = append(all, open)
			}
			open = nil
			continue
		}
		here := point{x.at(r.Moments[i]), y(place)}
		if n := len(open); n > 0 && open[n-1].y != here.y {
			open = append(open, bend(open[n-1], here)...)
		}
		open = append(open, here)
	}
	if len(open) > 1 {
		all = append(all, open)
	}
	return all
}

// bend leads from one place to another without a corner.
func bend(a, b point) []point {
	const parts = 8
	points := make([]point, 0, parts)
	for i := 1; i < parts; i++ {
		f := float64(i) / parts
		points = append(points, point{a.x + (b.x-a.x)*f, a.y + (b.y-a.y)*f*f*(3-2*f)})
	}
	return points
}

func (r Race) describe(s Style) (title string, rows [][]string) {
	d := words(s)
	head := []string{d.time}
	for _, racer := range r.Racers {
		head = append(head, racer.Name)
	}
	rows = append(rows, head)
	for i, m := range r.Moments {
		row := []string{s.full(m)}
		for _, racer := range r.Racers {
			text := "—"
			if racer.Places[i] > 0 {
				text = fmt.Sprintf("%d (%s)", racer.Places[i], count(racer.Votes[i]))
			}
			row = append(row, text)
		}
		rows = append(rows, row)
	}
	return r.title(s) + " · " + r.where(s), rows
}

// clip shortens a text to n letters.
func clip(text string, n int) string {
	if letters := []rune(text); len(letters) > n {
		return string(letters[:n-1]) + "…"
	}
	return text
}
