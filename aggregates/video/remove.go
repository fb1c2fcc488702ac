package video

import "github.com/rising-stars/showcase/events"

// Delete removes a video for its owner, as long as it is not open for voting.
type Delete struct {
	VideoID events.ID
	By      events.ID
}

// Decide checks in the contract's order: 404, 403, 400.
func (c Delete) Decide(s State) ([]events.Video, error) {
	switch {
	case s.gone():
		return nil, ErrNotFound
	case s.Owner != c.By:
		return nil, ErrNotOwner
	case s.Open:
		return nil, ErrPublished
	}
	return []events.Video{events.VideoDeleted{VideoID: c.VideoID}}, nil
}

// Withdraw takes a video out of the contest; an organiser does it, and says why.
type Withdraw struct {
	VideoID events.ID
	Reason  string
}

// Decide refuses a missing reason; withdrawing twice changes nothing.
func (c Withdraw) Decide(s State) ([]events.Video, error) {
	reason, err := checkReason(c.Reason)
	switch {
	case s.gone():
		return nil, ErrNotFound
	case err != nil:
		return nil, err
	case s.Status == Withdrawn:
		return nil, nil
	}
	return []events.Video{events.VideoWithdrawn{VideoID: c.VideoID, Reason: reason}}, nil
}
