package plot

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"
	"strconv"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// scale is how many pixels of a PNG there are for one of the picture, so that it is sharp on today's screens.
const scale = 2

// raster is a canvas of pixels.
type raster struct {
	img   *image.RGBA
	fonts [2]*opentype.Font // regular, bold
	faces map[faceKey]font.Face
	err   error
}

type faceKey struct {
	size float64
	bold bool
}

func writePNG(w io.Writer, p Picture, s Style) error {
	regular, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return fmt.Errorf("read font: %w", err)
	}
	bold, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return fmt.Errorf("read font: %w", err)
	}
	width, height := p.size()
	r := &raster{
		img:   image.NewRGBA(image.Rect(0, 0, int(width*scale), int(height*scale))),
		fonts: [2]*opentype.Font{regular, bold}, faces: map[faceKey]font.Face{},
	}
	t := themeOf(s.Dark)
	draw.Draw(r.img, r.img.Bounds(), image.NewUniform(rgb(t.back)), image.Point{}, draw.Src)
	p.draw(r, s, t)
	if r.err != nil {
		return r.err
	}
	if err := png.Encode(w, r.img); err != nil {
		return fmt.Errorf("write PNG: %w", err)
	}
	return nil
}

func (r *raster) hint(string) {}

func rgb(hex string) color.RGBA {
	n, _ := strconv.ParseUint(hex[1:], 16, 32) // colours are ours
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 255}
}

func (r *raster) rect(x, y, w, h float64, color string) {
	r.area([]point{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}, color)
}

// area fills a shape. Only the part of the picture that it covers is looked at.
func (r *raster) area(points []point, color string) {
	if len(points) == 0 {
		return
	}
	low, high := points[0], points[0]
	for _, p := range points {
		low, high = point{min(low.x, p.x), min(low.y, p.y)}, point{max(high.x, p.x), max(high.y, p.y)}
	}
	box := image.Rect(int(low.x*scale)-1, int(low.y*scale)-1, int(high.x*scale)+2, int(high.y*scale)+2).Intersect(r.img.Bounds())
	if box.Empty() {
		return
	}
	v := vector.NewRasterizer(box.Dx(), box.Dy())
	at := func(p point) (float32, float32) {
		return float32(p.x*scale) - float32(box.Min.X), float32(p.y*scale) - float32(box.Min.Y)
	}
	v.MoveTo(at(points[0]))
	for _, p := range points[1:] {
		v.LineTo(at(p))
	}
	v.ClosePath()
	v.Draw(r.img, box, image.NewUniform(rgb(color)), image.Point{})
}

// line draws each stretch as a bar, and a dot where two meet.
func (r *raster) line(points []point, width float64, color string) {
	for i := 1; i < len(points); i++ {
		a, b := points[i-1], points[i]
		length := math.Hypot(b.x-a.x, b.y-a.y)
		if length == 0 {
			continue
		}
		dx, dy := (b.y-a.y)/length*width/2, (a.x-b.x)/length*width/2
		r.area([]point{{a.x + dx, a.y + dy}, {b.x + dx, b.y + dy}, {b.x - dx, b.y - dy}, {a.x - dx, a.y - dy}}, color)
		if width > 1 {
			r.dot(b, width/2, color)
		}
	}
}

// corners is how many a dot has.
const corners = 20

func (r *raster) dot(at point, radius float64, color string) {
	points := make([]point, corners)
	for i := range points {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / corners)
		points[i] = point{at.x + radius*cos, at.y + radius*sin}
	}
	r.area(points, color)
}

func (r *raster) face(size float64, bold bool) font.Face {
	key := faceKey{size, bold}
	if f := r.faces[key]; f != nil {
		return f
	}
	which := r.fonts[0]
	if bold {
		which = r.fonts[1]
	}
	f, err := opentype.NewFace(which, &opentype.FaceOptions{Size: size * scale, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		r.err = fmt.Errorf("make font: %w", err)
		return nil
	}
	r.faces[key] = f
	return f
}

func (r *raster) text(at point, text string, l label) {
	face := r.face(l.size, l.bold)
	if face == nil {
		return
	}
	d := font.Drawer{Dst: r.img, Src: image.NewUniform(rgb(l.color)), Face: face}
	width := d.MeasureString(text)
	x := fixed.Int26_6(at.x * scale * 64)
	switch l.anchor {
	case left:
	case middle:
		x -= width / 2
	case right:
		x -= width
	}
	d.Dot = fixed.Point26_6{X: x, Y: fixed.Int26_6(at.y * scale * 64)}
	d.DrawString(text)
}
