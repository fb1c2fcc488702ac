package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
)

// answer is what came back, read and held against the description.
type answer struct {
	t      testing.TB
	status int
	header http.Header
	body   []byte
}

func (s *service) do(method, path, token string, body any, headers ...string) *answer {
	s.t.Helper()
	var send io.Reader
	kind := ""
	switch b := body.(type) {
	case nil:
	case string:
		send, kind = strings.NewReader(b), "application/json"
	case io.Reader:
		send = b
	default:
		text, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		send, kind = bytes.NewReader(text), "application/json"
	}
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.base+path, send)
	if err != nil {
		s.t.Fatal(err)
	}
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return s.send(r)
}

// send does not follow redirects.
func (s *service) send(r *http.Request) *answer {
	s.t.Helper()
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		s.t.Fatalf("%s %s: %v", r.Method, r.URL, err)
	}
	defer func() { _ = resp.Body.Close() }() // it was only read
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		s.t.Fatalf("%s %s: read the answer: %v", r.Method, r.URL, err)
	}
	a := &answer{t: s.t, status: resp.StatusCode, header: resp.Header, body: body}
	a.conforms(r)
	return a
}

// want fails the test when the status is another one.
func (a *answer) want(status int) *answer {
	a.t.Helper()
	if a.status != status {
		a.t.Fatalf("status %d, want %d: %s", a.status, status, a.body)
	}
	return a
}

// refused is want for a problem with a code.
func (a *answer) refused(status int, code string) problem {
	a.t.Helper()
	a.want(status)
	var p problem
	a.decode(&p)
	if p.Code != code {
		a.t.Fatalf("code %s, want %s: %s", p.Code, code, a.body)
	}
	return p
}

type problem struct {
	Type, Title, Detail, Code, Error string
	Status                           int
	RequestID                        string `json:"request_id"`
	Errors                           []struct{ Field, Code, Detail string }
}

func (a *answer) decode(v any) {
	a.t.Helper()
	if err := json.Unmarshal(a.body, v); err != nil {
		a.t.Fatalf("%v: %s", err, a.body)
	}
}

func (a *answer) object() map[string]any {
	a.t.Helper()
	var m map[string]any
	a.decode(&m)
	return m
}

// text is a field of the answer's object that has to be a text.
func (a *answer) text(name string) string {
	a.t.Helper()
	s, ok := a.object()[name].(string)
	if !ok {
		a.t.Fatalf("no text %s in %s", name, a.body)
	}
	return s
}

func (a *answer) list() []map[string]any {
	a.t.Helper()
	var l []map[string]any
	a.decode(&l)
	return l
}

// description is the OpenAPI file, read once and checked to be one.
var description = sync.OnceValues(func() (*openapi3.T, error) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(text)
	for _, kind := range []string{"text/html", "video/mp4", "image/jpeg", "image/webp", "text/event-stream"} {
		openapi3filter.RegisterBodyDecoder(kind, openapi3filter.FileBodyDecoder)
	}
	if err != nil {
		return nil, err
	}
	return doc, doc.Validate(loader.Context)
})

// conforms holds an answer against the description. What no path describes must be a problem all the same.
func (a *answer) conforms(r *http.Request) {
	a.t.Helper()
	doc, err := description()
	if err != nil {
		a.t.Fatalf("openapi.yaml: %v", err)
	}
	if a.header.Get("X-Request-Id") == "" || a.header.Get("X-Content-Type-Options") != "nosniff" || a.header.Get("Content-Security-Policy") == "" {
		a.t.Errorf("%s %s: headers %v", r.Method, r.URL, a.header)
	}
	if a.status >= 400 && r.Method != http.MethodHead && !strings.HasSuffix(r.URL.Path, "readyz") {
		a.isProblem()
	}
	path, item := describing(doc, strings.TrimSuffix(r.URL.Path, "/"))
	if item == nil || item.GetOperation(r.Method) == nil {
		return
	}
	operation := item.GetOperation(r.Method)
	if operation.Responses.Status(a.status) == nil && a.status < 500 {
		a.t.Errorf("%s %s: %d is not described: %s", r.Method, path, a.status, a.body)
	}
	err = openapi3filter.ValidateResponse(r.Context(), (&openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: r, Route: &routers.Route{Spec: doc, Path: path, PathItem: item, Method: r.Method, Operation: operation},
		},
		Status: a.status, Header: a.header, Options: &openapi3filter.Options{MultiError: true},
	}).SetBodyBytes(a.body))
	if err != nil {
		a.t.Errorf("%s %s: %d: %v\n%s", r.Method, path, a.status, err, a.body)
	}
}

// isProblem checks what every refusal has.
func (a *answer) isProblem() {
	a.t.Helper()
	var p problem
	a.decode(&p)
	if !strings.HasPrefix(a.header.Get("Content-Type"), "application/problem+json") || p.Error == "" || p.Error != p.Detail ||
		p.Status != a.status || p.Code == "" || p.RequestID != a.header.Get("X-Request-Id") {
		a.t.Errorf("%d is not a problem document: %s", a.status, a.body)
	}
	if a.status == http.StatusUnauthorized && !strings.HasPrefix(a.header.Get("WWW-Authenticate"), "Bearer ") {
		a.t.Error("401 without WWW-Authenticate")
	}
	if (a.status == http.StatusTooManyRequests || a.status == http.StatusServiceUnavailable) && a.header.Get("Retry-After") == "" {
		a.t.Errorf("%d without Retry-After", a.status)
	}
}

// describing finds the path of the description that a request's path is one of; exact ones go first.
func describing(doc *openapi3.T, path string) (string, *openapi3.PathItem) {
	if item := doc.Paths.Value(path); item != nil {
		return path, item
	}
	if strings.HasPrefix(path, "/media/") {
		return "/media/{key}", doc.Paths.Value("/media/{key}")
	}
	given := strings.Split(path, "/")
	for template, item := range doc.Paths.Map() {
		parts := strings.Split(template, "/")
		if !strings.Contains(template, "{") || len(parts) != len(given) {
			continue
		}
		fits := true
		for i, p := range parts {
			fits = fits && (p == given[i] || strings.HasPrefix(p, "{") && given[i] != "")
		}
		if fits {
			return template, item
		}
	}
	return "", nil
}
