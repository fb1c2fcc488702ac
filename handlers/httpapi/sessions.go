package httpapi

import (
	"net/http"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/projections/accounts"
)

// livingSession is one sign-in.
type livingSession struct {
	SessionID  events.ID `json:"session_id"`
	CreatedAt  time.Time `json:"created_at"`
	LastUsedAt time.Time `json:"last_used_at"` // the sign-in, or the newest refresh
	ExpiresAt  time.Time `json:"expires_at"`
	Current    bool      `json:"current"` // the one that asks
}

// listSessions answers GET /api/auth/sessions.
func (a *api) listSessions(w *reply, r *http.Request) error {
	p, err := a.principal(w, r)
	if err != nil {
		return err
	}
	out, err := a.sessionsOf(r, p.Account, p.Session)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, out)
}

func (a *api) sessionsOf(r *http.Request, account, current events.ID) ([]livingSession, error) {
	list, err := a.Sessions.Of(r.Context(), account)
	if err != nil {
		return nil, err
	}
	out := make([]livingSession, 0, len(list))
	for _, s := range list {
		out = append(out, livingSession{s.ID, s.CreatedAt.UTC(), s.LastUsedAt.UTC(), s.ExpiresAt.UTC(), s.ID == current})
	}
	return out, nil
}

// endSession answers DELETE /api/auth/sessions/{id}: one of one's own sign-ins, also the one that asks.
func (a *api) endSession(w *reply, r *http.Request) error {
	p, err := a.principal(w, r)
	if err != nil {
		return err
	}
	id, err := events.ParseID(chi.URLParam(r, "id"))
	if err != nil {
		return sessions.ErrNotFound
	}
	if err := a.Sessions.RevokeOwn(r.Context(), p.Account, id, sessions.Logout); err != nil {
		return err
	}
	if id == p.Session {
		http.SetCookie(w, a.refreshCookie("", -1))
	}
	return writeJSON(w, http.StatusOK, message{"Sesión cerrada."})
}

// exported is all that is known of a person.
type exported struct {
	ExportedAt time.Time       `json:"exported_at"`
	Account    me              `json:"account"`
	Videos     []exportedVideo `json:"videos"`
	Ballots    []ownBallot     `json:"ballots"`
	Sessions   []livingSession `json:"sessions"`
}

type exportedVideo struct {
	ownVideo
	OriginalURL string  `json:"original_url"`
	Bytes       int64   `json:"bytes"`  // of the original
	SHA256      string  `json:"sha256"` // of the original
	Duration    float64 `json:"duration"`
	Votes       int64   `json:"votes"`
}

// exportMe answers GET /api/auth/me/export.
func (a *api) exportMe(w *reply, r *http.Request) error {
	p, found, err := a.whoami(w, r)
	if err != nil {
		return err
	}
	out := exported{ExportedAt: a.Now().UTC(), Account: meOf(found)}
	if out.Videos, err = a.exportVideos(r, found); err != nil {
		return err
	}
	if out.Ballots, err = a.ballotsOf(r.Context(), found.ID); err != nil {
		return err
	}
	if out.Sessions, err = a.sessionsOf(r, found.ID, p.Session); err != nil {
		return err
	}
	w.Header().Set("Content-Disposition", `attachment; filename="showcase-`+out.ExportedAt.Format(time.DateOnly)+`.json"`)
	w.Header().Add("Vary", "Accept-Language")
	return writeJSON(w, http.StatusOK, out)
}

func (a *api) exportVideos(r *http.Request, owner accounts.Account) ([]exportedVideo, error) {
	out := []exportedVideo{}
	for offset := 0; ; offset += maxLimit {
		list, err := a.Gallery.OfOwner(r.Context(), owner.ID, maxLimit, offset)
		if err != nil {
			return nil, err
		}
		ids := make([]events.ID, len(list))
		for i, v := range list {
			ids[i] = v.ID
		}
		votes, err := a.Ranking.VideoVotes(r.Context(), ids)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			e := exportedVideo{Bytes: v.Original.Bytes, SHA256: v.Original.SHA256, Duration: float64(v.DurationMS) / 1000, Votes: votes[v.ID]}
			if e.ownVideo, err = a.ownVideo(r, v); err != nil {
				return nil, err
			}
			if e.OriginalURL, err = a.Objects.PresignGet(r.Context(), v.Original.Key, privateTTL); err != nil {
				return nil, err
			}
			out = append(out, e)
		}
		if len(list) < maxLimit {
			return out, nil
		}
	}
}
