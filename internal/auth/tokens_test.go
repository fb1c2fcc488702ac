package auth_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"maps"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
)

// world is a clock, an id source and a set of ended sessions.
type world struct {
	mu    sync.Mutex
	now   time.Time
	ids   byte
	ended map[events.ID]bool
}

func newWorld() *world {
	return &world{now: time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC), ended: map[events.ID]bool{}}
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func (w *world) NewID() events.ID {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return events.ID{15: w.ids}
}

func (w *world) Revoked(session events.ID) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.ended[session]
}

func key(id string, fill byte) auth.Key {
	return auth.Key{ID: id, Secret: []byte(strings.Repeat(string(fill), 32))}
}

func tokens(t *testing.T, w *world, keys ...auth.Key) *auth.Tokens {
	t.Helper()
	tk, err := auth.NewTokens(auth.TokensConfig{
		Keys: keys, Issuer: "showcase", Audience: "showcase-api", TTL: time.Hour, Now: w.Now, NewID: w.NewID, Revoked: w,
	})
	if err != nil {
		t.Fatal(err)
	}
	return tk
}

var alice, session = events.ID{0: 1}, events.ID{0: 2}

func TestTokenIsVerified(t *testing.T) {
	t.Parallel()
	w := newWorld()
	tk := tokens(t, w, key("a", 'a'))
	token, err := tk.Issue(alice, session)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from memory
		p, err := tk.Verify(token)
		if err != nil || p.Account != alice || p.Session != session || !p.Expires.Equal(w.now.Add(time.Hour)) {
			t.Errorf("got %+v, %v", p, err)
		}
	}
}

func TestTokenExpires(t *testing.T) {
	t.Parallel()
	w := newWorld()
	tk := tokens(t, w, key("a", 'a'))
	token, _ := tk.Issue(alice, session)
	w.pass(time.Hour - time.Second)
	if _, err := tk.Verify(token); err != nil {
		t.Errorf("a second before the end: %v", err)
	}
	w.pass(time.Second)
	if _, err := tk.Verify(token); !errors.Is(err, auth.ErrExpired) {
		t.Errorf("at the end, remembered: %v", err)
	}
	if _, err := tokens(t, w, key("a", 'a')).Verify(token); !errors.Is(err, auth.ErrExpired) {
		t.Errorf("at the end, first seen: %v", err)
	}
	w.pass(time.Hour)
	if _, err := tokens(t, w, key("a", 'a')).Verify(token); !errors.Is(err, auth.ErrExpired) {
		t.Errorf("long after: %v", err)
	}
}

func TestRevokedTokenIsRefusedAlsoWhenRemembered(t *testing.T) {
	t.Parallel()
	w := newWorld()
	tk := tokens(t, w, key("a", 'a'))
	token, _ := tk.Issue(alice, session)
	if _, err := tk.Verify(token); err != nil {
		t.Fatal(err)
	}
	w.ended[session] = true
	if _, err := tk.Verify(token); !errors.Is(err, auth.ErrRevoked) {
		t.Errorf("got %v", err)
	}
}

func TestKeysRotate(t *testing.T) {
	t.Parallel()
	w := newWorld()
	before, between, after := tokens(t, w, key("a", 'a')), tokens(t, w, key("b", 'b'), key("a", 'a')), tokens(t, w, key("b", 'b'))
	old, _ := before.Issue(alice, session)
	fresh, _ := between.Issue(alice, session)
	if _, err := between.Verify(old); err != nil {
		t.Errorf("old token while both keys are known: %v", err)
	}
	if _, err := after.Verify(fresh); err != nil {
		t.Errorf("new token with the new key: %v", err)
	}
	if _, err := after.Verify(old); !errors.Is(err, auth.ErrToken) {
		t.Errorf("old token after its key is gone: %v", err)
	}
}

func TestForgedTokensAreRefused(t *testing.T) {
	t.Parallel()
	for name, audience := range map[string]any{"as issued": []string{"showcase-api"}, "written otherwise": "showcase-api"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			refuseForged(t, audience)
		})
	}
}

