package plot

import (
	"fmt"
	"math"
	"strconv"
	"time"
)

// theme is the colours of a picture.
type theme struct {
	back, ink, faint, quiet, grid, accent, alarm string
	lines                                        []string
}

func themeOf(dark bool) theme {
	if dark {
		return theme{
			back: "#14171c", ink: "#e8eaed", faint: "#a0a7b1", quiet: "#59616c", grid: "#2d333b", accent: "#6ea0ff", alarm: "#ff7a66",
			lines: []string{"#6ea0ff", "#f5b82e", "#ff7a66", "#63d0b4", "#7ddc6f", "#ff8ab7", "#b98cff", "#4fc3f7", "#c99a7b", "#b6bcc6"},
		}
	}
	return theme{
		back: "#ffffff", ink: "#1b1f24", faint: "#5c6570", quiet: "#aab2bd", grid: "#e3e6ea", accent: "#3461c9", alarm: "#d0361f",
		lines: []string{"#3461c9", "#d99a00", "#e0533a", "#1f9c82", "#4f9a2c", "#d4528a", "#8a4fd8", "#1787b8", "#8b5e3c", "#767d88"},
	}
}

// The margins and text sizes that all pictures share.
const (
	width     = 1200.0
	margin    = 24.0
	titleSize = 22.0
	textSize  = 14.0
	smallSize = 12.5
)

// heading writes a title and a line below it.
func heading(c canvas, t theme, title, sub string) {
	c.text(point{margin, 38}, title, label{size: titleSize, bold: true, color: t.ink})
	c.text(point{margin, 60}, sub, label{size: textSize, color: t.faint})
}

// axis maps moments to pixels.
type axis struct {
	from, to time.Time
	x, w     float64
}

func (a axis) at(m time.Time) float64 {
	span := a.to.Sub(a.from)
	if span <= 0 {
		return a.x
	}
	return a.x + a.w*float64(m.Sub(a.from))/float64(span)
}

// steps are the distances between two marks of a time axis.
var steps = []time.Duration{
	time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour,
	24 * time.Hour, 2 * 24 * time.Hour, 3 * 24 * time.Hour, 7 * 24 * time.Hour, 14 * 24 * time.Hour, 28 * 24 * time.Hour, 91 * 24 * time.Hour,
}

// ticks draws marks with their times below, and thin lines up.
func (a axis) ticks(c canvas, s Style, t theme, top, bottom float64) {
	step := steps[len(steps)-1]
	for _, d := range steps {
		if a.to.Sub(a.from)/d <= time.Duration(max(a.w/100, 2)) {
			step = d
			break
		}
	}
	_, offset := a.from.In(s.zone()).Zone()
	shift := time.Duration(offset) * time.Second
	for m := a.from.Add(shift).Truncate(step).Add(-shift); !m.After(a.to); m = m.Add(step) {
		if m.Before(a.from) {
			continue
		}
		x := a.at(m)
		c.line([]point{{x, top}, {x, bottom}}, 1, t.grid)
		c.text(point{x, bottom + 18}, s.moment(m, step), label{size: smallSize, color: t.faint, anchor: middle})
	}
}

// moment writes a time as short as a mark allows: the day, or the hour and minute.
func (s Style) moment(m time.Time, step time.Duration) string {
	m = m.In(s.zone())
	if step < 24*time.Hour && (m.Hour() != 0 || m.Minute() != 0) {
		return m.Format("15:04")
	}
	return s.day(m)
}

func (s Style) day(m time.Time) string {
	m = m.In(s.zone())
	months := words(s).months
	return strconv.Itoa(m.Day()) + " " + months[m.Month()-1]
}

// full writes a moment with its day.
func (s Style) full(m time.Time) string {
	m = m.In(s.zone())
	return s.day(m) + m.Format(" 2006, 15:04 MST")
}

// count writes a number with thin groups, the same in both languages.
func count(n int64) string {
	text := strconv.FormatInt(n, 10)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "\u00a0" + text[i:]
	}
	return text
}

// span writes a length of time.
func span(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(math.Round(d.Minutes())))
	case d < 48*time.Hour:
		return fmt.Sprintf("%.1f h", d.Hours())
	}
	return fmt.Sprintf("%.1f d", d.Hours()/24)
}
