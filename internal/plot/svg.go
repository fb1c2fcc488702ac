package plot

import (
	"fmt"
	"html"
	"strconv"
	"strings"
)

// drawing is a canvas that writes SVG.
type drawing struct {
	b     strings.Builder
	title string // of the next shape
}

func drawSVG(p Picture, s Style, t theme) string {
	v := &drawing{}
	w, h := p.size()
	title, _ := p.describe(s)
	fmt.Fprintf(&v.b, `<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="0 0 %s %s" role="img" font-family="Go, 'Helvetica Neue', Helvetica, Arial, sans-serif">`+"\n",
		number(w), number(h), number(w), number(h))
	fmt.Fprintf(&v.b, "<title>%s</title>\n", html.EscapeString(title))
	v.rect(0, 0, w, h, t.back)
	p.draw(v, s, t)
	v.b.WriteString("</svg>\n")
	return v.b.String()
}

func number(x float64) string { return strconv.FormatFloat(float64(int64(x*10+0.5))/10, 'f', -1, 64) }

func (v *drawing) hint(text string) { v.title = text }

// shape ends an element, with the hint inside when there is one.
func (v *drawing) shape(name, attributes string) {
	if v.title == "" {
		fmt.Fprintf(&v.b, "<%s %s/>\n", name, attributes)
		return
	}
	fmt.Fprintf(&v.b, "<%s %s><title>%s</title></%s>\n", name, attributes, html.EscapeString(v.title), name)
	v.title = ""
}

func (v *drawing) rect(x, y, w, h float64, color string) {
	v.shape("rect", fmt.Sprintf(`x="%s" y="%s" width="%s" height="%s" fill="%s"`, number(x), number(y), number(w), number(h), color))
}

func path(points []point) string {
	var b strings.Builder
	for i, p := range points {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(number(p.x) + "," + number(p.y))
	}
	return b.String()
}

func (v *drawing) line(points []point, width float64, color string) {
	v.shape("polyline", fmt.Sprintf(`points="%s" fill="none" stroke="%s" stroke-width="%s" stroke-linejoin="round" stroke-linecap="round"`,
		path(points), color, number(width)))
}

func (v *drawing) area(points []point, color string) {
	v.shape("polygon", fmt.Sprintf(`points="%s" fill="%s"`, path(points), color))
}

func (v *drawing) dot(at point, radius float64, color string) {
	v.shape("circle", fmt.Sprintf(`cx="%s" cy="%s" r="%s" fill="%s"`, number(at.x), number(at.y), number(radius), color))
}

func (v *drawing) text(at point, text string, l label) {
	weight := ""
	if l.bold {
		weight = ` font-weight="bold"`
	}
	fmt.Fprintf(&v.b, `<text x="%s" y="%s" font-size="%s" fill="%s" text-anchor="%s"%s>%s</text>`+"\n", number(at.x), number(at.y),
		number(l.size), l.color, [...]string{"start", "middle", "end"}[l.anchor], weight, html.EscapeString(text))
}
