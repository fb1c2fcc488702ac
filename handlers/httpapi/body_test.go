package httpapi_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/handlers/httpapi"
)

// The same bodies are bad wherever a body is read.
func TestBadBodies(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	deep := strings.Repeat(`{"a":`, 100_000) + "1" + strings.Repeat("}", 100_000)
	for name, c := range map[string]struct{ body, code string }{
		"nothing":             {"", "request.malformed-json"},
		"not JSON":            {"email=ana&password=x", "request.malformed-json"},
		"half":                {`{"email":"ana@example.com","password":"x"`, "request.malformed-json"},
		"two values":          {`{"email":"a"}{"email":"b"}`, "request.malformed-json"},
		"something after":     {`{"email":"a"} x`, "request.malformed-json"},
		"an array":            {`["email"]`, "request.malformed-json"},
		"null":                {`null`, "request.malformed-json"},
		"a string":            {`"email"`, "request.malformed-json"},
		"a number":            {`12`, "request.malformed-json"},
		"comment":             {`{"email":"a" /* b */}`, "request.malformed-json"},
		"trailing comma":      {`{"email":"a",}`, "request.malformed-json"},
		"NaN":                 {`{"email":NaN}`, "request.malformed-json"},
		"control in a string": {"{\"email\":\"a\nb\"}", "request.malformed-json"},
		"a byte-order mark":   {"\ufeff{}", "request.malformed-json"},
		"number for text":     {`{"email":1}`, "request.wrong-type"},
		"list for text":       {`{"email":["a"]}`, "request.wrong-type"},
		"object for text":     {`{"email":{"a":1}}`, "request.wrong-type"},
		"bool for text":       {`{"email":true}`, "request.wrong-type"},
		"unknown field":       {`{"email":"a","admin":true}`, "request.unknown-field"},
		"prototype":           {`{"__proto__":{"admin":true}}`, "request.unknown-field"},
		"field twice":         {`{"email":"a","email":"b"}`, "request.duplicate-field"},
		"field in two cases":  {`{"email":"a","EMAIL":"b"}`, "request.duplicate-field"},
		"bad UTF-8":           {"{\"email\":\"a\xff\"}", "request.bad-characters"},
		"overlong UTF-8":      {"{\"email\":\"\xc0\xaf\"}", "request.bad-characters"},
		"lone high surrogate": {`{"email":"\ud83d"}`, "request.bad-characters"},
		"lone low surrogate":  {`{"email":"\ude00a"}`, "request.bad-characters"},
		"two high surrogates": {`{"email":"\ud83d\ud83d\ude00"}`, "request.bad-characters"},
		"NUL":                 {`{"email":"a\u0000b"}`, "request.bad-characters"},
		"NUL in a key":        {`{"e\u0000":"b"}`, "request.bad-characters"},
		"deep objects":        {deep, "request.too-deep"},
		"deep lists":          {`{"a":` + strings.Repeat("[", 50_000), "request.too-deep"},
		"2 MB":                {`{"email":"` + strings.Repeat("a", 2<<20) + `"}`, "request.too-large"},
		"2 MB of space":       {strings.Repeat(" ", 2<<20), "request.too-large"},
	} {
		for _, to := range []struct{ method, path string }{{"POST", "/api/auth/signup"}, {"POST", "/api/auth/login"}, {"PATCH", "/api/auth/me"}, {"DELETE", "/api/auth/me"}} {
			code := c.code
			if strings.HasPrefix(to.path, "/api/auth/me") {
				code = strings.NewReplacer("wrong-type", "unknown-field").Replace(code) // they have no e-mail
			}
			a := s.do(to.method, to.path, token, c.body).want(400)
			if got := a.object()["code"]; got != code {
				t.Errorf("%s, %s %s: got %v, want %s", name, to.method, to.path, got, code)
			}
		}
	}
}

func TestGoodBodies(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	for _, body := range []string{
		`{}`, " {\r\n\t} ", `{"first_name":"\ud83c\udfc0"}`, `{"first_name":"a\\ud800"}`, `{"first_name":"\u00e9\"\/"}`,
		`{"first_name":null}`, `{"first_name":"🏀"}`,
	} {
		s.do("PATCH", "/api/auth/me", token, body).want(200)
	}
	if got := s.get("/api/auth/me", token).object()["first_name"]; got != "🏀" {
		t.Errorf("got %q", got)
	}
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	s := start(t)
	for kind, code := range map[string]string{
		"application/json":                  "auth.incomplete",
		"application/json; charset=utf-8":   "auth.incomplete",
		"Application/JSON;charset=UTF-8":    "auth.incomplete",
		"":                                  "auth.incomplete",
		"application/json; charset=latin1":  "request.content-type",
		"text/plain":                        "request.content-type",
		"application/x-www-form-urlencoded": "request.content-type",
		"application/xml":                   "request.content-type",
		"multipart/form-data; boundary=x":   "request.content-type",
		"nonsense;;":                        "request.content-type",
	} {
		s.do("POST", "/api/auth/login", "", strings.NewReader(`{}`), "Content-Type", kind).refused(400, code)
	}
}

