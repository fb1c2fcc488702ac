package httpapi_test

import (
	"crypto/rand"
	"maps"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/auth"
)

// signUp is a good sign-up, changed.
func signUp(change map[string]any) map[string]any {
	body := map[string]any{
		"first_name": "Ana", "last_name": "Pérez", "email": "ana@example.com", "password1": "tres tigres", "password2": "tres tigres",
		"city": "Bogotá", "country": "Colombia",
	}
	maps.Copy(body, change)
	for k, v := range body {
		if v == nil {
			delete(body, k)
		}
	}
	return body
}

func login(email, password string) map[string]any {
	return map[string]any{"email": email, "password": password}
}

func TestSignUpAndLogin(t *testing.T) {
	t.Parallel()
	s := start(t)
	a := s.do("POST", "/api/auth/signup", "", signUp(map[string]any{"first_name": "  Ana "})).want(201)
	m := a.object()
	if m["message"] != "Usuario creado exitosamente." || m["id"] != m["user_id"] || m["first_name"] != "Ana" || m["city"] != "Bogotá" {
		t.Errorf("got %s", a.body)
	}
	if strings.Contains(string(a.body), "tigres") || strings.Contains(string(a.body), "argon2") {
		t.Errorf("a password is in %s", a.body)
	}
	in := s.do("POST", "/api/auth/login", "", login(" ANA@Example.com ", "tres tigres")).want(200)
	tokens := in.object()
	if len(tokens) != 3 || tokens["token_type"] != "Bearer" || tokens["expires_in"] != 3600.0 || in.header.Get("Set-Cookie") != "" {
		t.Errorf("got %s", in.body)
	}
	if in.header.Get("Cache-Control") != "no-store" {
		t.Error("tokens may be cached")
	}
	me := s.get("/api/auth/me", in.text("access_token")).want(200).object()
	if me["id"] != m["id"] || me["email"] != "ana@example.com" {
		t.Errorf("got %v", me)
	}
	if got := s.metas[0]; got.AddressDigest != "digest of 127.0.0.1/32" || got.CorrelationID.IsZero() {
		t.Errorf("metadata %+v", got)
	}
}

func TestSignUpRefusals(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.do("POST", "/api/auth/signup", "", signUp(map[string]any{"email": "Taken@example.com"})).want(201)
	for name, c := range map[string]struct {
		change map[string]any
		fields string
	}{
		"nothing":            {map[string]any{"first_name": nil, "last_name": nil, "email": nil, "password1": nil, "password2": nil, "city": nil, "country": nil}, "first_name last_name city country email password1"},
		"blank":              {map[string]any{"city": "   "}, "city"},
		"null":               {map[string]any{"city": (*string)(nil)}, "city"},
		"long":               {map[string]any{"last_name": strings.Repeat("ñ", 101)}, "last_name"},
		"control characters": {map[string]any{"first_name": "a\nb"}, "first_name"},
		"nothing to see":     {map[string]any{"first_name": "\u200b", "last_name": "\u202eAna"}, "first_name last_name"},
		"no address":         {map[string]any{"email": "nobody"}, "email"},
		"address in words":   {map[string]any{"email": "Ana <a@example.com>"}, "email"},
		"no domain":          {map[string]any{"email": "ana@localhost"}, "email"},
		"short password":     {map[string]any{"password1": "corta", "password2": "corta"}, "password1"},
		"long password":      {map[string]any{"password1": strings.Repeat("x", 257), "password2": strings.Repeat("x", 257)}, "password1"},
		"other password":     {map[string]any{"password2": "tres tristes tigres"}, "password2"},
		"two fields":         {map[string]any{"city": "", "password2": ""}, "city password2"},
	} {
		p := s.do("POST", "/api/auth/signup", "", signUp(c.change)).refused(400, "account.invalid-fields")
		var fields []string
		for _, e := range p.Errors {
			fields = append(fields, e.Field)
			if !strings.Contains(p.Error, e.Detail) {
				t.Errorf("%s: the sentence does not say %q: %s", name, e.Detail, p.Error)
			}
		}
		if got := strings.Join(fields, " "); got != c.fields {
			t.Errorf("%s: wrong fields %q, want %q", name, got, c.fields)
		}
	}
	s.do("POST", "/api/auth/signup", "", signUp(map[string]any{"email": "taken@EXAMPLE.com"})).refused(400, "account.email-taken")
}

func TestNamesInAnyScript(t *testing.T) {
	t.Parallel()
	s := start(t)
	for i, name := range []string{"محمد", "עדי\u200f", "👩‍👩‍👧‍👦🏀", "Łukasz", "山田", strings.Repeat("👍", 100), "O'Brien; DROP TABLE accounts; --", "<script>alert(1)</script>", "../../etc/passwd", "{{.}}%s${x}"} {
		a := s.do("POST", "/api/auth/signup", "", signUp(map[string]any{"first_name": name, "email": string(rune('a'+i)) + "@example.com"})).want(201)
		if got := a.object()["first_name"]; got != name {
			t.Errorf("%q became %q", name, got)
		}
	}
}

