// Package account holds the rules of a player's or voter's account: signing up, changing one's data, being forgotten.
//
// The stream is keyed by the e-mail, so at most one living account has an address. State keeps no personal value.
package account

import (
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// Status is where an account stands.
type Status uint8

// The statuses.
const (
	None   Status = iota // nobody signed up with this address yet
	Active               // somebody did
	Erased               // they asked to be forgotten; the address is free again
)

// State is what the rules read.
type State struct {
	Status    Status
	ID        events.ID
	Organiser bool
}

// Refusals.
var (
	ErrEmailTaken = fault.New(fault.Invalid, "account.email-taken",
		"El correo electrónico ya está registrado.", "This e-mail is already registered.")
	ErrNotFound = fault.New(fault.NotFound, "account.not-found",
		"La cuenta no existe.", "There is no such account.")
)

// Evolve is the state after one more fact.
func (s State) Evolve(fact events.Account) State {
	switch f := fact.(type) {
	case events.AccountRegistered:
		return State{Status: Active, ID: f.AccountID}
	case events.AccountErased:
		return State{Status: Erased, ID: f.AccountID}
	case events.AccountRoleGranted:
		s.Organiser = true
	case events.AccountRoleRevoked:
		s.Organiser = false
	case events.AccountProfileChanged, events.AccountPasswordChanged: // no rule reads them
	}
	return s
}

// is reports whether the stream's living account is this one. After an erasure the same address may belong to a new
// account, which a late command for the old one must not touch.
func (s State) is(id events.ID) bool { return s.Status == Active && s.ID == id }
