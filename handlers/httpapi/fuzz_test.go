package httpapi_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/rising-stars/showcase/handlers/httpapi"
)

// Whatever is let through is one JSON object that encoding/json reads without replacing a character.
func FuzzInspect(f *testing.F) {
	for _, seed := range []string{
		"null", "{}", "[]", "0", "", `{"a":1}`, `{"a":{"a":[{"a":null}]}}`, `{"a":"\ud83d\ude00"}`, `{"a":"\ud83d"}`, `{"a":"\\ud83d"}`,
		`{"a":1,"A":2}`, `{"a":"\u0000"}`, "{\"a\":\"\xff\"}", `{"a":1}{`, `{"a":"\`, `{"a":"\u`, `{"a":"\ud8`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		if httpapi.Inspect(body) != nil {
			return
		}
		var m map[string]any
		if err := json.Unmarshal(body, &m); err != nil || m == nil {
			t.Fatalf("%q: %v", body, err)
		}
		again, err := json.Marshal(m)
		if err != nil || !utf8.Valid(again) || strings.Contains(string(again), `\u0000`) && !strings.Contains(string(body), `\\u0000`) {
			t.Fatalf("%q became %q: %v", body, again, err)
		}
		if bytes.ContainsRune(again, utf8.RuneError) && !bytes.ContainsRune(body, utf8.RuneError) && !strings.Contains(strings.ToLower(string(body)), `\ufffd`) {
			t.Fatalf("%q became %q", body, again)
		}
	})
}
