package command

import (
	"context"

	"github.com/rising-stars/showcase/aggregates/contest"
	"github.com/rising-stars/showcase/events"
)

// ApplyContestFile brings the contest into being as the operator's file says, or sets it anew when the file has changed
// since it was last applied. digest is the file's SHA-256 in lower-case hex. Refusal: contest.ErrSettings.
func (s *Service) ApplyContestFile(ctx context.Context, settings events.ContestSettings, digest string) error {
	return s.onContest(ctx, events.Metadata{}, contest.ApplyFile{ContestID: s.ContestID, Settings: settings, File: digest})
}

// ChangeContest sets the contest anew for who saw it at a version; votes follow on every instance within a second.
// Refusals: contest.ErrNotFound, contest.ErrSettings, contest.ErrReason, contest.ErrChanged.
func (s *Service) ChangeContest(ctx context.Context, meta events.Metadata, settings events.ContestSettings, version int64, reason string) error {
	return s.onContest(ctx, meta, contest.Change{ContestID: s.ContestID, Settings: settings, Version: version, Reason: reason})
}

// ContestNow is how the contest is set at this moment, and at which version. Refusal: contest.ErrNotFound.
func (s *Service) ContestNow(ctx context.Context) (events.ContestSettings, int64, error) {
	state, _, err := load[contest.State, events.Contest](ctx, s.Log, events.ContestStream(s.ContestID))
	switch {
	case err != nil:
		return events.ContestSettings{}, 0, err
	case !state.Created:
		return events.ContestSettings{}, 0, contest.ErrNotFound
	}
	return state.Settings, state.Version, nil
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
