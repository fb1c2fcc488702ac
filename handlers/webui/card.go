package webui

import (
	"bytes"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const (
	videoPage = "video/index.html"
	contest   = "ANB Rising Stars Showcase"

	cardBegins = "<!--card-->" // what is between these two in a page is what a link to it tells
	cardEnds   = "<!--/card-->"
)

// Video is what a link to a video tells of it.
type Video struct {
	Title, Player, City string
	Poster              string // absolute address of a JPEG; empty for none
	Width, Height       int    // of the poster, in pixels
	Clip                string // absolute address of an MP4; empty for none
}

// sendVideo answers with the video's page, which tells of the video of an id.
func (s *site) sendVideo(w http.ResponseWriter, r *http.Request, page file, id string) {
	v, ok, err := s.cfg.Video(r.Context(), id)
	switch {
	case err != nil:
		s.send(w, r, page, http.StatusOK)
	case !ok:
		s.send(w, r, page, http.StatusNotFound)
	default:
		s.send(w, r, page.with(v.card(s.cfg.PublicURL, id)), http.StatusOK)
	}
}

// with is a page with another card. It goes out as it is: a page for one visitor is not worth zipping.
func (f file) with(card string) file {
	before, rest, opened := bytes.Cut(f.body, []byte(cardBegins))
	_, after, closed := bytes.Cut(rest, []byte(cardEnds))
	if !opened || !closed {
		return f
	}
	f.body = bytes.Join([][]byte{before, after}, []byte(card))
	f.zipped = nil
	f.etag, f.zippedETag = tags(f.body)
	return f
}

// card are the video's lines for the head of its page (Open Graph, ogp.me).
func (v Video) card(base, id string) string {
	title := v.Title + " · " + v.Player
	about := "Mira la jugada de " + v.Player + " (" + v.City + ") y vota por ella."
	here := base + "/video/?id=" + url.QueryEscape(id)
	var b strings.Builder
	line := func(parts ...string) {
		for i, part := range parts {
			if i%2 == 1 { // what strangers wrote is at the odd places
				part = html.EscapeString(strings.ToValidUTF8(part, "\uFFFD"))
			}
			b.WriteString(part)
		}
		b.WriteByte('\n')
	}
	property := func(name, content string) { line(`<meta property="`, name, `" content="`, content, `">`) }
	line("<title>", title+" · "+contest, "</title>")
	line(`<meta name="description" content="`, about, `">`)
	line(`<link rel="canonical" href="`, here, `">`)
	property("og:type", "video.other")
	property("og:title", title)
	property("og:description", about)
	property("og:url", here)
	if v.Poster != "" {
		property("og:image", v.Poster)
		property("og:image:type", "image/jpeg")
		property("og:image:width", strconv.Itoa(v.Width))
		property("og:image:height", strconv.Itoa(v.Height))
		property("og:image:alt", title)
	}
	if v.Clip != "" {
		property("og:video", v.Clip)
		property("og:video:type", "video/mp4")
	}
	return strings.TrimSuffix(b.String(), "\n")
}

var relativeCard = regexp.MustCompile(`(property="og:image" content=")[./]*(card\.png")`)

// absoluteCard names the site's own picture in full, as networks that show it want.
func absoluteCard(page []byte, base string) []byte {
	return relativeCard.ReplaceAll(page, []byte("${1}"+strings.ReplaceAll(html.EscapeString(base), "$", "$$")+"/${2}"))
}
