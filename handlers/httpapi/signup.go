package httpapi

import (
	"net/http"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/fault"
)

type signUpRequest struct {
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Email     string `json:"email"`
	Password1 string `json:"password1"`
	Password2 string `json:"password2"`
	City      string `json:"city"`
	Country   string `json:"country"`
}

type person struct {
	ID        events.ID `json:"id"`
	UserID    events.ID `json:"user_id"`
	Email     string    `json:"email"`
	FirstName string    `json:"first_name"`
	LastName  string    `json:"last_name"`
	City      string    `json:"city"`
	Country   string    `json:"country"`
}

type signUpReply struct {
	Message string `json:"message"`
	person
}

// signUp answers POST /api/auth/signup.
func (a *api) signUp(w *reply, r *http.Request) error {
	var in signUpRequest
	if err := decode(r, &in); err != nil {
		return err
	}
	profile, email, err := in.check()
	if err != nil {
		return err
	}
	if err := a.Limiter.Allow(auth.SignUpAddress, auth.ByAddress(a.address(r))); err != nil {
		return err
	}
	hash, err := a.Hasher.Hash(r.Context(), in.Password1)
	if err != nil {
		return err
	}
	id, err := a.AccountCommands.SignUp(r.Context(), a.meta(w, r, events.ID{}), command.SignUp{
		FirstName: profile.FirstName, LastName: profile.LastName, Email: email, PasswordHash: hash,
		City: profile.City, Country: profile.Country,
	})
	if err != nil {
		return err
	}
	w.account = id
	return writeJSON(w, http.StatusCreated, signUpReply{
		Message: "Usuario creado exitosamente.",
		person: person{
			ID: id, UserID: id, Email: email,
			FirstName: profile.FirstName, LastName: profile.LastName, City: profile.City, Country: profile.Country,
		},
	})
}

// check is what was typed, trimmed, or a refusal that names every wrong field.
func (in signUpRequest) check() (account.Profile, string, error) {
	var wrong []fault.Field
	profile, err := account.Profile{FirstName: in.FirstName, LastName: in.LastName, City: in.City, Country: in.Country}.Check()
	if f, ok := err.(*fault.Fault); ok { //nolint:errorlint // Check answers the refusal itself
		wrong = append(wrong, f.Fields...)
	}
	email, wrongEmail := account.CheckEmail(in.Email)
	wrong = append(wrong, wrongEmail...)
	wrong = append(wrong, account.CheckPasswords(in.Password1, in.Password2)...)
	if len(wrong) > 0 {
		return account.Profile{}, "", account.ErrFields.WithFields(wrong...)
	}
	return profile, email, nil
}
