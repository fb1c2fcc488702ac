package plot

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Groups is groups of ballots that stand out, each with the votes around it.
type Groups struct {
	UpTo   time.Time
	Groups []Group
}

// Group is one of them. Counts of ballots run in steps from From on: those of the group, and others for the same videos.
type Group struct {
	Name       string // of whom it is for
	More       int    // for how many others it is
	Score      int
	Ballots    int
	Signals    []string // names of package anomaly
	From       time.Time
	Step       time.Duration
	Own, Other []int64
}

const (
	groupsTop = 84.0
	groupRow  = 150.0
)

func (g Groups) size() (w, h float64) {
	return width, groupsTop + groupRow*float64(max(len(g.Groups), 1)) + 16
}

func (g Groups) draw(c canvas, s Style, t theme) {
	d := words(s)
	if len(g.Groups) == 0 {
		heading(c, t, d.anomalies, d.none)
		return
	}
	heading(c, t, d.anomalies, fmt.Sprintf(d.anomaliesSub, s.full(g.UpTo)))
	for i, one := range g.Groups {
		one.draw(c, s, t, groupsTop+groupRow*float64(i))
	}
}

func (g Group) draw(c canvas, s Style, t theme, top float64) {
	d := words(s)
	c.text(point{margin, top + 26}, g.title(), label{size: textSize, bold: true, color: t.ink})
	c.text(point{margin, top + 46}, fmt.Sprintf("%d %s · %s %s", g.Score, d.points, count(int64(g.Ballots)), d.ballots),
		label{size: smallSize, color: t.alarm, bold: true})
	for i, line := range wrap(g.said(s), 38) {
		c.text(point{margin, top + 66 + 17*float64(i)}, line, label{size: smallSize, color: t.faint})
	}
	x := axis{g.From, g.From.Add(time.Duration(len(g.Own)) * g.Step), 380, width - 380 - 30}
	base, tall := top+groupRow-30, groupRow-54
	x.ticks(c, s, t, base-tall, base)
	most := int64(1)
	for i := range g.Own {
		most = max(most, g.Own[i]+g.Other[i])
	}
	wide := max(x.w/float64(len(g.Own))-0.5, 0.8)
	for i := range g.Own {
		at := g.From.Add(time.Duration(i) * g.Step)
		own, other := tall*float64(g.Own[i])/float64(most), tall*float64(g.Other[i])/float64(most)
		if other > 0 {
			c.hint(fmt.Sprintf("%s · %s: %s", s.full(at), d.others, count(g.Other[i])))
			c.rect(x.at(at), base-other, wide, other, t.quiet)
		}
		if own > 0 {
			c.hint(fmt.Sprintf("%s · %s: %s", s.full(at), lower(d.group), count(g.Own[i])))
			c.rect(x.at(at), base-other-own, wide, own, t.alarm)
		}
	}
	c.line([]point{{x.x, base}, {x.x + x.w, base}}, 1, t.faint)
	c.text(point{x.x - 8, base - tall + 5}, count(most), label{size: smallSize, color: t.faint, anchor: right})
	c.text(point{x.x - 8, base + 4}, "0", label{size: smallSize, color: t.faint, anchor: right})
	c.text(point{x.x + x.w, top + 18}, fmt.Sprintf(d.barIs, s.full(g.From), span(g.Step)), label{size: smallSize, color: t.faint, anchor: right})
}

func (g Group) title() string {
	if g.More > 0 {
		return fmt.Sprintf("%s + %d", clip(g.Name, 28), g.More)
	}
	return clip(g.Name, 34)
}

func (g Group) said(s Style) string {
	names := make([]string, 0, len(g.Signals))
	for _, name := range g.Signals {
		names = append(names, words(s).signals[name])
	}
	return strings.Join(names, ", ")
}

// wrap breaks a text into lines of at most n letters, at spaces.
func wrap(text string, n int) (lines []string) {
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > n {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}

func (g Groups) describe(s Style) (title string, rows [][]string) {
	d := words(s)
	rows = append(rows, []string{d.group, d.player, d.points, d.ballots, d.from, ""})
	for i, one := range g.Groups {
		rows = append(rows, []string{
			strconv.Itoa(i + 1), one.title(), strconv.Itoa(one.Score), count(int64(one.Ballots)), s.full(one.From), one.said(s),
		})
	}
	return d.anomalies, rows
}
