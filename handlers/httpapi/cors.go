package httpapi

import "net/http"

const (
	corsMethods = "GET, HEAD, POST, PUT, PATCH, DELETE"
	corsHeaders = "Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID, Range, X-Request-Id"
	corsExpose  = "ETag, Retry-After, X-Request-Id, X-Total-Count, Log-Position, WWW-Authenticate, Content-Range, Accept-Ranges"
	corsMaxAge  = "600" // seconds for which a browser may remember a preflight
)

// cors is the allow-list of browser origins. Everybody else gets no CORS header, so their browser hides the answer.
type cors struct{ origins map[string]bool }

func newCORS(origins []string) cors {
	c := cors{origins: make(map[string]bool, len(origins))}
	for _, o := range origins {
		c.origins[o] = true
	}
	return c
}

// answered adds the headers for an allowed origin, and reports whether the request was a preflight and is done.
func (c cors) answered(w http.ResponseWriter, r *http.Request) bool {
	if len(c.origins) == 0 {
		return false
	}
	h := w.Header()
	h.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	if !c.origins[origin] {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Credentials", "true")
	if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
		h.Set("Access-Control-Expose-Headers", corsExpose)
		return false
	}
	h.Set("Access-Control-Allow-Methods", corsMethods)
	h.Set("Access-Control-Allow-Headers", corsHeaders)
	h.Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
	return true
}
