// Package ballot holds the rules of a vote: one per voter and video, for somebody else's published video, while the
// contest is open.
package ballot

import (
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// State is what the rules read of one voter's ballot for one video.
type State struct {
	Cast bool
}

// Refusals.
var (
	ErrAlreadyCast = fault.New(fault.Invalid, "vote.already-cast",
		"Ya has votado por este video.", "You have already voted for this video.")
	ErrOwnVideo = fault.New(fault.Invalid, "vote.own-video",
		"No puedes votar por tu propio video.", "You cannot vote for your own video.")
	ErrNotVotable = fault.New(fault.NotFound, "video.not-found",
		"El video no existe o no está abierto a votación.", "There is no such video, or it is not open for voting.")
	ErrNotOpenYet = fault.New(fault.Invalid, "vote.not-open-yet",
		"La votación todavía no ha comenzado.", "Voting has not started yet.")
	ErrClosed = fault.New(fault.Invalid, "vote.closed",
		"La votación está cerrada.", "Voting is closed.")
)

// Evolve is the state after one more fact.
func (s State) Evolve(fact events.Ballot) State {
	switch fact.(type) {
	case events.BallotCast:
		s.Cast = true
	}
	return s
}

// Cast gives a video the voter's vote. Besides the ballot's own state it reads what is known of the video and the
// contest at the moment of deciding.
type Cast struct {
	VoterID  events.ID
	VideoID  events.ID
	OwnerID  events.ID // of the video
	Votable  bool      // the video is processed, public, and neither deleted nor withdrawn
	OpensAt  time.Time
	ClosesAt time.Time
	Now      time.Time
}

// Decide checks in the contract's order: 404, then 400.
func (c Cast) Decide(s State) ([]events.Ballot, error) {
	switch {
	case !c.Votable:
		return nil, ErrNotVotable
	case s.Cast:
		return nil, ErrAlreadyCast
	case c.VoterID == c.OwnerID:
		return nil, ErrOwnVideo
	case c.Now.Before(c.OpensAt):
		return nil, ErrNotOpenYet
	case !c.Now.Before(c.ClosesAt):
		return nil, ErrClosed
	}
	return []events.Ballot{events.BallotCast{VoterID: c.VoterID, VideoID: c.VideoID}}, nil
}
