package account

import (
	"github.com/rising-stars/showcase/aggregates"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// ErrReason refuses an act that does not say why.
var ErrReason = fault.New(fault.Invalid, "account.reason-required",
	"Hace falta un motivo de entre 3 y 500 caracteres.", "A reason of 3 to 500 characters is required.")

// GrantOrganiser lets an account act as organiser.
type GrantOrganiser struct {
	AccountID events.ID
	Reason    string
}

// Decide refuses a missing reason and an account that is not there; granting twice changes nothing.
func (c GrantOrganiser) Decide(s State) ([]events.Account, error) {
	reason, err := act(s, c.AccountID, c.Reason)
	if err != nil || s.Organiser {
		return nil, err
	}
	return []events.Account{events.AccountRoleGranted{
		AccountID: c.AccountID, Role: events.RoleOrganiser, Reason: reason,
	}}, nil
}

// RevokeOrganiser ends an account's acting as organiser.
type RevokeOrganiser struct {
	AccountID events.ID
	Reason    string
}

// Decide refuses a missing reason and an account that is not there; revoking twice changes nothing.
func (c RevokeOrganiser) Decide(s State) ([]events.Account, error) {
	reason, err := act(s, c.AccountID, c.Reason)
	if err != nil || !s.Organiser {
		return nil, err
	}
	return []events.Account{events.AccountRoleRevoked{
		AccountID: c.AccountID, Role: events.RoleOrganiser, Reason: reason,
	}}, nil
}

// act is the reason trimmed, or why nothing can be done with the account.
func act(s State, id events.ID, reason string) (string, error) {
	reason, ok := aggregates.Reason(reason)
	switch {
	case !s.is(id):
		return "", ErrNotFound
	case !ok:
		return "", ErrReason
	}
	return reason, nil
}