func TestLoginRefusals(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.do("POST", "/api/auth/signup", "", signUp(nil)).want(201)
	wrong := s.do("POST", "/api/auth/login", "", login("ana@example.com", "dos tigres")).refused(401, "auth.bad-credentials")
	nobody := s.do("POST", "/api/auth/login", "", login("nobody@example.com", "tres tigres")).refused(401, "auth.bad-credentials")
	wrong.RequestID = nobody.RequestID
	if wrong.Error != nobody.Error {
		t.Errorf("a wrong password and an unknown account differ: %+v, %+v", wrong, nobody)
	}
	s.do("POST", "/api/auth/login", "", login("ana@example.com", strings.Repeat("x", 10_000))).refused(401, "auth.bad-credentials")
	s.do("POST", "/api/auth/login", "", login("' OR '1'='1", "tres tigres")).refused(401, "auth.bad-credentials")
	s.do("POST", "/api/auth/login", "", login("", "x")).refused(400, "auth.incomplete")
	s.do("POST", "/api/auth/login", "", `{"email":"ana@example.com"}`).refused(400, "auth.incomplete")
	s.do("POST", "/api/auth/login", "", map[string]any{"email": "a@b.c", "password": "x", "refresh": "maybe"}).refused(400, "auth.refresh-mode")
}

// With no turn to be had, an unknown account must wait for one just as a known one does: that is what makes both take
// the same time.
func TestLoginHashesForAnUnknownAccountToo(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *httpapi.Config) { c.Hasher = auth.NewHasher(auth.HasherConfig{Random: rand.Reader}) })
	s.join("ana")
	for _, email := range []string{"ana@example.com", "nobody@example.com"} {
		s.do("POST", "/api/auth/login", "", login(email, "tres tigres")).refused(503, "auth.busy")
	}
	s.do("POST", "/api/auth/signup", "", signUp(nil)).refused(503, "auth.busy")
}

func TestOldHashIsRenewedAtLogin(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.do("POST", "/api/auth/signup", "", signUp(nil)).want(201)
	const old = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc" // of "password"
	s.mu.Lock()
	for id, a := range s.accounts {
		a.PasswordHash = old
		s.accounts[id] = a
	}
	s.mu.Unlock()
	s.do("POST", "/api/auth/login", "", login("ana@example.com", "password")).want(200)
	s.do("POST", "/api/auth/login", "", login("ana@example.com", "password")).want(200)
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, a := range s.accounts {
		if a.PasswordHash == old || !strings.HasPrefix(a.PasswordHash, "$argon2id$v=19$m=64,") {
			t.Errorf("the hash is %s", a.PasswordHash)
		}
	}
}

func TestChangeMe(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.do("POST", "/api/auth/signup", "", signUp(nil)).want(201)
	token := s.do("POST", "/api/auth/login", "", login("ana@example.com", "tres tigres")).want(200).text("access_token")
	other := s.do("POST", "/api/auth/login", "", login("ana@example.com", "tres tigres")).want(200).text("access_token")
	m := s.do("PATCH", "/api/auth/me", token, map[string]any{"city": " Cali "}).want(200).object()
	if m["city"] != "Cali" || m["first_name"] != "Ana" {
		t.Errorf("got %v", m)
	}
	if m := s.get("/api/auth/me", token).want(200).object(); m["city"] != "Cali" {
		t.Errorf("got %v", m)
	}
	s.do("PATCH", "/api/auth/me", token, map[string]any{"city": ""}).refused(400, "account.invalid-fields")
	s.do("PATCH", "/api/auth/me", token, map[string]any{"email": "x@example.com"}).refused(400, "request.unknown-field")
	change := map[string]any{"current_password": "wrong one", "password1": "cuatro tigres", "password2": "cuatro tigres"}
	s.do("PATCH", "/api/auth/me", token, change).refused(400, "account.wrong-password")
	change["current_password"] = "tres tigres"
	s.do("PATCH", "/api/auth/me", token, change).want(200)
	s.get("/api/auth/me", other).refused(401, "auth.token-revoked")
	s.get("/api/auth/me", token).want(200)
	s.do("POST", "/api/auth/login", "", login("ana@example.com", "tres tigres")).want(401)
	s.do("POST", "/api/auth/login", "", login("ana@example.com", "cuatro tigres")).want(200)
}

