package app

import "testing"

func TestPublicURL(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ given, listens, want string }{
		{"https://votes.example", "0.0.0.0:8080", "https://votes.example"},
		{"", "127.0.0.1:9000", "http://127.0.0.1:9000"},
		{"", "0.0.0.0:8080", "http://localhost:8080"},
		{"", ":8080", "http://localhost:8080"},
		{"", "[::]:8080", "http://localhost:8080"},
		{"", "[::1]:8080", "http://[::1]:8080"},
		{"", "votes.internal:80", "http://votes.internal:80"},
	} {
		if got := (APIConfig{PublicURL: c.given, HTTPAddr: c.listens}).publicURL(); got != c.want {
			t.Errorf("PUBLIC_URL %q on %s gives %s, not %s", c.given, c.listens, got, c.want)
		}
	}
}
