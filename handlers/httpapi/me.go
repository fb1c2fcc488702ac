package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/auth/sessions"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/projections/accounts"
)

// errWrongPassword refuses a change that has to be confirmed with the password.
var errWrongPassword = fault.New(fault.Invalid, "account.wrong-password",
	"La contraseña actual no es correcta.", "The current password is not right.")

type me struct {
	person
	RegisteredAt time.Time `json:"registered_at"`
	Role         string    `json:"role"`
}

// whoami is the living account that asks. A token of an account that is gone is worth nothing.
func (a *api) whoami(w *reply, r *http.Request) (auth.Principal, accounts.Account, error) {
	p, err := a.principal(w, r)
	if err != nil {
		return auth.Principal{}, accounts.Account{}, err
	}
	found, ok, err := a.Accounts.ByID(r.Context(), p.Account)
	switch {
	case err != nil:
		return auth.Principal{}, accounts.Account{}, err
	case !ok:
		return auth.Principal{}, accounts.Account{}, auth.ErrRevoked
	}
	return p, found, nil
}

// showMe answers GET /api/auth/me.
func (a *api) showMe(w *reply, r *http.Request) error {
	_, found, err := a.whoami(w, r)
	if err != nil {
		return err
	}
	return writeMe(w, found)
}

func writeMe(w *reply, f accounts.Account) error { return writeJSON(w, http.StatusOK, meOf(f)) }

func meOf(f accounts.Account) me {
	return me{
		person: person{
			ID: f.ID, UserID: f.ID, Email: f.Email, FirstName: f.FirstName, LastName: f.LastName, City: f.City, Country: f.Country,
		},
		RegisteredAt: f.RegisteredAt.UTC(), Role: f.Role,
	}
}

// changeRequest holds what is to change; what is absent stays. A new password needs all three of its fields.
type changeRequest struct {
	FirstName       *string `json:"first_name"`
	LastName        *string `json:"last_name"`
	City            *string `json:"city"`
	Country         *string `json:"country"`
	CurrentPassword string  `json:"current_password"`
	Password1       string  `json:"password1"`
	Password2       string  `json:"password2"`
}

// changeMe answers PATCH /api/auth/me. A new password ends every other session.
func (a *api) changeMe(w *reply, r *http.Request) error {
	p, found, err := a.whoami(w, r)
	if err != nil {
		return err
	}
	var in changeRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	profile, err := in.merge(&found).Check()
	if err != nil {
		return err
	}
	if in.Password1 != "" || in.Password2 != "" || in.CurrentPassword != "" {
		if err := a.changePassword(w, r, p, found, in); err != nil {
			return err
		}
	}
	if in.FirstName != nil || in.LastName != nil || in.City != nil || in.Country != nil {
		if err := a.AccountCommands.ChangeProfile(r.Context(), a.meta(w, r, p.Account), p.Account, profile); err != nil {
			return err
		}
	}
	found.FirstName, found.LastName, found.City, found.Country = profile.FirstName, profile.LastName, profile.City, profile.Country
	return writeMe(w, found)
}

func (in changeRequest) merge(f *accounts.Account) account.Profile {
	pick := func(changed *string, now string) string {
		if changed != nil {
			return *changed
		}
		return now
	}
	return account.Profile{
		FirstName: pick(in.FirstName, f.FirstName), LastName: pick(in.LastName, f.LastName),
		City: pick(in.City, f.City), Country: pick(in.Country, f.Country),
	}
}

func (a *api) changePassword(w *reply, r *http.Request, p auth.Principal, found accounts.Account, in changeRequest) error {
	if wrong := account.CheckPasswords(in.Password1, in.Password2); len(wrong) > 0 {
		return account.ErrFields.WithFields(wrong...)
	}
	if err := a.confirm(r, found, in.CurrentPassword); err != nil {
		return err
	}
	hash, err := a.Hasher.Hash(r.Context(), in.Password1)
	if err != nil {
		return err
	}
	if err := a.AccountCommands.ChangePassword(r.Context(), a.meta(w, r, p.Account), p.Account, hash); err != nil {
		return err
	}
	return a.Sessions.RevokeAccount(r.Context(), p.Account, p.Session, sessions.Password)
}

// confirm counts as a sign-in, so that a stolen token cannot be used to guess the password.
func (a *api) confirm(r *http.Request, found accounts.Account, password string) error {
	if err := a.Limiter.Allow(auth.LoginAccount, auth.ByEmail(account.NormalEmail(found.Email))); err != nil {
		return err
	}
	ok, _, err := a.Hasher.Verify(r.Context(), found.PasswordHash, password)
	switch {
	case err != nil:
		return err
	case !ok:
		return errWrongPassword
	}
	return nil
}

type eraseRequest struct {
	Password string `json:"password"`
}

// eraseMe answers DELETE /api/auth/me: the account is forgotten, its sessions end and its files are removed.
func (a *api) eraseMe(w *reply, r *http.Request) error {
	p, found, err := a.whoami(w, r)
	if err != nil {
		return err
	}
	var in eraseRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := a.confirm(r, found, in.Password); err != nil {
		return err
	}
	keys, err := a.keysOf(r.Context(), p.Account) // before nobody knows them any more
	if err != nil {
		return err
	}
	if err := a.Sessions.RevokeAccount(r.Context(), p.Account, events.ID{}, sessions.Erased); err != nil {
		return err
	}
	if err := a.AccountCommands.EraseAccount(r.Context(), a.meta(w, r, p.Account), p.Account); err != nil {
		return err
	}
	a.removeObjects(r.Context(), w, keys)
	a.dropUploads(r.Context(), w, p.Account)
	http.SetCookie(w, a.refreshCookie("", -1))
	return writeJSON(w, http.StatusOK, message{"La cuenta ha sido eliminada exitosamente."})
}

// keysOf are the objects of all videos of an account.
func (a *api) keysOf(ctx context.Context, owner events.ID) ([]string, error) {
	var keys []string
	for offset := 0; ; offset += maxLimit {
		list, err := a.Gallery.OfOwner(ctx, owner, maxLimit, offset)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			keys = append(keys, objectKeys(v)...)
		}
		if len(list) < maxLimit {
			return keys, nil
		}
	}
}

// removeObjects deletes files whose video is gone from the log. What is left over is found by the sweep.
func (a *api) removeObjects(ctx context.Context, w *reply, keys []string) {
	if len(keys) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), removeLimit)
	defer cancel()
	if err := a.Objects.Delete(ctx, keys...); err != nil {
		a.Log.LogAttrs(ctx, slog.LevelWarn, "objects left for the sweep", slog.String("request_id", w.request),
			slog.Int("objects", len(keys)), slog.Any("error", err))
	}
}
