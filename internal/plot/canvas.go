package plot

// point is a place in pixels, from the upper left.
type point struct{ x, y float64 }

// Where a text stands at its point.
type anchor uint8

const (
	left anchor = iota
	middle
	right
)

// label is how a text is written.
type label struct {
	size   float64
	bold   bool
	color  string
	anchor anchor
}

// canvas is what pictures are drawn on. Colours are #rrggbb.
type canvas interface {
	rect(x, y, w, h float64, color string)
	line(points []point, width float64, color string)
	area(points []point, color string)
	dot(at point, radius float64, color string)
	text(at point, text string, l label) // at is on the base line
	// hint is shown when the pointer is over what is drawn next; a picture without pointers leaves it out.
	hint(text string)
}
