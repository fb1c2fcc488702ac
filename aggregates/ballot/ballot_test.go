package ballot_test

import (
	"testing"
	"time"

	"github.com/rising-stars/showcase/aggregates/ballot"
	"github.com/rising-stars/showcase/aggregates/scenario"
	"github.com/rising-stars/showcase/events"
)

var (
	opens  = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	closes = time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC)
	cast   = events.BallotCast{VoterID: events.ID{1}, VideoID: events.ID{7}}
	vote   = ballot.Cast{
		VoterID: events.ID{1}, VideoID: events.ID{7}, OwnerID: events.ID{2}, Votable: true,
		OpensAt: opens, ClosesAt: closes, Now: opens.Add(time.Hour),
	}
)

func given(t *testing.T, facts ...events.Ballot) scenario.Story[ballot.State, events.Ballot] {
	t.Helper()
	return scenario.Given[ballot.State](t, facts...)
}

func with(change func(*ballot.Cast)) ballot.Cast {
	c := vote
	change(&c)
	return c
}

func TestCast(t *testing.T) {
	t.Parallel()
	given(t).When(vote).Then(cast)
	given(t, cast).When(vote).Refused(ballot.ErrAlreadyCast)
	given(t).When(with(func(c *ballot.Cast) { c.OwnerID = c.VoterID })).Refused(ballot.ErrOwnVideo)
	given(t).When(with(func(c *ballot.Cast) { c.Votable = false })).Refused(ballot.ErrNotVotable)
}

func TestCastOnlyWhileTheContestIsOpen(t *testing.T) {
	t.Parallel()
	at := func(now time.Time) ballot.Cast { return with(func(c *ballot.Cast) { c.Now = now }) }
	given(t).When(at(opens.Add(-time.Nanosecond))).Refused(ballot.ErrNotOpenYet)
	given(t).When(at(opens)).Then(cast)
	given(t).When(at(closes.Add(-time.Nanosecond))).Then(cast)
	given(t).When(at(closes)).Refused(ballot.ErrClosed)
}
