package webui

import (
	"compress/gzip"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
)

func testSite(t *testing.T, origins ...string) *site {
	t.Helper()
	s, err := load(fstest.MapFS{
		"index.html":            {Data: []byte("home")},
		"404.html":              {Data: []byte("missing")},
		"405.html":              {Data: []byte("refused")},
		"ranking/index.html":    {Data: []byte("ranking")},
		"config.json":           {Data: []byte(`{"api":""}`)},
		"icon.svg":              {Data: []byte("<svg/>")},
		"assets/index-a1b2.js":  {Data: []byte(strings.Repeat("let x = 1;\n", 200))},
		"assets/court-ff.woff2": {Data: []byte("font")},
	}, Config{Origins: origins})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(t *testing.T, h http.Handler, target string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(http.MethodGet, target, http.NoBody)
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestEveryPathHasItsAnswer(t *testing.T) {
	t.Parallel()
	s := testSite(t)
	for target, want := range map[string]struct {
		status int
		body   string
		cache  string
	}{
		"/":                      {200, "home", askAnew},
		"/index.html":            {200, "home", askAnew},
		"/ranking/":              {200, "ranking", askAnew},
		"/ranking/index.html":    {200, "ranking", askAnew},
		"/ranking/?ciudad=Cali":  {200, "ranking", askAnew},
		"/config.json":           {200, `{"api":""}`, askAnew},
		"/icon.svg":              {200, "<svg/>", forADay},
		"/assets/court-ff.woff2": {200, "font", forAYear},
		"/404.html":              {404, "missing", askAnew},
		"/405.html":              {404, "missing", askAnew},
		"/nowhere":               {404, "missing", askAnew},
		"/nowhere/deep/":         {404, "missing", askAnew},
		"/assets/":               {404, "missing", askAnew},
		"/assets":                {404, "missing", askAnew},
		"/assets/gone-0000.js":   {404, "missing", askAnew},
		"/../doc.go":             {404, "missing", askAnew},
		"/%2e%2e/webui.go":       {404, "missing", askAnew},
		"//example.com/ranking":  {404, "missing", askAnew},
	} {
		res := get(t, s, target)
		if got := body(t, res); res.StatusCode != want.status || got != want.body || res.Header.Get("Cache-Control") != want.cache {
			t.Errorf("GET %s: %d %q %q, want %+v", target, res.StatusCode, got, res.Header.Get("Cache-Control"), want)
		}
	}
}

func TestADirectoryWithoutSlashLeadsToTheOneWith(t *testing.T) {
	t.Parallel()
	s := testSite(t)
	for target, want := range map[string]string{
		"/ranking":             "/ranking/",
		"/ranking?ciudad=Cali": "/ranking/?ciudad=Cali",
		"//ranking":            "/ranking/", // never another host
	} {
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.URL = &url.URL{Path: strings.SplitN(target, "?", 2)[0]}
		if _, query, ok := strings.Cut(target, "?"); ok {
			r.URL.RawQuery = query
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if got := w.Header().Get("Location"); w.Code != http.StatusMovedPermanently || got != want {
			t.Errorf("GET %s: %d to %q, want %q", target, w.Code, got, want)
		}
	}
}

func TestOnlyPagesMayBeReadAndNothingWritten(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodOptions} {
		w := httptest.NewRecorder()
		testSite(t).ServeHTTP(w, httptest.NewRequest(method, "/", http.NoBody))
		if w.Code != http.StatusMethodNotAllowed || w.Header().Get("Allow") != "GET, HEAD" || w.Body.String() != "refused" {
			t.Errorf("%s: %d, Allow %q, %q", method, w.Code, w.Header().Get("Allow"), w.Body)
		}
	}
	w := httptest.NewRecorder()
	testSite(t).ServeHTTP(w, httptest.NewRequest(http.MethodHead, "/ranking/", http.NoBody))
	if w.Code != http.StatusOK || w.Body.Len() != 0 || w.Header().Get("Content-Length") != "7" {
		t.Errorf("HEAD: %d, %d bytes, length %s", w.Code, w.Body.Len(), w.Header().Get("Content-Length"))
	}
}

// TestARefusalIsReadable is what somebody sees without any script: what is wrong, in both languages, and a way on.
func TestARefusalIsReadable(t *testing.T) {
	t.Parallel()
	s := builtSite(t, nil)
	w := httptest.NewRecorder()
	s.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/ranking/", strings.NewReader("x")))
	lost := get(t, s, "/nowhere")
	for _, page := range []struct {
		name string
		head http.Header
		body string
		says []string
	}{
		{"405", w.Header(), w.Body.String(), []string{"Eso no se puede hacer aquí", "That cannot be done here", `href="/"`}},
		{"404", lost.Header, body(t, lost), []string{"No encontramos esa página</h1>", "There is no such page", "necesita JavaScript", "needs JavaScript"}},
	} {
		if page.head.Get("Content-Type") != "text/html; charset=utf-8" || page.head.Get("Content-Security-Policy") == "" {
			t.Errorf("%s: %v", page.name, page.head)
		}
		for _, words := range page.says {
			if !strings.Contains(page.body, words) {
				t.Errorf("%s does not say %q:\n%s", page.name, words, page.body)
			}
		}
	}
	if strings.Contains(w.Body.String(), "<script") || w.Body.Len() > 2<<10 {
		t.Errorf("405 is dear: %d bytes\n%s", w.Body.Len(), w.Body)
	}
}

func TestGzipForWhoTakesIt(t *testing.T) {
	t.Parallel()
	s := testSite(t)
	plain := get(t, s, "/assets/index-a1b2.js")
	zipped := get(t, s, "/assets/index-a1b2.js", "Accept-Encoding", "br, gzip;q=0.8")
	if plain.Header.Get("Content-Encoding") != "" || zipped.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("encodings %q and %q", plain.Header.Get("Content-Encoding"), zipped.Header.Get("Content-Encoding"))
	}
	if plain.Header.Get("Vary") != "Accept-Encoding" || plain.Header.Get("ETag") == zipped.Header.Get("ETag") {
		t.Error("the two forms cannot be told apart by a cache")
	}
	r, err := gzip.NewReader(zipped.Body)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(r); err != nil || string(b) != body(t, plain) {
		t.Errorf("unzipped: %d bytes, %v", len(b), err)
	}
	for _, refusal := range []string{"gzip;q=0", "gzip; q=0.0", "br", "identity"} {
		if res := get(t, s, "/assets/index-a1b2.js", "Accept-Encoding", refusal); res.Header.Get("Content-Encoding") != "" {
			t.Errorf("zipped for Accept-Encoding %q", refusal)
		}
	}
}

func TestWhatIsThereAlreadyIsNotSentAgain(t *testing.T) {
	t.Parallel()
	s := testSite(t)
	etag := get(t, s, "/ranking/").Header.Get("ETag")
	for header, want := range map[string]int{
		etag: 304, "W/" + etag: 304, `"x", ` + etag: 304, "*": 304, `"x"`: 200, "": 200,
	} {
		if res := get(t, s, "/ranking/", "If-None-Match", header); res.StatusCode != want {
			t.Errorf("If-None-Match %q: %d, want %d", header, res.StatusCode, want)
		}
	}
	missing := get(t, s, "/nowhere")
	if res := get(t, s, "/nowhere", "If-None-Match", missing.Header.Get("ETag")); res.StatusCode != http.StatusNotFound {
		t.Errorf("a missing page that is known: %d", res.StatusCode)
	}
}

func TestPolicy(t *testing.T) {
	t.Parallel()
	own := get(t, testSite(t), "/").Header.Get("Content-Security-Policy")
	for _, directive := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "connect-src 'self'", "base-uri 'none'", "frame-ancestors 'none'"} {
		if !strings.Contains(own+";", directive+";") {
			t.Errorf("policy %q lacks %q", own, directive)
		}
	}
	if strings.Contains(own, "unsafe") || strings.Contains(own, "*") {
		t.Errorf("policy %q has a hole", own)
	}
	far := get(t, testSite(t, "https://media.example"), "/").Header.Get("Content-Security-Policy")
	for _, directive := range []string{"img-src 'self' https://media.example;", "media-src 'self' blob: https://media.example;", "connect-src 'self' https://media.example;"} {
		if !strings.Contains(far, directive) {
			t.Errorf("policy %q lacks %q", far, directive)
		}
	}
}

