package httpapi

import (
	"log/slog"
	"net/http"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/projections/accounts"
)

// errCredentials does not tell which of the two is wrong.
var errCredentials = fault.New(fault.Unauthenticated, "auth.bad-credentials",
	"El correo o la contraseña no son correctos.", "The e-mail or the password is not right.")

var errCredentialsMissing = fault.New(fault.Invalid, "auth.incomplete",
	"Faltan el correo o la contraseña.", "The e-mail or the password is missing.")

// How a client wants its refresh token.
const (
	refreshInCookie = "cookie"
	refreshInBody   = "body"
)

var errRefreshMode = fault.New(fault.Invalid, "auth.refresh-mode",
	"El campo refresh debe ser cookie o body.", "The field refresh must be cookie or body.")

type loginRequest struct {
	Email    string `json:"email"`
	Password string `json:"password"`
	Refresh  string `json:"refresh"` // "" for none, refreshInCookie or refreshInBody
}

type tokenReply struct {
	AccessToken  string `json:"access_token"`
	TokenType    string `json:"token_type"`
	ExpiresIn    int64  `json:"expires_in"`              // seconds
	RefreshToken string `json:"refresh_token,omitempty"` // only when it was asked for in the body
}

// login answers POST /api/auth/login. It takes as long for an address that nobody signed up with.
func (a *api) login(w *reply, r *http.Request) error {
	var in loginRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := in.check(); err != nil {
		return err
	}
	if in.Refresh == refreshInCookie && a.csrf.Check(r) != nil { // nobody is signed in, unknowing, by another site
		return errCrossOrigin
	}
	email := account.NormalEmail(in.Email)
	if err := a.Limiter.Allow(auth.LoginAddress, auth.ByAddress(a.address(r))); err != nil {
		return err
	}
	if err := a.Limiter.Allow(auth.LoginAccount, auth.ByEmail(email)); err != nil {
		return err
	}
	found, known, err := a.Accounts.ByStream(r.Context(), events.AccountStream(a.Vault.EmailMAC(email)))
	if err != nil {
		return err
	}
	if !known {
		if err := a.Hasher.VerifyNobody(r.Context()); err != nil {
			return err
		}
		return errCredentials
	}
	if err := a.checkPassword(w, r, found, in.Password); err != nil {
		return err
	}
	w.account = found.ID
	return a.signIn(w, r, found.ID, in.Refresh)
}

func (in loginRequest) check() error {
	var wrong []fault.Field
	wrong = append(wrong, required("email", in.Email)...)
	wrong = append(wrong, required("password", in.Password)...)
	switch {
	case len(wrong) > 0:
		return errCredentialsMissing.WithFields(wrong...)
	case in.Refresh != "" && in.Refresh != refreshInCookie && in.Refresh != refreshInBody:
		return errRefreshMode
	}
	return nil
}

func required(name, value string) []fault.Field {
	if value != "" {
		return nil
	}
	return []fault.Field{{Name: name, Code: "required", ES: "Este campo es obligatorio.", EN: "This field is required."}}
}

// checkPassword refuses a wrong one, and makes the hash anew when its cost is not today's.
func (a *api) checkPassword(w *reply, r *http.Request, found accounts.Account, password string) error {
	ok, rehash, err := a.Hasher.Verify(r.Context(), found.PasswordHash, password)
	switch {
	case err != nil:
		return err
	case !ok:
		return errCredentials
	case !rehash:
		return nil
	}
	hash, err := a.Hasher.Hash(r.Context(), password)
	if err == nil {
		err = a.AccountCommands.ChangePassword(r.Context(), a.meta(w, r, found.ID), found.ID, hash)
	}
	if err != nil { // the sign-in is good all the same, and the next one tries again
		a.Log.LogAttrs(r.Context(), slog.LevelWarn, "password hash not renewed",
			slog.String("request_id", w.request), slog.Any("error", err))
	}
	return nil
}

// signIn opens a session and answers its tokens.
func (a *api) signIn(w *reply, r *http.Request, id events.ID, mode string) error {
	if mode == "" {
		s, err := a.Sessions.Open(r.Context(), id)
		if err != nil {
			return err
		}
		return a.writeTokens(w, s, "", "")
	}
	s, token, err := a.Sessions.OpenRefreshable(r.Context(), id)
	if err != nil {
		return err
	}
	return a.writeTokens(w, s, token, mode)
}

func (a *api) writeTokens(w *reply, s sessions.Session, refresh, mode string) error {
	access, err := a.Tokens.Issue(s.Account, s.ID)
	if err != nil {
		return err
	}
	out := tokenReply{AccessToken: access, TokenType: "Bearer", ExpiresIn: int64(a.Tokens.TTL().Seconds())}
	switch mode {
	case refreshInCookie:
		http.SetCookie(w, a.refreshCookie(refresh, int(a.RefreshTTL.Seconds())))
	case refreshInBody:
		out.RefreshToken = refresh
	}
	return writeJSON(w, http.StatusOK, out)
}
