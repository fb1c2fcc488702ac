package projector

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/vault"
)

// Profiles answers projections that ask the log who an account is.
type Profiles struct {
	Store *eventstore.Store
	Vault *vault.Vault
}

// ProfilesIn is the store's, opened. Who has no key stays closed.
func (p Profiles) ProfilesIn(ctx context.Context, tx pgx.Tx, accounts []events.ID, upTo int64) ([]events.Recorded, error) {
	profiles, err := p.Store.ProfilesIn(ctx, tx, accounts, upTo)
	if err != nil {
		return nil, err
	}
	return profiles, p.Vault.OpenIn(ctx, tx, profiles)
}