func TestAFileOfAnUnknownKindIsNotServed(t *testing.T) {
	t.Parallel()
	if _, err := load(fstest.MapFS{"notes.docx": {Data: []byte("x")}}, Config{}); err == nil {
		t.Error("it was loaded")
	}
}

var (
	reference = regexp.MustCompile(`(?:src|href)="([^"]+)"`)
	inline    = regexp.MustCompile(`(?i)<script(?:>|[^>]*[^>]>[^<])|<style|\sstyle=|\son[a-z]+=|javascript:`)
)

// The files that are really built: every page is there, names only what exists, and needs no hole in the policy.
func TestTheBuiltSite(t *testing.T) {
	t.Parallel()
	h := Handler(Config{})
	dist, err := fs.Sub(embedded, "dist")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := fs.Glob(dist, "*/index.html")
	if err != nil || len(pages) < 9 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	for _, name := range append(pages, "index.html", "404.html", "405.html") {
		page, err := fs.ReadFile(dist, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := inline.Find(page); found != nil {
			t.Errorf("%s: %q would be blocked", name, found)
		}
		for _, m := range reference.FindAllStringSubmatch(string(page), -1) {
			target := path.Join("/", path.Dir(name), m[1])
			if strings.HasPrefix(m[1], "/") {
				target = m[1]
			}
			if target == "/docs" { // the API's
				continue
			}
			if res := get(t, h, target); res.StatusCode != http.StatusOK {
				t.Errorf("%s names %s: %d", name, m[1], res.StatusCode)
			}
			if strings.Contains(m[1], "//") {
				t.Errorf("%s names %s, which is somebody else's", name, m[1])
			}
		}
	}
}
