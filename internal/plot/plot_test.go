package plot_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/plot"
)

var start = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

func at(hours int) time.Time { return start.Add(time.Duration(hours) * time.Hour) }

// pictures are one of each kind, and of each kind one without data.
func pictures() map[string]plot.Picture {
	hours := func(n int64) []int64 { return []int64{n, 2 * n, 40 * n} }
	return map[string]plot.Picture{
		"race": plot.Race{City: "Cali", Moments: []time.Time{at(0), at(1), at(2)}, Racers: []plot.Racer{
			{Name: "Ana <Peña> & Ríos", Places: []int{2, 1, 1}, Votes: []int64{1, 5, 12_345}},
			{Name: "Leo Ruiz", Places: []int{0, 30, 2}, Votes: []int64{0, 1, 7}},
		}},
		"votes": plot.Hourly{From: at(0), Cities: []plot.CityHours{
			{Name: "Bogotá", Votes: hours(3), Bursts: []bool{false, false, true}},
			{Name: "Cali", Votes: hours(1), Bursts: make([]bool, 3)},
		}},
		"lag": plot.Lag{Videos: []plot.Wait{
			{Name: "a", Sent: at(0), Took: time.Second},
			{Name: "b", Sent: at(30), Took: 3 * time.Hour, Bad: true},
			{Name: "c", Sent: at(31)},
		}},
		"anomalies": plot.Groups{UpTo: at(90), Groups: []plot.Group{{
			Name: "Leo Ruiz", More: 2, Score: 90, Ballots: 1500, Signals: []string{"burst", "lockstep"}, From: at(3), Step: time.Minute,
			Own: hours(9), Other: hours(1),
		}}},
		"no race": plot.Race{}, "no votes": plot.Hourly{}, "no lag": plot.Lag{}, "no anomalies": plot.Groups{},
	}
}

// TestPicturesAreWhole draws everything in every way: SVG is well-formed and stays inside its size, PNG has that size, HTML
// needs nothing from elsewhere, and drawing again gives the same bytes.
func TestPicturesAreWhole(t *testing.T) {
	t.Parallel()
	elsewhere := regexp.MustCompile(`(?i)(src|href)\s*=|url\(|@import|<script`)
	for name, p := range pictures() {
		for _, s := range []plot.Style{{Language: "es"}, {Language: "en", Dark: true, Fixed: true}} {
			draw := func(format string) []byte {
				var a, b bytes.Buffer
				if err := plot.Write(&a, p, format, s); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				if format == plot.PNG { // costs most, and draws what SVG does
					return a.Bytes()
				}
				if err := plot.Write(&b, p, format, s); err != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
					t.Errorf("%s is another %s the second time, %v", name, format, err)
				}
				return a.Bytes()
			}
			svg := draw(plot.SVG)
			width, height := checkSVG(t, name, svg)
			if !s.Dark { // one of them is enough of what costs most
				img, err := png.Decode(bytes.NewReader(draw(plot.PNG)))
				if err != nil || img.Bounds().Dx() != 2*width || img.Bounds().Dy() != 2*height {
					t.Fatalf("%s: PNG, %v; SVG of %d × %d", name, err, width, height)
				}
			}
			page := string(draw(plot.HTML))
			if found := elsewhere.FindString(page); found != "" {
				t.Errorf("%s: the page has %q", name, found)
			}
			if n := strings.Count(page, "<svg"); n != map[bool]int{true: 1, false: 2}[s.Fixed] {
				t.Errorf("%s: %d pictures in the page", name, n)
			}
		}
	}
}

func checkSVG(t *testing.T, name string, svg []byte) (width, height int) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(svg))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return width, height
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		e, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range e.Attr {
			n, err := time.ParseDuration(a.Value + "s") // a number, whole or not
			v := int(n.Seconds())
			switch {
			case strings.Contains(a.Value, "NaN"), strings.Contains(a.Value, "Inf"):
				t.Errorf("%s: %s=%q", name, a.Name.Local, a.Value)
			case err != nil:
			case e.Name.Local == "svg" && a.Name.Local == "width":
				width = v
			case e.Name.Local == "svg" && a.Name.Local == "height":
				height = v
			case strings.HasSuffix(a.Name.Local, "x") && (v < 0 || v > width), strings.HasSuffix(a.Name.Local, "y") && (v < 0 || v > height):
				t.Errorf("%s: %s is outside: %s=%s", name, e.Name.Local, a.Name.Local, a.Value)
			}
		}
	}
}

// TestWords looks for what must be said, in both languages and in the reader's zone.
func TestWords(t *testing.T) {
	t.Parallel()
	bogota := time.FixedZone("-05", -5*3600)
	for language, want := range map[string][]string{
		"es": {"La carrera", "12\u00a0345 votos", "Ana &lt;Peña&gt; &amp; Ríos", "31 oct 2026, 21:00"},
		"en": {"The race", "12\u00a0345 votes", "Ana &lt;Peña&gt; &amp; Ríos", "31 Oct 2026, 21:00"},
	} {
		var b bytes.Buffer
		if err := plot.Write(&b, pictures()["race"], plot.SVG, plot.Style{Language: language, Zone: bogota}); err != nil {
			t.Fatal(err)
		}
		for _, text := range want {
			if !strings.Contains(b.String(), text) {
				t.Errorf("%s: %q is not in the picture", language, text)
			}
		}
	}
	if err := plot.Write(io.Discard, plot.Lag{}, "gif", plot.Style{}); !errors.Is(err, plot.ErrFormat) {
		t.Errorf("gif: %v", err)
	}
}
