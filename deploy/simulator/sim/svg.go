package sim

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// The picture's measures, in pixels.
const (
	width, margin, right = 1000.0, 64.0, 24.0
	panel, gap, top      = 130.0, 44.0, 108.0
)

// Colours that can be told apart without seeing red and green.
const (
	ink, faint, paper      = "#1f2933", "#cbd2d9", "#ffffff"
	blue, orange, darkBlue = "#4c8dc9", "#e07b39", "#1d5b99"
)

// picture draws panels one under the other over the same time.
type picture struct {
	strings.Builder
	seconds float64
	y       float64
}

func (p *picture) x(t float64) float64 { return margin + t/p.seconds*(width-margin-right) }

// add writes one element.
func (p *picture) add(format string, args ...any) { fmt.Fprintf(p, format+"\n", args...) }

// WriteSVG draws the result over time: waiting and running jobs, workers, how long each job took, and the web hosts.
func (r Result) WriteSVG(out io.Writer) error {
	p := &picture{seconds: r.Profile.Seconds, y: top}
	height := top + 4*(panel+gap) + 10
	p.add(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" font-family="system-ui, sans-serif" font-size="12" fill="%s" role="img">`, width, height, ink)
	p.add(`<title>%s: %s</title><rect width="100%%" height="100%%" fill="%s"/>`, r.Profile.Name, r.Profile.What, paper)
	w := r.Workers
	p.add(`<text x="%g" y="32" font-size="20" font-weight="600">%s</text>`, margin, r.Profile.Name)
	p.add(`<text x="%g" y="54">%s</text>`, margin, r.Profile.What)
	p.add(`<text x="%g" y="72" fill="%s">%d jobs · processed within p50 %.0f s, p95 %.0f s, p99 %.0f s · killed %d · dead letters %d · %.1f worker-hours</text>`,
		margin, darkBlue, w.Jobs, Percentile(w.Times, 0.5), Percentile(w.Times, 0.95), Percentile(w.Times, 0.99), w.Killed, w.Dead, w.Hours)
	p.jobs(w.Line)
	p.workers(w.Line)
	p.times(w)
	p.web(r.Web.Line)
	p.add(`</svg>`)
	if _, err := io.WriteString(out, p.String()); err != nil {
		return fmt.Errorf("write picture: %w", err)
	}
	return nil
}

// frame draws a panel's axes, its title and the labels of its lines, and gives the scale from value to y.
func (p *picture) frame(title string, highest float64, legend ...[2]string) func(v float64) float64 {
	bottom := p.y + panel
	p.add(`<text x="%g" y="%g" font-weight="600">%s</text>`, margin, p.y-8, title)
	x := width - right
	for _, l := range slices.Backward(legend) {
		p.add(`<text x="%g" y="%g" text-anchor="end" fill="%s">%s</text>`, x, p.y-8, l[1], l[0])
		x -= 9 * float64(len(l[0]))
	}
	for _, share := range []float64{0, 0.5, 1} {
		y := bottom - share*panel
		p.add(`<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="%s" stroke-width="0.7"/>`, margin, width-right, y, y, faint)
		p.add(`<text x="%g" y="%.1f" text-anchor="end">%s</text>`, margin-8, y+4, short(share*highest))
	}
	step := hour
	if p.seconds > 48*hour {
		step = 24 * hour
	}
	for t := 0.0; t <= p.seconds; t += step {
		p.add(`<text x="%.1f" y="%.1f" text-anchor="middle" font-size="10">%g %s</text>`, p.x(t), bottom+15, t/step, unit(step))
	}
	p.y = bottom + gap
	return func(v float64) float64 { return bottom - min(v, highest)/highest*panel }
}

func unit(step float64) string {
	if step > hour {
		return "d"
	}
	return "h"
}

func short(v float64) string {
	if v >= 10 || v == float64(int(v)) {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// steps draws a line that stays until it changes.
func (p *picture) steps(colour string, style string, n int, at func(i int) (t, v float64), y func(float64) float64) {
	var path strings.Builder
	for i := range n {
		t, v := at(i)
		if i == 0 {
			fmt.Fprintf(&path, "M%.1f %.1f", p.x(t), y(v))
			continue
		}
		fmt.Fprintf(&path, "H%.1fV%.1f", p.x(t), y(v))
	}
	p.add(`<path d="%s" fill="none" stroke="%s" stroke-width="1.6" %s/>`, path.String(), colour, style)
}

func (p *picture) jobs(line []Point) {
	highest := 8.0
	for _, l := range line {
		highest = max(highest, float64(l.Waiting))
	}
	y := p.frame("Jobs", highest, [2]string{"waiting", blue}, [2]string{"running", orange})
	var area strings.Builder
	fmt.Fprintf(&area, "M%.1f %.1f", p.x(0), y(0))
	for _, l := range line {
		fmt.Fprintf(&area, "L%.1f %.1f", p.x(l.At), y(float64(l.Waiting)))
	}
	p.add(`<path d="%sL%.1f %.1fZ" fill="%s" fill-opacity="0.35" stroke="%s"/>`, area.String(), p.x(p.seconds), y(0), blue, blue)
	p.steps(orange, "", len(line), func(i int) (float64, float64) { return line[i].At, float64(line[i].Running) }, y)
}

func (p *picture) workers(line []Point) {
	y := p.frame("Workers", 4, [2]string{"in service", darkBlue}, [2]string{"desired", orange})
	p.steps(darkBlue, "", len(line), func(i int) (float64, float64) { return line[i].At, float64(line[i].Serving) }, y)
	p.steps(orange, `stroke-dasharray="5 4"`, len(line), func(i int) (float64, float64) { return line[i].At, float64(line[i].Desired) }, y)
}

func (p *picture) times(w Workers) {
	highest := 60.0
	for _, t := range w.Times {
		highest = max(highest, t)
	}
	y := p.frame("Seconds from upload to processed", highest, [2]string{"a job", blue}, [2]string{"p95", orange})
	for _, s := range w.Done {
		p.add(`<circle cx="%.1f" cy="%.1f" r="1.6" fill="%s" fill-opacity="0.55"/>`, p.x(s.At), y(s.Seconds), blue)
	}
	limit := y(Percentile(w.Times, 0.95))
	p.add(`<line x1="%g" x2="%g" y1="%.1f" y2="%.1f" stroke="%s" stroke-dasharray="5 4"/>`, margin, width-right, limit, limit, orange)
}

func (p *picture) web(line []WebPoint) {
	y := p.frame("Web: CPU in %, hosts × 10", cpuPercent, [2]string{"CPU", blue}, [2]string{"hosts", orange})
	p.steps(blue, "", len(line), func(i int) (float64, float64) { return line[i].At, line[i].CPU }, y)
	p.steps(orange, "", len(line), func(i int) (float64, float64) { return line[i].At, 10 * float64(line[i].Serving) }, y)
}
