package app

import (
	"context"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/accounts"
)

// Organiser is who may act as one.
type Organiser struct {
	AccountID events.ID `json:"account_id"`
	Name      string    `json:"name"`
	Email     string    `json:"email"`
}

// Organisers are those who may act as one, by name.
func (a *App) Organisers(ctx context.Context) ([]Organiser, error) {
	list, err := accounts.Queries{Pool: a.Pool}.Organisers(ctx)
	out := make([]Organiser, 0, len(list))
	for _, o := range list {
		out = append(out, Organiser{o.ID, o.FirstName + " " + o.LastName, o.Email})
	}
	return out, err
}
