package httpapi_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/handlers/httpapi"
)

func TestEveryRouteIsDescribedAndNothingElse(t *testing.T) {
	t.Parallel()
	doc, err := description()
	if err != nil {
		t.Fatal(err)
	}
	routes := map[string]bool{}
	for _, r := range start(t).api.Routes() {
		path := strings.ReplaceAll(r[1], "/media/*", "/media/{key}")
		routes[r[0]+" "+path] = true
		if item := doc.Paths.Value(path); item == nil || item.GetOperation(r[0]) == nil {
			t.Errorf("%s %s is not described", r[0], path)
		}
	}
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			if !routes[method+" "+path] {
				t.Errorf("%s %s is described but does not exist", method, path)
			}
		}
	}
}

func TestUnknownPathsAndMethods(t *testing.T) {
	t.Parallel()
	s := start(t)
	for _, path := range []string{"/", "/api", "/api/nothing", "/api/videos/1/2", "/media", "/api//videos", "/..%2f..%2fetc/passwd", "/api/public/videos/x/vote/y", "/api/uploads/x/y"} {
		s.get(path, "").refused(404, "route.not-found")
	}
	for request, allow := range map[string]string{
		"GET /api/auth/signup":     "POST",
		"PUT /api/auth/me":         "GET, HEAD, PATCH, DELETE",
		"POST /api/videos":         "GET, HEAD",
		"DELETE /api/public/x":     "",
		"OPTIONS /api/videos":      "GET, HEAD",
		"PATCH /api/videos/x":      "GET, HEAD, DELETE",
		"GET /api/videos/x/upload": "",
	} {
		method, path, _ := strings.Cut(request, " ")
		a := s.do(method, path, "", nil)
		if allow == "" {
			a.refused(404, "route.not-found")
			continue
		}
		if a.refused(405, "route.method-not-allowed"); a.header.Get("Allow") != allow {
			t.Errorf("%s: Allow %q, want %q", request, a.header.Get("Allow"), allow)
		}
	}
}

func TestSlashAtTheEndChangesNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	owner, token := s.join("ana")
	v := s.published(owner)
	for _, path := range []string{"/api/videos", "/api/videos/" + v.ID.String(), "/api/public/videos", "/api/public/rankings", "/healthz", "/docs"} {
		without, with := s.get(path, token).want(200), s.get(path+"/", token).want(200)
		if !bytes.Equal(without.body, with.body) {
			t.Errorf("%s: %s and %s", path, without.body, with.body)
		}
	}
	s.do("POST", "/api/auth/login/", "", "{}").refused(400, "auth.incomplete")
	_, voter := s.join("beto")
	s.do("POST", "/api/public/videos/"+v.ID.String()+"/vote/", voter, nil).want(200)
}

