package events

import "time"

// Contest is the sum of all facts on a contest's stream.
//
//sumtype:decl
type Contest interface {
	Event
	contest()
}

// ContestSettings are what an organiser decides.
type ContestSettings struct {
	Name             string    `json:"name"`
	Cities           []string  `json:"cities"` // as the organiser writes them; others may take part too
	OpensAt          time.Time `json:"opens_at"`
	ClosesAt         time.Time `json:"closes_at"` // votes are accepted from OpensAt, inclusive, to ClosesAt, exclusive
	VoteGoal         int       `json:"vote_goal"` // votes that a player is cheered on to reach
	FinalistsPerCity int       `json:"finalists_per_city"`
}

// ContestCreated says that the contest exists and how it is set.
type ContestCreated struct {
	ContestID ID              `json:"contest_id"`
	Settings  ContestSettings `json:"settings"`
	File      string          `json:"file"` // SHA-256, lower-case hex, of the operator's file; empty when there was none
}

// ContestChanged says how the contest is set from now on.
type ContestChanged struct {
	ContestID ID              `json:"contest_id"`
	Settings  ContestSettings `json:"settings"`
	File      string          `json:"file"`   // as in ContestCreated; empty when an organiser changed it
	Reason    string          `json:"reason"` // why, as an organiser said it; empty for a file, and before version 2
}

// EventType is part of Event.
func (ContestCreated) EventType() string { return "contest.created" }
func (ContestChanged) EventType() string { return "contest.changed" }

func (ContestCreated) contest() {}
func (ContestChanged) contest() {}
