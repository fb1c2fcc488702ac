package command

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"

	"github.com/rising-stars/showcase/aggregates/ballot"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
)

// CastBallot gives a video the voter's vote. It makes one round trip: that the ballot's stream is new is the log's to
// check. A retry with the same idempotency key (any text, empty for none) is the same vote and not an error.
// Refusals: ballot.ErrNotVotable, ballot.ErrAlreadyCast, ballot.ErrOwnVideo, ballot.ErrNotOpenYet, ballot.ErrClosed.
func (s *Service) CastBallot(ctx context.Context, meta events.Metadata, voter, video events.ID, key string) error {
	cast, err := s.cast(ctx, voter, video)
	if err != nil {
		return err
	}
	id := s.ballotID(voter, video, key)
	facts, err := cast.Decide(ballot.State{})
	if err != nil {
		return s.unlessReplayed(ctx, voter, video, key, id, err)
	}
	stream := events.BallotStream(voter, video)
	out, err := s.Log.Append(ctx, eventstore.Append{
		Stream: stream, Expect: eventstore.NoStream, Meta: meta,
		Events: []eventstore.Pending{{ID: id, Event: facts[0]}},
	})
	switch {
	case err != nil:
		return appendError(stream, err)
	case out.Result == eventstore.Conflict:
		_, err = cast.Decide(ballot.State{Cast: true})
	}
	return err
}

// cast is the command with what is known of the video and the contest at this moment.
func (s *Service) cast(ctx context.Context, voter, video events.ID) (ballot.Cast, error) {
	v, err := s.facts.ofVideo(ctx, video)
	if err != nil {
		return ballot.Cast{}, err
	}
	c, err := s.facts.ofContest(ctx)
	if err != nil {
		return ballot.Cast{}, err
	}
	return ballot.Cast{
		VoterID: voter, VideoID: video, OwnerID: v.Owner, Votable: v.Votable,
		OpensAt: c.Settings.OpensAt, ClosesAt: c.Settings.ClosesAt, Now: s.Now(),
	}, nil
}

// ballots is the UUID namespace of ballots that carry an idempotency key.
var ballots = uuid.MustParse("5f0c3a52-64d5-4d3c-9a55-7d2d4d7a2f5e")

// ballotID is made from the vote and its key, so that the log knows a retry by its id.
func (s *Service) ballotID(voter, video events.ID, key string) events.ID {
	if key == "" {
		return s.NewID()
	}
	return events.ID(uuid.NewSHA1(ballots, slices.Concat(voter[:], video[:], []byte(key))))
}

// unlessReplayed is the refusal, unless the very vote that is asked for is in the log already: its retry may come after
// the contest has closed.
func (s *Service) unlessReplayed(ctx context.Context, voter, video events.ID, key string, id events.ID, refusal error) error {
	if key == "" {
		return refusal
	}
	recorded, err := s.Log.ReadStream(ctx, events.BallotStream(voter, video))
	if err != nil {
		return fmt.Errorf("look for an earlier vote: %w", err)
	}
	if slices.ContainsFunc(recorded, func(r events.Recorded) bool { return r.ID == id }) {
		return nil
	}
	return refusal
}