func TestTokensAndTheOrderOfChecks(t *testing.T) {
	t.Parallel()
	s := start(t)
	owner, _ := s.join("ana")
	v := s.published(owner)
	for _, to := range []struct{ method, path string }{
		{"GET", "/api/videos"},
		{"GET", "/api/videos?limit=bad"},
		{"GET", "/api/videos/" + v.ID.String()},
		{"GET", "/api/videos/99999"},
		{"DELETE", "/api/videos/" + v.ID.String()},
		{"POST", "/api/videos/upload"},
		{"POST", "/api/public/videos/" + v.ID.String() + "/vote"},
		{"POST", "/api/public/videos/99999/vote"},
		{"GET", "/api/user/votes"},
		{"GET", "/api/dashboard"},
		{"GET", "/api/auth/me"},
		{"PATCH", "/api/auth/me"},
		{"DELETE", "/api/auth/me"},
	} {
		s.do(to.method, to.path, "", nil).refused(401, "auth.token-missing")
		s.do(to.method, to.path, "", nil, "Authorization", "Basic YW5hOnRpZ3Jlcw==").refused(401, "auth.token-invalid")
		s.do(to.method, to.path, "", nil, "Authorization", "Bearer ").refused(401, "auth.token-invalid")
		s.do(to.method, to.path, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.", nil).refused(401, "auth.token-invalid")
	}
	for _, path := range []string{"/api/public/videos", "/api/public/rankings", "/api/public/cities", "/api/public/videos/" + v.ID.String()} {
		s.get(path, "nonsense").want(200)
	}
}

func TestIDsThatNameNoVideo(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	for _, id := range []string{
		"99999", "0", "-1", "00000000-0000-0000-0000-000000000000", "0192f1e2-0000-7000-8000-000000000001", "abc", "1%20OR%201=1", "%27%3B--",
		"..%2f..%2fetc%2fpasswd", "%00", "%ff", strings.Repeat("9", 5000), "0192f1e2-0000-7000-8000-00000000000g", "{id}", "null", "%F0%9F%8F%80",
		"0192f1e200007000800000000000000a", "%7B0192f1e2-0000-7000-8000-000000000001%7D",
	} {
		s.get("/api/videos/"+id, token).refused(404, "video.not-found")
		s.do("DELETE", "/api/videos/"+id, token, nil).refused(404, "video.not-found")
		s.get("/api/public/videos/"+id, "").refused(404, "video.not-found")
		s.do("POST", "/api/public/videos/"+id+"/vote", token, nil).refused(404, "video.not-found")
		s.get("/media/processed/"+id+"/p/x/clip.mp4", "").refused(404, "video.not-found")
	}
}

func TestClientAddress(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		trusted, header, want string
	}{
		"no proxy":                 {"", "203.0.113.9", "127.0.0.1/32"},
		"a proxy":                  {"127.0.0.0/8", "203.0.113.9", "203.0.113.9/32"},
		"what the client made up":  {"127.0.0.0/8", "198.51.100.1, 203.0.113.9", "203.0.113.9/32"},
		"two proxies":              {"127.0.0.0/8,10.0.0.0/8", "203.0.113.9, 10.0.0.7", "203.0.113.9/32"},
		"nonsense":                 {"127.0.0.0/8", "unknown", "127.0.0.1/32"},
		"nothing":                  {"127.0.0.0/8", "", "127.0.0.1/32"},
		"IPv6":                     {"127.0.0.0/8", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		"IPv4 in IPv6":             {"127.0.0.0/8", "::ffff:203.0.113.9", "203.0.113.9/32"},
		"more hops than we follow": {"127.0.0.0/8,10.0.0.0/8", strings.Repeat("10.0.0.1,", 10_000) + "10.0.0.2", "10.0.0.1/32"},
	} {
		s := start(t, func(c2 *httpapi.Config) { c2.TrustedProxies = prefixes(c.trusted) })
		body := signUp(map[string]any{"email": "x@example.com"})
		s.do(http.MethodPost, "/api/auth/signup", "", body, "X-Forwarded-For", c.header).want(201)
		if got := s.metas[0].AddressDigest; got != "digest of "+c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
