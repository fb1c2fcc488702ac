package app

import (
	"net/http"
	"strings"

	"github.com/rising-stars/showcase/handlers/webui"
)

// apiPaths are the first parts of the paths that the API answers; the rest is the site's.
var apiPaths = map[string]bool{"api": true, "media": true, "docs": true, "openapi.yaml": true, "healthz": true, "readyz": true}

// withSite answers the site's pages beside the API. The pages may talk to the object store too,
// where clips may come from.
func withSite(api http.Handler, objectStore string) http.Handler {
	site := webui.Handler(list(objectStore)...)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if apiPaths[first] {
			api.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}
