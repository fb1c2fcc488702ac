package account_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/aggregates/scenario"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

var (
	ana   = events.ID{1}
	other = events.ID{2}

	profile     = account.Profile{FirstName: " Ana ", LastName: "Pérez", City: "Bogotá", Country: "Colombia"}
	person      = events.Open(events.Person{FirstName: "Ana", LastName: "Pérez"})
	credentials = events.Credentials{Email: "ana@example.com", PasswordHash: "hash"}
	registered  = events.AccountRegistered{
		AccountID: ana, Person: person, Credentials: events.Open(credentials), City: "Bogotá", Country: "Colombia",
	}
	erased = events.AccountErased{AccountID: ana}
)

func given(t *testing.T, facts ...events.Account) scenario.Story[account.State, events.Account] {
	t.Helper()
	return scenario.Given[account.State](t, facts...)
}

func TestRegister(t *testing.T) {
	t.Parallel()
	register := account.Register{AccountID: ana, Profile: profile, Credentials: credentials}
	given(t).When(register).Then(registered)
	given(t, registered).When(register).Refused(account.ErrEmailTaken)
	// The address of somebody who was forgotten is free again.
	given(t, registered, erased).When(register).Then(registered)

	register.Profile.LastName = " "
	given(t).When(register).Refused(account.ErrFields)
}

func TestChangeProfile(t *testing.T) {
	t.Parallel()
	change := account.ChangeProfile{AccountID: ana, Profile: profile}
	changed := events.AccountProfileChanged{AccountID: ana, Person: person, City: "Bogotá", Country: "Colombia"}
	given(t, registered).When(change).Then(changed)
	given(t, registered, changed).When(change).Then(changed)
	given(t).When(change).Refused(account.ErrNotFound)
	given(t, registered, erased).When(change).Refused(account.ErrNotFound)

	change.Profile.City = ""
	given(t, registered).When(change).Refused(account.ErrFields)
}

func TestChangePassword(t *testing.T) {
	t.Parallel()
	change := account.ChangePassword{AccountID: ana, Credentials: credentials}
	changed := events.AccountPasswordChanged{AccountID: ana, Credentials: events.Open(credentials)}
	given(t, registered).When(change).Then(changed)
	given(t, registered, changed).When(change).Then(changed)
	given(t, registered, erased).When(change).Refused(account.ErrNotFound)
	// The address belongs to somebody else by now.
	change.AccountID = other
	given(t, registered).When(change).Refused(account.ErrNotFound)
}

func TestErase(t *testing.T) {
	t.Parallel()
	erase := account.Erase{AccountID: ana}
	given(t, registered).When(erase).Then(erased)
	given(t, registered, erased).When(erase).Then()
	given(t).When(erase).Refused(account.ErrNotFound)
	given(t, registered).When(account.Erase{AccountID: other}).Refused(account.ErrNotFound)
}

func TestOrganiser(t *testing.T) {
	t.Parallel()
	grant := account.GrantOrganiser{AccountID: ana, Reason: " Coordina Cali "}
	revoke := account.RevokeOrganiser{AccountID: ana, Reason: "Dejó la asociación"}
	granted := events.AccountRoleGranted{AccountID: ana, Role: events.RoleOrganiser, Reason: "Coordina Cali"}
	revoked := events.AccountRoleRevoked{AccountID: ana, Role: events.RoleOrganiser, Reason: "Dejó la asociación"}
	given(t, registered).When(grant).Then(granted)
	given(t, registered, granted).When(grant).Then()
	given(t, registered, granted).When(revoke).Then(revoked)
	given(t, registered, granted, revoked).When(revoke).Then()
	given(t, registered, granted, revoked).When(grant).Then(granted)
	given(t, registered).When(revoke).Then()
	// Somebody who signs up again with the address of an erased organiser is none.
	given(t, registered, granted, erased, registered).When(grant).Then(granted)

	given(t).When(grant).Refused(account.ErrNotFound)
	given(t, registered, erased).When(revoke).Refused(account.ErrNotFound)
	for _, reason := range []string{"", " no ", strings.Repeat("x", 501), "a\x00bc", "\xff\xff\xff", "two\nlines"} {
		given(t, registered).When(account.GrantOrganiser{AccountID: ana, Reason: reason}).Refused(account.ErrReason)
		given(t, registered, granted).When(account.RevokeOrganiser{AccountID: ana, Reason: reason}).Refused(account.ErrReason)
	}
}

func TestProfileNamesEveryWrongField(t *testing.T) {
	t.Parallel()
	_, err := account.Profile{FirstName: "\x00", LastName: strings.Repeat("x", 101), City: "\xff", Country: "\t"}.Check()
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	got := map[string]string{}
	for _, field := range f.Fields {
		got[field.Name] = field.Code
	}
	for name, code := range map[string]string{
		"first_name": "bad-characters", "last_name": "too-long", "city": "bad-characters", "country": "required",
	} {
		if got[name] != code {
			t.Errorf("%s: got %q, want %q", name, got[name], code)
		}
	}
}

func TestAnyScriptIsWelcome(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"محمد", "Ñandú", "🏀 Ana", "李小龍", "O'Neil-García", strings.Repeat("é", 100)} {
		if wrong := account.CheckText("first_name", name, account.MaxField); wrong != nil {
			t.Errorf("%q is refused: %v", name, wrong)
		}
	}
}

func TestEmail(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"ana@example.com", " ana@example.com ", "ana+tag@sub.example.co", "josé@example.com"} {
		got, wrong := account.CheckEmail(good)
		if wrong != nil || got != strings.TrimSpace(good) {
			t.Errorf("CheckEmail(%q) = %q, %v", good, got, wrong)
		}
	}
	for _, bad := range []string{
		"", "ana", "ana@", "@example.com", "ana@example", "Ana <ana@example.com>", "a b@example.com",
		"ana@example.com, eva@example.com", "ana@exa\x00mple.com", strings.Repeat("a", 250) + "@example.com",
	} {
		if _, wrong := account.CheckEmail(bad); wrong == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	if account.NormalEmail(" ANA@Example.com") != account.NormalEmail("ana@example.COM") {
		t.Error("two spellings of one address differ")
	}
}

func TestPasswords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ first, second, field string }{
		{"12345678", "12345678", ""},
		{strings.Repeat("ñ", 128), strings.Repeat("ñ", 128), ""},
		{"1234567", "1234567", "password1"},
		{"", "", "password1"},
		{strings.Repeat("x", 257), strings.Repeat("x", 257), "password1"},
		{"12345678", "12345679", "password2"},
	} {
		got := ""
		for _, f := range account.CheckPasswords(c.first, c.second) {
			got = f.Name
		}
		if got != c.field {
			t.Errorf("passwords of %d and %d bytes: field %q is wrong, want %q", len(c.first), len(c.second), got, c.field)
		}
	}
}
