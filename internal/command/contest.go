package command

import (
	"context"

	"github.com/rising-stars/showcase/aggregates/contest"
	"github.com/rising-stars/showcase/events"
)

// CreateContest brings the contest into being; one that exists is left as it is. Refusal: contest.ErrSettings.
func (s *Service) CreateContest(ctx context.Context, meta events.Metadata, settings events.ContestSettings) error {
	return s.onContest(ctx, meta, contest.Create{ContestID: s.ContestID, Settings: settings})
}

// ChangeContest sets the contest anew; votes follow on every instance within a second. Refusals: contest.ErrNotFound,
// contest.ErrSettings.
func (s *Service) ChangeContest(ctx context.Context, meta events.Metadata, settings events.ContestSettings) error {
	return s.onContest(ctx, meta, contest.Change{ContestID: s.ContestID, Settings: settings})
}

// Contest is how the contest is set, at most a second ago; false when there is none.
func (s *Service) Contest(ctx context.Context) (events.ContestSettings, bool, error) {
	state, err := s.facts.ofContest(ctx)
	return state.Settings, state.Created, err
}

type contestCommand interface {
	Decide(contest.State) ([]events.Contest, error)
}

func (s *Service) onContest(ctx context.Context, meta events.Metadata, c contestCommand) error {
	_, err := run[contest.State, events.Contest](ctx, s, meta, events.ContestStream(s.ContestID), c, nil)
	s.facts.forgetContest()
	return err
}
