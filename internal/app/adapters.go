package app

import (
	"context"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/gallery"
)

// people tells commands whose stream is whose.
type people struct{ accounts.Queries }

func (p people) StreamOf(ctx context.Context, id events.ID) (stream, email string, ok bool, err error) {
	a, ok, err := p.ByID(ctx, id)
	return a.Stream, a.Email, ok, err
}

// videos tells commands what a vote reads of a video.
type videos struct{ gallery.Queries }

func (v videos) VideoFacts(ctx context.Context, id events.ID) (command.VideoFacts, error) {
	found, _, err := v.ByID(ctx, id)
	return command.VideoFacts{Owner: found.OwnerID, Votable: found.Votable}, err
}

// candidates tells the sweep which videos to look at.
type candidates struct{ gallery.Queries }

func (c candidates) Pending(ctx context.Context, silentSince time.Time, limit int) ([]events.ID, error) {
	list, err := c.Queries.Pending(ctx, silentSince, limit)
	ids := make([]events.ID, 0, len(list))
	for _, v := range list {
		ids = append(ids, v.ID)
	}
	return ids, err
}