func TestEraseMe(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.do("POST", "/api/auth/signup", "", signUp(nil)).want(201)
	token := s.do("POST", "/api/auth/login", "", login("ana@example.com", "tres tigres")).want(200).text("access_token")
	s.mu.Lock()
	for id := range s.accounts {
		s.mu.Unlock()
		s.published(id)
		s.mu.Lock()
	}
	s.mu.Unlock()
	s.do("DELETE", "/api/auth/me", "", map[string]string{"password": "tres tigres"}).want(401)
	s.do("DELETE", "/api/auth/me", token, map[string]string{"password": "wrong"}).refused(400, "account.wrong-password")
	s.do("DELETE", "/api/auth/me", token, nil).want(400)
	s.do("DELETE", "/api/auth/me", token, map[string]string{"password": "tres tigres"}).want(200)
	s.get("/api/auth/me", token).refused(401, "auth.token-revoked")
	s.do("POST", "/api/auth/login", "", login("ana@example.com", "tres tigres")).refused(401, "auth.bad-credentials")
	if len(s.objects) != 0 {
		t.Errorf("files are left: %d", len(s.objects))
	}
}

func TestRefreshInTheBody(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.do("POST", "/api/auth/signup", "", signUp(nil)).want(201)
	in := login("ana@example.com", "tres tigres")
	in["refresh"] = "body"
	first := s.do("POST", "/api/auth/login", "", in).want(200)
	send := func(token string) *answer {
		return s.do("POST", "/api/auth/refresh", "", map[string]any{"refresh_token": token})
	}
	second := send(first.text("refresh_token")).want(200)
	if second.text("refresh_token") == first.text("refresh_token") || second.text("access_token") == first.text("access_token") {
		t.Error("nothing was rotated")
	}
	s.get("/api/auth/me", second.text("access_token")).want(200)
	send(first.text("refresh_token")).refused(401, "auth.refresh-reused")
	s.get("/api/auth/me", second.text("access_token")).refused(401, "auth.token-revoked")
	send(second.text("refresh_token")).refused(401, "auth.refresh-invalid")
	send("nonsense").refused(401, "auth.refresh-invalid")
	s.do("POST", "/api/auth/refresh", "", nil).refused(401, "auth.token-missing")
}

func TestRefreshInACookie(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *httpapi.Config) { c.PublicURL = "https://showcase.test/" })
	s.do("POST", "/api/auth/signup", "", signUp(nil)).want(201)
	in := login("ana@example.com", "tres tigres")
	in["refresh"] = "cookie"
	s.do("POST", "/api/auth/login", "", in, "Sec-Fetch-Site", "cross-site").refused(403, "auth.cross-origin")
	s.do("POST", "/api/auth/login", "", in, "Origin", "https://evil.example").refused(403, "auth.cross-origin")
	a := s.do("POST", "/api/auth/login", "", in).want(200)
	cookie, err := http.ParseSetCookie(a.header.Get("Set-Cookie"))
	if err != nil || !cookie.HttpOnly || !cookie.Secure || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/api/auth" {
		t.Fatalf("cookie %+v, %v", cookie, err)
	}
	if _, told := a.object()["refresh_token"]; told || a.header.Get("Strict-Transport-Security") == "" {
		t.Errorf("got %s, %v", a.body, a.header)
	}
	pair := cookie.Name + "=" + cookie.Value
	s.do("POST", "/api/auth/refresh", "", nil, "Cookie", pair, "Sec-Fetch-Site", "cross-site").refused(403, "auth.cross-origin")
	s.do("POST", "/api/auth/logout", "", nil, "Cookie", pair, "Origin", "https://evil.example").refused(403, "auth.cross-origin")
	next := s.do("POST", "/api/auth/refresh", "", nil, "Cookie", pair, "Sec-Fetch-Site", "same-origin").want(200)
	renewed, err := http.ParseSetCookie(next.header.Get("Set-Cookie"))
	if err != nil || renewed.Value == cookie.Value {
		t.Errorf("cookie %+v, %v", renewed, err)
	}
	again := s.do("POST", "/api/auth/refresh", "", nil, "Cookie", pair)
	again.refused(401, "auth.refresh-reused")
	if gone, err := http.ParseSetCookie(again.header.Get("Set-Cookie")); err != nil || gone.MaxAge >= 0 {
		t.Errorf("cookie %+v, %v", gone, err)
	}
}

func TestLogout(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	s.do("POST", "/api/auth/logout", token, nil).want(200)
	s.get("/api/videos", token).refused(401, "auth.token-revoked")
	s.do("POST", "/api/auth/logout", token, nil).refused(401, "auth.token-revoked")
	s.do("POST", "/api/auth/logout", "", nil).refused(401, "auth.token-missing")
	id, _ := s.join("beto")
	session, refresh, err := s.OpenRefreshable(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	access := s.token(id, session.ID)
	s.pass(2 * time.Hour)
	s.get("/api/videos", access).refused(401, "auth.token-expired")
	s.do("POST", "/api/auth/logout", access, map[string]string{"refresh_token": refresh}).want(200)
	s.do("POST", "/api/auth/refresh", "", map[string]string{"refresh_token": refresh}).refused(401, "auth.refresh-invalid")
}