func refuseForged(t *testing.T, audience any) {
	t.Helper()
	w := newWorld()
	tk := tokens(t, w, key("a", 'a'))
	good := jwt.MapClaims{
		"iss": "showcase", "aud": audience, "sub": alice.String(), "jti": alice.String(), "sid": session.String(),
		"iat": w.now.Unix(), "exp": w.now.Add(time.Hour).Unix(),
	}
	without := func(name string, value any) jwt.MapClaims {
		c := jwt.MapClaims{}
		maps.Copy(c, good)
		if c[name] = value; value == nil {
			delete(c, name)
		}
		return c
	}
	sign := func(method jwt.SigningMethod, kid any, secret any, c jwt.MapClaims) string {
		token := jwt.NewWithClaims(method, c)
		if kid != nil {
			token.Header["kid"] = kid
		}
		s, err := token.SignedString(secret)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	secret := key("a", 'a').Secret
	valid := sign(jwt.SigningMethodHS256, "a", secret, good)
	if _, err := tk.Verify(valid); err != nil {
		t.Fatalf("the good one: %v", err)
	}
	payload := strings.Split(valid, ".")
	other := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT","kid":"a"}`))
	for name, token := range map[string]string{
		"alg none":         sign(jwt.SigningMethodNone, "a", jwt.UnsafeAllowNoneSignatureType, good),
		"alg HS512":        sign(jwt.SigningMethodHS512, "a", secret, good),
		"another secret":   sign(jwt.SigningMethodHS256, "a", key("a", 'x').Secret, good),
		"no kid":           sign(jwt.SigningMethodHS256, nil, secret, good),
		"unknown kid":      sign(jwt.SigningMethodHS256, "z", secret, good),
		"kid is a number":  sign(jwt.SigningMethodHS256, 7, secret, good),
		"issuer":           sign(jwt.SigningMethodHS256, "a", secret, without("iss", "somebody")),
		"audience":         sign(jwt.SigningMethodHS256, "a", secret, without("aud", "another-api")),
		"no expiry":        sign(jwt.SigningMethodHS256, "a", secret, without("exp", nil)),
		"too early":        sign(jwt.SigningMethodHS256, "a", secret, without("nbf", w.now.Add(time.Hour).Unix())),
		"from the future":  sign(jwt.SigningMethodHS256, "a", secret, without("iat", w.now.Add(time.Hour).Unix())),
		"subject no id":    sign(jwt.SigningMethodHS256, "a", secret, without("sub", "alice@example.com")),
		"subject zero":     sign(jwt.SigningMethodHS256, "a", secret, without("sub", events.ID{}.String())),
		"no session":       sign(jwt.SigningMethodHS256, "a", secret, without("sid", nil)),
		"no jti":           sign(jwt.SigningMethodHS256, "a", secret, without("jti", nil)),
		"signature gone":   payload[0] + "." + payload[1] + ".",
		"header exchanged": other + "." + payload[1] + "." + payload[2],
		"payload changed":  payload[0] + "." + payload[1][:len(payload[1])-2] + "AA." + payload[2],
		"two parts":        payload[0] + "." + payload[1],
		"not a token":      "hello",
		"very long":        valid + strings.Repeat("A", 8192),
	} {
		if p, err := tk.Verify(token); !errors.Is(err, auth.ErrToken) {
			t.Errorf("%s: got %+v, %v", name, p, err)
		}
	}
	if _, err := tk.Verify(""); !errors.Is(err, auth.ErrNoToken) {
		t.Errorf("nothing: %v", err)
	}
}

func TestParseKeys(t *testing.T) {
	t.Parallel()
	long := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\xff\xfe", 20)))
	url := base64.RawURLEncoding.EncodeToString([]byte(strings.Repeat("\xff\xfe", 20)))
	keys, err := auth.ParseKeys("new:" + url + ", old-1.2_3:" + long)
	if err != nil || len(keys) != 2 || keys[0].ID != "new" || keys[1].ID != "old-1.2_3" || !bytes.Equal(keys[0].Secret, keys[1].Secret) {
		t.Errorf("got %v, %v", keys, err)
	}
	short := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("s", 31)))
	for _, s := range []string{"", "a", "a:", ":" + long, "a:" + short, "a:" + long + ",", "a:" + long + ",a:" + long, "a b:" + long, "a:%%%", "a:" + long + strings.Repeat(",b:"+long, 9)} {
		if _, err := auth.ParseKeys(s); !errors.Is(err, auth.ErrKeys) || strings.Contains(err.Error(), long) || strings.Contains(err.Error(), short) {
			t.Errorf("%.40q…: %v", s, err)
		}
	}
	if _, err := auth.NewTokens(auth.TokensConfig{}); !errors.Is(err, auth.ErrKeys) {
		t.Errorf("no key: %v", err)
	}
}
