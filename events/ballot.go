package events

// Ballot is the sum of all facts on a ballot's stream. There is one stream per voter and video, so "once per video" is
// the stream's first version and no vote waits for another.
//
//sumtype:decl
type Ballot interface {
	Event
	ballot()
}

// BallotCast says that a voter gave a video their vote.
type BallotCast struct {
	VoterID ID `json:"voter_id"`
	VideoID ID `json:"video_id"`
}

// EventType is part of Event.
func (BallotCast) EventType() string { return "ballot.cast" }

func (BallotCast) ballot() {}
