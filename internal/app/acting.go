package app

import (
	"context"
	"errors"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/accounts"
)

var errNoActor = errors.New("there is no account with this e-mail; an act needs somebody who answers for it")

// Acting is the metadata of what the owner of an account does from the command line.
func (a *App) Acting(ctx context.Context, email string) (events.Metadata, error) {
	stream := events.AccountStream(a.Vault.EmailMAC(account.NormalEmail(email)))
	owner, ok, err := accounts.Queries{Pool: a.Pool}.ByStream(ctx, stream)
	switch {
	case err != nil:
		return events.Metadata{}, err
	case !ok:
		return events.Metadata{}, errNoActor
	}
	return events.Metadata{Actor: owner.ID, CorrelationID: NewID()}, nil
}
