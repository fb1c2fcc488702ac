package media

import (
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"os"
)

// choosePoster copies the best still between the bumpers to its place: sharp, neither dark nor burnt out, and, where
// several are alike, one nearer to the middle, where the play is.
func choosePoster(r room, made plan) error {
	first, last := made.span(stillRate)
	best, most := "", -1.0
	for i := first; i < last; i += stillRate { // one a second is enough
		path := r.out(fmt.Sprintf(stillPattern, i+1))
		luma, err := readLuma(path)
		if errors.Is(err, os.ErrNotExist) {
			break // the clip is a little shorter than announced
		}
		if err != nil {
			return err
		}
		middle := 1 - 0.2*abs(float64(i-first)/float64(last-first)*2-1)
		if score := (appeal(luma) + 1) * middle; score > most {
			best, most = path, score
		}
	}
	if best == "" {
		return failed(errors.New("no still to choose a poster from"))
	}
	content, err := os.ReadFile(best)
	if err != nil {
		return fmt.Errorf("read still: %w", err)
	}
	if err := os.WriteFile(r.out(jpegName), content, 0o644); err != nil { //nolint:gosec // the sandbox's user reads it
		return fmt.Errorf("write poster: %w", err)
	}
	return nil
}

func abs(f float64) float64 { return max(f, -f) }

// luma is the brightness of a picture.
type luma struct {
	pixels        []uint8
	stride        int
	width, height int
}

func readLuma(path string) (luma, error) {
	file, err := os.Open(path)
	if err != nil {
		return luma{}, fmt.Errorf("open still: %w", err)
	}
	defer file.Close()
	picture, err := jpeg.Decode(file)
	if err != nil {
		return luma{}, fmt.Errorf("decode still: %w", err)
	}
	switch p := picture.(type) {
	case *image.YCbCr:
		return luma{p.Y, p.YStride, p.Rect.Dx(), p.Rect.Dy()}, nil
	case *image.Gray:
		return luma{p.Pix, p.Stride, p.Rect.Dx(), p.Rect.Dy()}, nil
	}
	return luma{}, fmt.Errorf("decode still: unknown kind %T", picture)
}

// appeal is how good a still is as a poster: its sharpness (the mean square of the Laplacian), discounted by how much of
// it is black, white, or far from a middle brightness. The watermark's corner is left out, since it is always sharp.
func appeal(l luma) float64 {
	var sharp, sum float64
	var lost, n int
	for y := 1; y < l.height-1; y += 2 {
		row := l.pixels[y*l.stride:]
		above, below := l.pixels[(y-1)*l.stride:], l.pixels[(y+1)*l.stride:]
		for x := 1; x < l.width-1; x += 2 {
			if y < l.height/7 && x > l.width*4/5 {
				continue
			}
			here := int(row[x])
			edge := float64(4*here - int(row[x-1]) - int(row[x+1]) - int(above[x]) - int(below[x]))
			sharp += edge * edge
			sum += float64(here)
			n++
			if here < 16 || here > 240 {
				lost++
			}
		}
	}
	if n == 0 {
		return 0
	}
	mean := sum / float64(n)
	sane := max(0, 1-abs(mean-118)/118) * (1 - float64(lost)/float64(n))
	return sharp / float64(n) * sane
}
