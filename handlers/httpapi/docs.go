package httpapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the description, the page and its style
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
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

// docPath is a path of the description, as far as the page shows it.
type docPath map[string]yaml.Node

type docOperation struct {
	Method, Path string
	Anchor       string
	Tags         []string            `yaml:"tags"`
	Summary      string              `yaml:"summary"`
	Description  string              `yaml:"description"`
	Security     []map[string][]any  `yaml:"security"`
	Responses    map[string]docReply `yaml:"responses"`
	Codes        []string            `yaml:"-"`
}

// Signed reports whether the operation needs a token.
func (o docOperation) Signed() bool { return len(o.Security) > 0 }

type docReply struct {
	Description string `yaml:"description"`
}

type docTag struct {
	Name        string         `yaml:"name"`
	Description string         `yaml:"description"`
	Operations  []docOperation `yaml:"-"`
}

type docFile struct {
	Info struct {
		Title       string `yaml:"title"`
		Summary     string `yaml:"summary"`
		Description string `yaml:"description"`
	} `yaml:"info"`
	Tags  []docTag  `yaml:"tags"`
	Paths yaml.Node `yaml:"paths"`
	Base  string    `yaml:"-"`
	Style template.CSS
}

// describe makes the two answers that describe the API: the file, and a page made from it.
func describe(publicURL string) (spec, manual asset, err error) {
	var f docFile
	if err := yaml.Unmarshal(openAPI, &f); err != nil {
		return asset{}, asset{}, err
	}
	if err := f.sortOperations(); err != nil {
		return asset{}, asset{}, err
	}
	f.Base, f.Style = publicURL, template.CSS(docsStyle) //nolint:gosec // it is our own file
	page, err := template.New("docs").Funcs(template.FuncMap{"code": codeSpans}).Parse(docsPage)
	if err != nil {
		return asset{}, asset{}, err
	}
	var out bytes.Buffer
	if err := page.Execute(&out, f); err != nil {
		return asset{}, asset{}, err
	}
	style := sha256.Sum256([]byte(docsStyle))
	spec = newAsset(openAPI, "application/yaml; charset=utf-8", headPolicy[0])
	manual = newAsset(out.Bytes(), "text/html; charset=utf-8",
		"default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(style[:])+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return spec, manual, nil
}

func newAsset(body []byte, kind, policy string) asset {
	sum := sha256.Sum256(body)
	return asset{body: body, kind: kind, policy: policy, etag: `"` + base64.RawURLEncoding.EncodeToString(sum[:12]) + `"`}
}

var docMethods = []string{"get", "post", "patch", "delete"}

// sortOperations puts every operation under its first tag, in the order of the file.
func (f *docFile) sortOperations() error {
	nodes := f.Paths.Content
	for i := 0; i+1 < len(nodes); i += 2 {
		var path docPath
		if err := nodes[i+1].Decode(&path); err != nil {
			return fmt.Errorf("path %s: %w", nodes[i].Value, err)
		}
		for _, method := range docMethods {
			node, ok := path[method]
			if !ok {
				continue
			}
			o := docOperation{Method: strings.ToUpper(method), Path: nodes[i].Value}
			if err := node.Decode(&o); err != nil {
				return fmt.Errorf("%s %s: %w", o.Method, o.Path, err)
			}
			f.add(o)
		}
	}
	return nil
}

func (f *docFile) add(o docOperation) {
	o.Anchor = strings.Trim(strings.NewReplacer("/", "-", "{", "", "}", "", ".", "-").Replace(strings.ToLower(o.Method)+o.Path), "-")
	for code := 200; code < 600; code++ {
		if _, ok := o.Responses[strconv.Itoa(code)]; ok {
			o.Codes = append(o.Codes, strconv.Itoa(code))
		}
	}
	for i := range f.Tags {
		if len(o.Tags) > 0 && f.Tags[i].Name == o.Tags[0] {
			f.Tags[i].Operations = append(f.Tags[i].Operations, o)
		}
	}
}

// codeSpans turns a description's paragraphs and `code` into HTML; everything else in it stays text.
func codeSpans(s string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		out.WriteString("<p>")
		for i, span := range strings.Split(strings.ReplaceAll(paragraph, "**", ""), "`") {
			if i%2 == 1 {
				span = "<code>" + template.HTMLEscapeString(span) + "</code>"
			} else {
				span = template.HTMLEscapeString(span)
			}
			out.WriteString(span)
		}
		out.WriteString("</p>\n")
	}
	return template.HTML(out.String()) //nolint:gosec // every part of it was escaped
}

// openAPI answers GET /openapi.yaml.
func (a *api) openAPI(w *reply, r *http.Request) error { return writeAsset(w, r, a.spec) }

// home answers GET /: whoever opens the address in a browser is shown what there is.
func (a *api) home(w *reply, _ *http.Request) error {
	w.Header().Set("Location", "/docs")
	w.WriteHeader(http.StatusFound)
	return nil
}

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
