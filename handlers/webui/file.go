package webui

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"mime"
	"net/http"
	"path"
	"strings"
)

const (
	hashedFolder = "assets/" // the build puts a hash into the name of everything there
	forAYear     = "public, max-age=31536000, immutable"
	askAnew      = "no-cache"
	forADay      = "public, max-age=86400" // icons and cards, whose names stay
)

// file is one file with everything that goes with it.
type file struct {
	body       []byte
	zipped     []byte // nil when it does not help
	etag       string
	zippedETag string
	mime       string
	cache      string
	page       bool
}

// types are those that the build makes; the machine's own table is not asked, since it differs between machines.
var types = map[string]string{
	".css":         "text/css; charset=utf-8",
	".html":        "text/html; charset=utf-8",
	".js":          "text/javascript; charset=utf-8",
	".json":        "application/json",
	".png":         "image/png",
	".svg":         "image/svg+xml",
	".txt":         "text/plain; charset=utf-8",
	".webmanifest": "application/manifest+json",
	".woff2":       "font/woff2",
}

func newFile(name string, body []byte) (file, error) {
	f := file{body: body, mime: types[path.Ext(name)], cache: forADay, page: strings.HasSuffix(name, ".html")}
	if f.mime == "" {
		return file{}, fmt.Errorf("%s: no media type for this extension", name)
	}
	switch {
	case strings.HasPrefix(name, hashedFolder):
		f.cache = forAYear
	case f.page, strings.HasSuffix(name, ".json"):
		f.cache = askAnew
	}
	f.etag, f.zippedETag = tags(body)
	if media, _, _ := mime.ParseMediaType(f.mime); media == "image/png" || media == "font/woff2" {
		return f, nil
	}
	zipped, err := zip(body)
	if err == nil && len(zipped) < len(body) {
		f.zipped = zipped
	}
	return f, err
}

// tags are the entity tags of a body as it is and zipped.
func tags(body []byte) (plain, zipped string) {
	sum := sha256.Sum256(body)
	tag := base64.RawURLEncoding.EncodeToString(sum[:12])
	return `"` + tag + `"`, `"` + tag + `-gz"`
}

func zip(body []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(body); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

// acceptsGzip reads Accept-Encoding as far as it is about gzip (RFC 9110, section 12.5.3).
func acceptsGzip(r *http.Request) bool {
	for entry := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		coding, params, _ := strings.Cut(entry, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			weight := strings.ReplaceAll(params, " ", "")
			return strings.TrimRight(weight, "0.") != "q="
		}
	}
	return false
}

// matches compares weakly, as RFC 9110 says for If-None-Match.
func matches(header, etag string) bool {
	for candidate := range strings.SplitSeq(header, ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || candidate != "" && strings.TrimPrefix(candidate, "W/") == etag {
			return true
		}
	}
	return false
}
