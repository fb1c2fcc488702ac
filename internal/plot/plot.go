// Package plot draws the analysts' pictures: as SVG, as PNG, or as one HTML file that needs nothing else.
//
// It draws what it is given. It reads no log and knows no clock; the same data give the same bytes.
package plot

import (
	"errors"
	"fmt"
	"html"
	"io"
	"strings"
	"time"
)

// The formats.
const (
	SVG  = "svg"
	PNG  = "png"
	HTML = "html"
)

// The languages.
const (
	Spanish = "es"
	English = "en"
)

// Style is how a picture looks. Times are shown in Zone; nil is UTC.
type Style struct {
	Language string // Spanish or English
	Dark     bool   // of SVG and PNG; HTML follows the reader's system unless Fixed
	Fixed    bool
	Zone     *time.Location
}

func (s Style) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}

// Picture is something that can be drawn.
type Picture interface {
	// size is width and height in pixels.
	size() (width, height float64)
	draw(c canvas, s Style, t theme)
	// describe is the title, and the same data as rows of text with a head.
	describe(s Style) (title string, rows [][]string)
}

// ErrFormat says that there is no such format.
var ErrFormat = errors.New("there is no such format; there are svg, png and html")

// Write draws a picture.
func Write(w io.Writer, p Picture, format string, s Style) error {
	switch format {
	case SVG:
		_, err := io.WriteString(w, drawSVG(p, s, themeOf(s.Dark)))
		return err
	case PNG:
		return writePNG(w, p, s)
	case HTML:
		_, err := io.WriteString(w, page(p, s))
		return err
	}
	return fmt.Errorf("%q: %w", format, ErrFormat)
}

// page is the picture for light and dark systems, and its data as a table.
func page(p Picture, s Style) string {
	title, rows := p.describe(s)
	var b strings.Builder
	fmt.Fprintf(&b, `<!doctype html>
<html lang="%s">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>%s</title>
<style>
:root { color-scheme: light dark }
body { margin: 0 auto; max-width: 1240px; padding: 12px; font: 15px/1.4 system-ui, sans-serif; background: %s; color: %s }
svg { width: 100%%; height: auto; display: block }
.dark { display: none }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { text-align: left; padding: 3px 12px 3px 0; border-bottom: 1px solid #8884 }
summary { cursor: pointer; padding: 12px 0 }
`, s.Language, html.EscapeString(title), themeOf(s.Dark).back, themeOf(s.Dark).ink)
	if !s.Fixed {
		fmt.Fprintf(&b, "@media (prefers-color-scheme: dark) { body { background: %s; color: %s } .light { display: none } .dark { display: block } }\n",
			themeOf(true).back, themeOf(true).ink)
	}
	b.WriteString("</style>\n<main>\n")
	if s.Fixed {
		b.WriteString(drawSVG(p, s, themeOf(s.Dark)))
	} else {
		b.WriteString(`<div class="light">` + drawSVG(p, s, themeOf(false)) + "</div>\n")
		b.WriteString(`<div class="dark">` + drawSVG(p, s, themeOf(true)) + "</div>\n")
	}
	fmt.Fprintf(&b, "<details><summary>%s</summary>\n<table>\n", words(s).data)
	for i, row := range rows {
		cell := "td"
		if i == 0 {
			cell = "th"
		}
		b.WriteString("<tr>")
		for _, text := range row {
			fmt.Fprintf(&b, "<%s>%s</%s>", cell, html.EscapeString(text), cell)
		}
		b.WriteString("</tr>\n")
	}
	b.WriteString("</table>\n</details>\n</main>\n</html>\n")
	return b.String()
}
