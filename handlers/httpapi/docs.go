package httpapi

import (
	"crypto/sha256"
	_ "embed" // the description, the page and its style
	"encoding/base64"
	"net/http"
	"strconv"
)

//go:embed openapi.yaml
var openAPI []byte

//go:embed docs.html
var docsPage string

//go:embed docs.css
var docsStyle string

// asset is a fixed answer.
type asset struct {
	body   []byte
	kind   string
	etag   string
	policy string // Content-Security-Policy
}

// newAssets are the two answers that describe the API: the file, and a page made from it.
func newAssets(base string) (spec, manual asset, err error) {
	page, err := describe(base)
	if err != nil {
		return asset{}, asset{}, err
	}
	style := sha256.Sum256([]byte(docsStyle))
	spec = newAsset(openAPI, "application/yaml; charset=utf-8", headPolicy[0])
	manual = newAsset(page, "text/html; charset=utf-8",
		"default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(style[:])+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return spec, manual, nil
}

func newAsset(body []byte, kind, policy string) asset {
	sum := sha256.Sum256(body)
	return asset{body: body, kind: kind, policy: policy, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

// openAPI answers GET /openapi.yaml.
func (a *api) openAPI(w *reply, r *http.Request) error { return writeAsset(w, r, a.spec) }

// docs answers GET /docs.
func (a *api) docs(w *reply, r *http.Request) error { return writeAsset(w, r, a.manual) }

func writeAsset(w *reply, r *http.Request, s asset) error {
	h := w.Header()
	h.Set("ETag", s.etag)
	h.Set("Cache-Control", "no-cache")
	h.Set("Content-Security-Policy", s.policy)
	if matches(r.Header.Get("If-None-Match"), s.etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	h.Set("Content-Type", s.kind)
	h.Set("Content-Length", strconv.Itoa(len(s.body)))
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(s.body) // a client that left needs no answer
	return nil
}
