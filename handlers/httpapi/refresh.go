package httpapi

import (
	"net/http"
	"strings"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/internal/fault"
)

const refreshCookieName = "showcase_refresh"

// errCrossOrigin refuses a request that another site makes a browser send with our cookie.
var errCrossOrigin = fault.New(fault.Forbidden, "auth.cross-origin",
	"La solicitud viene de otro sitio.", "The request comes from another site.")

type refreshRequest struct {
	RefreshToken string `json:"refresh_token"`
}

// refresh answers POST /api/auth/refresh: a refresh token, in the body or in the cookie, is exchanged for new tokens
// that come the same way.
func (a *api) refresh(w *reply, r *http.Request) error {
	token, mode, err := a.refreshToken(r)
	if err != nil {
		return err
	}
	if token == "" {
		return auth.ErrNoToken
	}
	s, next, err := a.Sessions.Rotate(r.Context(), token)
	if err != nil {
		if mode == refreshInCookie {
			http.SetCookie(w, a.refreshCookie("", -1))
		}
		return err
	}
	w.account = s.Account
	return a.writeTokens(w, s, next, mode)
}

// logout answers POST /api/auth/logout: it ends the session of the access token, or else of the refresh token.
func (a *api) logout(w *reply, r *http.Request) error {
	session, err := a.sessionToEnd(w, r)
	if err != nil {
		return err
	}
	if err := a.Sessions.Revoke(r.Context(), session, sessions.Logout); err != nil {
		return err
	}
	http.SetCookie(w, a.refreshCookie("", -1))
	return writeJSON(w, http.StatusOK, message{"Sesión cerrada."})
}

type message struct {
	Message string `json:"message"`
}

func (a *api) sessionToEnd(w *reply, r *http.Request) (events.ID, error) {
	p, err := a.principal(w, r)
	if err == nil {
		return p.Session, nil
	}
	token, _, bodyErr := a.refreshToken(r)
	switch {
	case bodyErr != nil:
		return events.ID{}, bodyErr
	case token == "":
		return events.ID{}, err
	}
	return a.Sessions.SessionOf(r.Context(), token)
}

// refreshToken is the token of the body, else of the cookie; empty when there is none.
func (a *api) refreshToken(r *http.Request) (token, mode string, err error) {
	if r.ContentLength != 0 {
		var in refreshRequest
		if err := decode(r, &in); err != nil {
			return "", "", err
		}
		if in.RefreshToken != "" {
			return in.RefreshToken, refreshInBody, nil
		}
	}
	cookie, err := r.Cookie(refreshCookieName)
	if err != nil || cookie.Value == "" {
		return "", "", nil //nolint:nilerr // no cookie is no error
	}
	if err := a.csrf.Check(r); err != nil {
		return "", "", errCrossOrigin
	}
	return cookie.Value, refreshInCookie, nil
}

func (a *api) refreshCookie(value string, maxAge int) *http.Cookie {
	return &http.Cookie{ //nolint:gosec // it is not Secure where there is no TLS: on one's own machine
		Name: refreshCookieName, Value: value, Path: "/api/auth", MaxAge: maxAge,
		HttpOnly: true, Secure: a.secure(), SameSite: http.SameSiteStrictMode,
	}
}

// secure reports whether clients reach us by TLS.
func (a *api) secure() bool { return strings.HasPrefix(a.PublicURL, "https://") }