func TestHeadIsGetWithoutABody(t *testing.T) {
	t.Parallel()
	s := start(t)
	a := s.do("HEAD", "/api/public/rankings", "", nil).want(200)
	if len(a.body) != 0 || a.header.Get("ETag") == "" || a.header.Get("Content-Length") != "2" {
		t.Errorf("%q, %v", a.body, a.header)
	}
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	s := start(t)
	if a := s.do("GET", "/healthz", "", nil, "X-Request-Id", "from-the.balancer_1"); a.header.Get("X-Request-Id") != "from-the.balancer_1" {
		t.Errorf("a sane id became %q", a.header.Get("X-Request-Id"))
	}
	for _, odd := range []string{"", "<script>", strings.Repeat("x", 65), `a"b`, "ñ"} {
		if a := s.do("GET", "/healthz", "", nil, "X-Request-Id", odd); len(a.header.Get("X-Request-Id")) != 36 {
			t.Errorf("%q became %q", odd, a.header.Get("X-Request-Id"))
		}
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	s := start(t)
	for header, want := range map[string]string{
		"": "es", "es": "es", "en": "en", "en-GB,en;q=0.9": "en", "es-CO,es;q=0.9,en;q=0.8": "es", "en;q=0.3,es;q=0.9": "es",
		"fr,en;q=0.5": "en", "fr": "es", "*": "es", "en;q=0": "es", "en;q=nonsense": "es", "en;q=NaN": "es", "EN": "en",
		strings.Repeat("fr,", 1000) + "en": "es",
	} {
		a := s.do("GET", "/api/videos", "", nil, "Accept-Language", header)
		p := a.refused(401, "auth.token-missing")
		if got := a.header.Get("Content-Language"); got != want || strings.HasPrefix(p.Detail, "You must") != (want == "en") {
			t.Errorf("%.40q: got %s: %s", header, got, p.Detail)
		}
	}
}

func TestInternalErrorsTellNothing(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	s.broken = errors.New("secret: the password of the database is hunter2")
	for _, path := range []string{"/api/videos", "/api/public/rankings", "/api/public/videos", "/api/dashboard", "/api/auth/me"} {
		a := s.get(path, token)
		a.refused(500, "internal")
		if strings.Contains(string(a.body), "hunter2") {
			t.Errorf("%s tells %s", path, a.body)
		}
	}
	if !strings.Contains(s.log.String(), "hunter2") {
		t.Error("the operator is not told")
	}
}

func TestPanicsAreInternalErrors(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	for _, path := range []string{"/api/videos", "/api/public/rankings", "/api/public/rankings", "/api/auth/me"} {
		s.panics = true
		s.get(path, token).refused(500, "internal")
		s.panics = false
		s.get(path, token).want(200)
		s.pass(time.Second)
	}
	if n := strings.Count(s.log.String(), "a bug of ours"); n != 4 {
		t.Errorf("%d panics are logged", n)
	}
}

func TestCORS(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *httpapi.Config) { c.AllowedOrigins = []string{"https://site.example"} })
	a := s.do("GET", "/api/public/rankings", "", nil, "Origin", "https://site.example").want(200)
	if a.header.Get("Access-Control-Allow-Origin") != "https://site.example" || !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "ETag") {
		t.Errorf("allowed origin: %v", a.header)
	}
	a = s.do("GET", "/api/public/rankings", "", nil, "Origin", "https://evil.example").want(200)
	if a.header.Get("Access-Control-Allow-Origin") != "" || a.header.Get("Vary") == "" {
		t.Errorf("other origin: %v", a.header)
	}
	// What a page shows without CORS is kept by the browser, and must not be given to one that asks with it.
	if a = s.get("/api/public/rankings", "").want(200); a.header.Get("Vary") != "Origin" || a.header.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("no origin: %v", a.header)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodOptions, s.base+"/api/videos/upload", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Origin", "https://site.example")
	r.Header.Set("Access-Control-Request-Method", "POST")
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close() // it is empty
	if resp.StatusCode != http.StatusNoContent || !strings.Contains(resp.Header.Get("Access-Control-Allow-Headers"), "Authorization") ||
		!strings.Contains(resp.Header.Get("Access-Control-Allow-Methods"), "PUT") {
		t.Errorf("preflight: %d %v", resp.StatusCode, resp.Header)
	}
}

func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.do("POST", "/api/auth/signup", "", signUp(nil)).want(201)
	in := s.do("POST", "/api/auth/login", "", map[string]string{"email": "ana@example.com", "password": "tres tigres", "refresh": "body"}).want(200)
	access, refresh := in.text("access_token"), in.text("refresh_token")
	s.get("/api/auth/me?token="+access, access).want(200)
	s.do("POST", "/api/auth/refresh", "", map[string]string{"refresh_token": refresh}).want(200)
	for _, secret := range []string{"tres tigres", "ana@example.com", access, refresh, "127.0.0.1"} {
		if strings.Contains(s.log.String(), secret) {
			t.Errorf("%q is in the log:\n%s", secret, s.log)
		}
	}
	if n := strings.Count(s.log.String(), `"msg":"request"`); n != 4 {
		t.Errorf("%d lines for 4 requests:\n%s", n, s.log)
	}
}

func TestDocs(t *testing.T) {
	t.Parallel()
	s := start(t)
	a := s.get("/docs", "").want(200)
	for _, want := range []string{"<!doctype html>", "/api/public/videos/{id}/vote", "<code>Retry-After</code>"} {
		if !strings.Contains(string(a.body), want) {
			t.Errorf("no %q in the page", want)
		}
	}
	for _, bad := range []string{"http://", "https://", "<script", "ZgotmplZ"} {
		if strings.Contains(strings.ReplaceAll(string(a.body), "http://showcase.test", ""), bad) {
			t.Errorf("%q in the page", bad)
		}
	}
	spec := s.get("/openapi.yaml", "").want(200)
	if again := s.get("/api/openapi.yaml", ""); !bytes.Equal(again.body, spec.body) || !strings.HasPrefix(string(spec.body), "openapi: 3.1") {
		t.Error("the two addresses of the description differ")
	}
	s.do("GET", "/docs", "", nil, "If-None-Match", a.header.Get("ETag")).want(304)
}
