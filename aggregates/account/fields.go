package account

import (
	"net/mail"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/rising-stars/showcase/aggregates"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// Limits of what people may type, in characters unless said otherwise.
const (
	MaxField         = 100
	MaxEmailBytes    = 254 // RFC 5321's path, less the angle brackets
	MinPassword      = 8
	MaxPasswordBytes = 256 // argon2id reads it all; nobody needs to make it read more
)

// ErrFields is the refusal that lists wrong fields.
var ErrFields = fault.New(fault.Invalid, "account.invalid-fields",
	"Hay campos por corregir.", "Some fields need correction.")

// Profile is what an owner tells about themselves.
type Profile struct {
	FirstName, LastName, City, Country string
}

// Person is the part of a profile that is sealed in the log.
func (p Profile) Person() events.Person {
	return events.Person{FirstName: p.FirstName, LastName: p.LastName}
}

// Check is the profile with its fields trimmed, or ErrFields with every wrong one.
func (p Profile) Check() (Profile, error) {
	var wrong []fault.Field
	for _, f := range []struct {
		name  string
		value *string
	}{
		{"first_name", &p.FirstName},
		{"last_name", &p.LastName},
		{"city", &p.City},
		{"country", &p.Country},
	} {
		*f.value = strings.TrimSpace(*f.value)
		wrong = append(wrong, CheckText(f.name, *f.value, MaxField)...)
	}
	if len(wrong) > 0 {
		return Profile{}, ErrFields.WithFields(wrong...)
	}
	return p, nil
}

// CheckText says what is wrong with a line of text: nothing in it, longer than limit characters, or not a
// line (see aggregates.Line). Any script is welcome.
func CheckText(name, s string, limit int) []fault.Field {
	switch {
	case s == "":
		return []fault.Field{{Name: name, Code: "required", ES: "Este campo es obligatorio.", EN: "This field is required."}}
	case !aggregates.Line(s):
		return []fault.Field{{Name: name, Code: "bad-characters", ES: "Contiene caracteres no permitidos.", EN: "It has characters that are not allowed."}}
	case utf8.RuneCountInString(s) > limit:
		return []fault.Field{{Name: name, Code: "too-long", ES: "Es demasiado largo; el máximo es 100 caracteres.", EN: "It is too long; the limit is 100 characters."}}
	}
	return nil
}

// CheckEmail is the address trimmed, or what is wrong with it.
func CheckEmail(s string) (string, []fault.Field) {
	s = strings.TrimSpace(s)
	a, err := mail.ParseAddress(s)
	at := strings.LastIndexByte(s, '@')
	if err != nil || a.Address != s || len(s) > MaxEmailBytes || strings.ContainsFunc(s, unicode.IsControl) ||
		!strings.Contains(s[at+1:], ".") {
		return "", []fault.Field{{Name: "email", Code: "invalid", ES: "El correo electrónico no es válido.", EN: "The e-mail is not valid."}}
	}
	return s, nil
}

// NormalEmail is what two spellings of one address have in common; it keys the account's stream.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// CheckPasswords says what is wrong with a new password and its repetition.
func CheckPasswords(first, second string) []fault.Field {
	switch {
	case utf8.RuneCountInString(first) < MinPassword:
		return []fault.Field{{Name: "password1", Code: "too-short", ES: "La contraseña debe tener al menos 8 caracteres.", EN: "The password needs at least 8 characters."}}
	case len(first) > MaxPasswordBytes:
		return []fault.Field{{Name: "password1", Code: "too-long", ES: "La contraseña es demasiado larga; el máximo es 256 bytes.", EN: "The password is too long; the limit is 256 bytes."}}
	case first != second:
		return []fault.Field{{Name: "password2", Code: "mismatch", ES: "Las contraseñas no coinciden.", EN: "The passwords do not match."}}
	}
	return nil
}
