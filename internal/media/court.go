package media

import (
	"image"
	"image/color"
	"image/draw"
	"math"
	"math/rand/v2"
	"strconv"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// Where things are on the court, as shares of its width and height.
const (
	hoopX  = 0.84
	hoopY  = 0.345
	floorY = 0.66
)

// court is a picture that is being drawn.
type court struct {
	*image.RGBA
	w, h   float64
	random *rand.Rand
}

// drawCourt is the scene behind the balls of a sample: wall, crowd, floor, hoop, and the number of a player.
func drawCourt(o SampleOptions) *image.RGBA {
	c := court{
		RGBA: image.NewRGBA(image.Rect(0, 0, o.width(), o.Height)), w: float64(o.width()), h: float64(o.Height),
		random: rand.New(rand.NewPCG(o.Seed, 1)), //nolint:gosec // a picture, not a secret
	}
	hue := math.Mod(float64(o.Seed)*0.381966, 1) // neighbours in seed are far apart in colour
	wall, shirt := hsv(hue, 0.75, 0.62), hsv(hue+0.5, 0.8, 0.98)
	for y := range o.Height {
		share := float64(y) / c.h
		line := mix(hsv(hue, 0.85, 0.22), wall, share/floorY)
		if share > floorY {
			line = mix(hsv(0.085, 0.62, 0.55), hsv(0.085, 0.52, 0.86), (share-floorY)/(1-floorY))
		}
		draw.Draw(c.RGBA, image.Rect(0, y, o.width(), y+1), image.NewUniform(line), image.Point{}, draw.Src)
	}
	c.crowd(hue)
	c.stripes(shirt)
	c.floor()
	c.hoop()
	c.number(strconv.Itoa(int(o.Seed*37%99)+1), shirt)
	return c.RGBA
}

// crowd is rows of heads above the wall.
func (c court) crowd(hue float64) {
	for row := range 5 {
		y := 0.04 + 0.042*float64(row)
		for x := 0.01 * c.random.Float64(); x < 1; x += 0.021 {
			shade := hsv(hue+0.3*c.random.Float64(), 0.4+0.4*c.random.Float64(), 0.35+0.5*c.random.Float64())
			c.disc(x, y+0.008*c.random.Float64(), 0.017, shade)
		}
	}
}

// stripes run across the wall in the colour of the shirt.
func (c court) stripes(shirt color.Color) {
	for i := range 3 {
		x := 0.02 + 0.05*float64(i)
		c.fill(fade(shirt, 0.55-0.15*float64(i)), x, floorY, x+0.02, floorY, x+0.2, 0.27, x+0.18, 0.27)
	}
	c.fill(fade(shirt, 0.9), 0, floorY-0.012, 1, floorY-0.012, 1, floorY, 0, floorY)
}

func (c court) floor() {
	for i := range 14 {
		x := float64(i)/13*2.2 - 0.6
		c.fill(fade(color.Black, 0.10), 0.5+(x-0.5)*0.45, floorY, 0.5+(x-0.5)*0.45+0.0015, floorY, x+0.003, 1, x, 1)
	}
	white := fade(color.White, 0.75)
	c.fill(white, 0.60, 0.80, 1, 0.80, 1, 0.806, 0.598, 0.806)
	c.fill(white, 0.60, 0.80, 0.606, 0.80, 0.546, 1, 0.54, 1)
}

func (c court) hoop() {
	c.fill(hsv(0.6, 0.3, 0.25), 0.945, 0.2, 0.96, 0.2, 0.965, 0.8, 0.95, 0.8)
	c.fill(color.White, 0.905, 0.14, 0.925, 0.12, 0.925, 0.40, 0.905, 0.41)
	c.fill(hsv(0.02, 0.9, 0.9), 0.908, 0.25, 0.921, 0.24, 0.921, 0.335, 0.908, 0.34)
	c.fill(hsv(0.05, 0.95, 0.95), hoopX-0.055, hoopY, 0.91, hoopY, 0.91, hoopY+0.014, hoopX-0.055, hoopY+0.014)
	for i := range 7 {
		x := hoopX - 0.05 + 0.1*float64(i)/6
		low := hoopX + (x-hoopX)*0.55
		c.fill(fade(color.White, 0.85), x, hoopY+0.014, x+0.002, hoopY+0.014, low+0.002, hoopY+0.12, low, hoopY+0.12)
	}
}

// number stands on the wall, as on a shirt.
func (c court) number(text string, ink color.Color) {
	parsed, err := opentype.Parse(gobold.TTF)
	if err != nil {
		return // the font is part of the program; a court without a number is still a court
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: 0.36 * c.h, DPI: 72})
	if err != nil {
		return
	}
	d := font.Drawer{Dst: c.RGBA, Src: image.NewUniform(fade(ink, 0.95)), Face: face}
	d.Dot = fixed.P(int(0.47*c.w), int(0.585*c.h))
	d.Dot.X -= d.MeasureString(text) / 2
	d.DrawString(text)
}

// fill paints a polygon whose corners are shares of the picture.
func (c court) fill(paint color.Color, corners ...float64) {
	box := image.Rectangle{}
	for i := 0; i < len(corners); i += 2 {
		x, y := int(corners[i]*c.w), int(corners[i+1]*c.h)
		box = box.Union(image.Rect(x, y, x+2, y+2))
	}
	box = box.Intersect(c.Rect) // the rasterizer clips the path, not what it is drawn on
	r := vector.NewRasterizer(box.Dx(), box.Dy())
	at := func(i int) (x, y float32) {
		return float32(corners[i]*c.w) - float32(box.Min.X), float32(corners[i+1]*c.h) - float32(box.Min.Y)
	}
	r.MoveTo(at(0))
	for i := 2; i < len(corners); i += 2 {
		r.LineTo(at(i))
	}
	r.ClosePath()
	r.Draw(c.RGBA, box, image.NewUniform(paint), image.Point{})
}

// disc paints a circle; its radius is a share of the height.
func (c court) disc(x, y, radius float64, paint color.RGBA) {
	cx, cy, r := x*c.w, y*c.h, radius*c.h
	for py := int(cy - r); py <= int(cy+r); py++ {
		for px := int(cx - r); px <= int(cx+r); px++ {
			if math.Hypot(float64(px)-cx, float64(py)-cy) <= r && image.Pt(px, py).In(c.Rect) {
				c.SetRGBA(px, py, paint)
			}
		}
	}
}

// hsv is a colour by hue (any number; whole ones are red), saturation and value.
func hsv(h, s, v float64) color.RGBA {
	channel := func(n float64) uint8 {
		k := math.Mod(n+h*6, 6)
		return uint8(255 * (v - v*s*max(0, min(k, 4-k, 1))))
	}
	return color.RGBA{channel(5), channel(3), channel(1), 255}
}

func mix(a, b color.RGBA, share float64) color.RGBA {
	one := func(a, b uint8) uint8 { return uint8(float64(a) + (float64(b)-float64(a))*share) }
	return color.RGBA{one(a.R, b.R), one(a.G, b.G), one(a.B, b.B), 255}
}

// fade is a colour that lets some of what is behind it through.
func fade(c color.Color, opacity float64) color.Color {
	r, g, b, _ := c.RGBA()
	return color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), uint8(255 * opacity)}
}
