package app

import (
	"context"
	"fmt"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/accounts"
)

// Acting is the metadata of what the owner of an account does from the command line.
func (a *App) Acting(ctx context.Context, email string) (events.Metadata, error) {
	id, err := a.AccountOf(ctx, email)
	return events.Metadata{Actor: id, CorrelationID: NewID()}, err
}

// ActingOrganiser is Acting for what only an organiser may do.
func (a *App) ActingOrganiser(ctx context.Context, email string) (events.Metadata, error) {
	meta, err := a.Acting(ctx, email)
	if err != nil {
		return meta, err
	}
	who, ok, err := accounts.Queries{Pool: a.Pool}.ByID(ctx, meta.Actor)
	if err == nil && (!ok || who.Role != accounts.RoleOrganiser) {
		err = fmt.Errorf("%s is no organiser; showcase organiser add lets an account act as one", email)
	}
	return meta, err
}

// AccountOf is the living account with an e-mail.
func (a *App) AccountOf(ctx context.Context, email string) (events.ID, error) {
	stream := events.AccountStream(a.Vault.EmailMAC(account.NormalEmail(email)))
	owner, ok, err := accounts.Queries{Pool: a.Pool}.ByStream(ctx, stream)
	switch {
	case err != nil:
		return events.ID{}, err
	case !ok:
		return events.ID{}, fmt.Errorf("there is no account with the e-mail %s", email)
	}
	return owner.ID, nil
}
