package events

import "time"

// Ledger is the sum of all facts on a contest's ledger: the organisers' acts that take ballots out of the count, or back
// in. The ballots themselves stay in the log as they were.
//
//sumtype:decl
type Ledger interface {
	Event
	ledger()
}

// BallotsVoided says that ballots count no longer from this position on. It quotes what was decided and on what.
type BallotsVoided struct {
	ContestID  ID              `json:"contest_id"`
	ActID      ID              `json:"act_id"`
	Reason     string          `json:"reason"`      // for whoever asks what became of a ballot; tells nobody's name
	Rule       string          `json:"rule"`        // the rule's text, as it was read
	RuleSHA256 string          `json:"rule_sha256"` // lower-case hex, of the text
	UpTo       int64           `json:"up_to"`       // the log up to here was looked at
	Count      int             `json:"count"`       // of ballots
	Ballots    []BallotsOfHour `json:"ballots"`     // each ballot once, by video and hour
	Newest     []NewestBallot  `json:"newest"`      // what is left to each of the videos
}

// BallotsReinstated says that the ballots of an earlier act count again from this position on.
type BallotsReinstated struct {
	ContestID ID              `json:"contest_id"`
	ActID     ID              `json:"act_id"` // of the voiding
	Reason    string          `json:"reason"`
	Count     int             `json:"count"`
	Ballots   []BallotsOfHour `json:"ballots"` // as the voiding named them
}

// BallotsOfHour are ballots for one video that were recorded within one hour.
type BallotsOfHour struct {
	VideoID   ID        `json:"video_id"`
	Hour      time.Time `json:"hour"`      // its beginning, UTC
	Positions []int64   `json:"positions"` // of the ballots in the log, ascending
}

// NewestBallot is the newest ballot for a video, at or below UpTo, that still counts.
type NewestBallot struct {
	VideoID  ID    `json:"video_id"`
	Position int64 `json:"position"` // 0 when none is left
}

// EventType is part of Event.
func (BallotsVoided) EventType() string     { return "ballots.voided" }
func (BallotsReinstated) EventType() string { return "ballots.reinstated" }

func (BallotsVoided) ledger()     {}
func (BallotsReinstated) ledger() {}
