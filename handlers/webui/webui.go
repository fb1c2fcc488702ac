package webui

import (
	"context"
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var embedded embed.FS

const (
	missingPage = "404.html"
	refusedPage = "405.html" // which nobody asks for, as the one above
	indexPage   = "index.html"
)

// Config says what the site stands beside.
type Config struct {
	// Origins are those besides our own from which posters and clips are loaded and to which uploads are sent, such as
	// https://media.example; none when the API's own origin does all that.
	Origins []string
	// PublicURL is the base of absolute links, such as https://showcase.example, without a slash at its end. Without one,
	// cards name their picture by a relative link, which not every network follows.
	PublicURL string
	// Video tells what a link to the video of an id, which may be any text, says. False means that nobody may see it; on
	// an error the page goes out without. Nil means that there are no videos to tell of.
	Video func(ctx context.Context, id string) (Video, bool, error)
}

// site is all files, ready to be sent.
type site struct {
	cfg    Config
	files  map[string]file // by path, without a slash at the front
	policy string
}

// Handler serves the site.
func Handler(cfg Config) http.Handler {
	dist, err := fs.Sub(embedded, "dist")
	if err != nil { // the name is ours
		panic(err)
	}
	s, err := load(dist, cfg)
	if err != nil { // embedded files can be read
		panic(err)
	}
	return s
}

func load(dist fs.FS, cfg Config) (*site, error) {
	s := &site{cfg: cfg, files: map[string]file{}, policy: policy(cfg.Origins)}
	err := fs.WalkDir(dist, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		body, err := fs.ReadFile(dist, name)
		if err != nil {
			return err
		}
		if cfg.PublicURL != "" && strings.HasSuffix(name, ".html") {
			body = absoluteCard(body, cfg.PublicURL)
		}
		s.files[name], err = newFile(name, body)
		return err
	})
	return s, err
}

// ServeHTTP answers one request.
func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "strict-origin-when-cross-origin")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		h.Set("Allow", "GET, HEAD")
		s.send(w, r, s.files[refusedPage], http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	if _, page := s.files[path.Join(name, indexPage)]; page && name != "" && !strings.HasSuffix(r.URL.Path, "/") {
		s.redirect(w, r, name)
		return
	}
	if name == "" || strings.HasSuffix(r.URL.Path, "/") {
		name = path.Join(name, indexPage)
	}
	f, ok := s.files[name]
	if id := r.URL.Query().Get("id"); ok && name == videoPage && id != "" && s.cfg.Video != nil {
		s.sendVideo(w, r, f, id)
		return
	}
	if ok && name != missingPage && name != refusedPage {
		s.send(w, r, f, http.StatusOK)
		return
	}
	s.send(w, r, s.files[missingPage], http.StatusNotFound)
}

// redirect leads to the directory, whose relative links need the slash at its end. The name is one of ours, so nobody
// can be led elsewhere.
func (s *site) redirect(w http.ResponseWriter, r *http.Request, name string) {
	to := "/" + name + "/"
	if r.URL.RawQuery != "" {
		to += "?" + r.URL.RawQuery
	}
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Location", to)
	w.WriteHeader(http.StatusMovedPermanently)
}

func (s *site) send(w http.ResponseWriter, r *http.Request, f file, status int) {
	h := w.Header()
	h.Set("Content-Type", f.mime)
	h.Set("Cache-Control", f.cache)
	if f.page {
		s.protect(h)
	}
	body, etag := f.body, f.etag
	if f.zipped != nil {
		h.Set("Vary", "Accept-Encoding")
		if acceptsGzip(r) {
			h.Set("Content-Encoding", "gzip")
			body, etag = f.zipped, f.zippedETag
		}
	}
	h.Set("ETag", etag)
	if status == http.StatusOK && matches(r.Header.Get("If-None-Match"), etag) {
		h.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a client that left needs no answer
	}
}

func (s *site) protect(h http.Header) {
	h.Set("Content-Security-Policy", s.policy)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()")
}

// policy is the Content-Security-Policy of the pages. blob: is for looking at a file before it is uploaded.
func policy(origins []string) string {
	more := strings.Join(append([]string{""}, origins...), " ")
	return strings.Join([]string{
		"default-src 'none'",
		"script-src 'self'",
		"style-src 'self'",
		"font-src 'self'",
		"img-src 'self'" + more,
		"media-src 'self' blob:" + more,
		"connect-src 'self'" + more,
		"manifest-src 'self'",
		"form-action 'self'",
		"base-uri 'none'",
		"frame-ancestors 'none'",
		"require-trusted-types-for 'script'",
		"trusted-types 'none'",
	}, "; ")
}
