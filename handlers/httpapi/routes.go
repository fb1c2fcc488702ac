package httpapi

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"
)

// How long a handler may take.
const (
	quickly     = 10 * time.Second
	withHashing = 30 * time.Second // a password's turn may be waited for
	withMoving  = 45 * time.Second // dead letters are moved one by one
	withUpload  = 0                // upload.go has deadlines of its own
	fromMemory  = 0                // making a page is bounded in briefly.go
	asItPlays   = 0                // media.go and stream.go too
)

// route is one line of the index.
type route struct {
	method  string
	pattern string
	handle  handler
	limit   time.Duration // 0 leaves the handler to its own deadlines
	log     loudness
}

// routes is the index of the API.
func (a *api) routes() []route {
	return []route{
		{"POST", "/api/auth/signup", a.signUp, withHashing, loud},
		{"POST", "/api/auth/login", a.login, withHashing, loud},
		{"POST", "/api/auth/refresh", a.refresh, quickly, loud},
		{"POST", "/api/auth/logout", a.logout, quickly, loud},
		{"GET", "/api/auth/me", a.showMe, quickly, loud},
		{"PATCH", "/api/auth/me", a.changeMe, withHashing, loud},
		{"DELETE", "/api/auth/me", a.eraseMe, withHashing, loud},
		{"GET", "/api/auth/me/export", a.exportMe, quickly, loud},
		{"GET", "/api/auth/sessions", a.listSessions, quickly, loud},
		{"DELETE", "/api/auth/sessions/{id}", a.endSession, quickly, loud},

		{"POST", "/api/videos/upload", a.upload, withUpload, loud},
		{"POST", "/api/uploads", a.beginUpload, quickly, loud},
		{"GET", "/api/uploads", a.listUploads, quickly, loud},
		{"GET", "/api/uploads/{id}", a.showUpload, quickly, loud},
		{"DELETE", "/api/uploads/{id}", a.dropUpload, quickly, loud},
		{"POST", "/api/uploads/{id}/complete", a.completeUpload, withUpload, loud},
		{"GET", "/api/videos", a.listVideos, quickly, loud},
		{"GET", "/api/videos/{id}", a.showVideo, quickly, loud},
		{"DELETE", "/api/videos/{id}", a.deleteVideo, quickly, loud},

		{"GET", "/api/public/videos", a.listPublic, fromMemory, sampled},
		{"GET", "/api/public/videos/{id}", a.showPublic, fromMemory, sampled},
		{"POST", "/api/public/videos/{id}/vote", a.vote, quickly, sampled},
		{"GET", "/api/public/rankings", a.rankings, fromMemory, sampled},
		{"GET", "/api/public/cities", a.cities, fromMemory, sampled},
		{"GET", "/api/public/contest", a.publicContest, quickly, sampled},

		{"GET", "/api/user/votes", a.listVotes, quickly, loud},
		{"GET", "/api/user/ballots", a.listBallots, quickly, loud},
		{"GET", "/api/dashboard", a.dashboard, quickly, loud},

		{"GET", "/api/user/standing", a.showStanding, quickly, loud},

		{"GET", "/api/organiser/contest", a.showContest, quickly, loud},
		{"PUT", "/api/organiser/contest", a.changeContest, quickly, loud},
		{"GET", "/api/organiser/entries", a.listEntries, quickly, loud},
		{"POST", "/api/organiser/entries/{id}/withdraw", a.withdrawEntry, quickly, loud},
		{"POST", "/api/organiser/entries/{id}/reprocess", a.reprocessEntry, quickly, loud},
		{"GET", "/api/organiser/system", a.showSystem, quickly, loud},
		{"POST", "/api/organiser/queues/{name}/redrive", a.redrive, withMoving, loud},
		{"GET", "/api/organiser/acts", a.listActs, quickly, loud},

		{"POST", "/api/events/ticket", a.streamTicket, quickly, loud},
		{"GET", "/api/events/stream", a.stream, asItPlays, sampled},

		{"GET", "/media/*", a.media, asItPlays, sampled},

		{"GET", "/healthz", a.healthz, quickly, quiet},
		{"GET", "/readyz", a.readyz, quickly, quiet},
		{"GET", "/api/healthz", a.healthz, quickly, quiet},
		{"GET", "/api/readyz", a.readyz, quickly, quiet},
		{"GET", "/openapi.yaml", a.openAPI, quickly, loud},
		{"GET", "/api/openapi.yaml", a.openAPI, quickly, loud},
		{"GET", "/docs", a.docs, quickly, loud},
		{"GET", "/api/docs", a.docs, quickly, loud},
	}
}

// router answers every route, a wrong method with 405 and everything else with 404.
func (a *api) router() *chi.Mux {
	mux := chi.NewRouter()
	for _, r := range a.routes() {
		h := a.serve(r.method+" "+r.pattern, r)
		mux.Method(r.method, r.pattern, h)
		if r.method == http.MethodGet {
			mux.Method(http.MethodHead, r.pattern, h) // net/http leaves the body out
		}
	}
	mux.NotFound(a.serve("not found", route{handle: a.noRoute, limit: quickly, log: loud}))
	mux.MethodNotAllowed(a.serve("method not allowed", route{handle: a.noMethod(mux), limit: quickly, log: loud}))
	return mux
}

func (a *api) noRoute(*reply, *http.Request) error { return errNoRoute }

// noMethod finds out which methods the path has.
func (a *api) noMethod(mux *chi.Mux) handler {
	return func(_ *reply, r *http.Request) error {
		var allow []string
		for _, method := range []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"} {
			if mux.Match(chi.NewRouteContext(), method, r.URL.Path) {
				allow = append(allow, method)
			}
		}
		return methodError{allow: allow}
	}
}
