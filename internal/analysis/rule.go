package analysis

import (
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
)

// Rule says how ballots are counted. The zero value is the official rule.
type Rule struct {
	Name             string
	Exclude          []Match // a ballot that one of them fits is left out
	Weights          []Weight
	CapPerVoter      int // the first ballots of each voter that count; 0: all
	Ties             []Tie
	FinalistsPerCity int // 0: as the contest is set
}

// Match fits a ballot when all of its conditions do. The zero value of a field is no condition.
type Match struct {
	From, To        time.Time     // recorded from, inclusive, to, exclusive
	AccountAgeBelow time.Duration // from sign-up to ballot
	Addresses       []string      // digests of the voter's address prefix
	VoterCities     []string      // of the voter, by key
	Cities          []string      // of the player, by key
	BurstFrom       int64         // see Bursts.Score
	Videos          []events.ID   // that were voted for
	Positions       []int64       // of ballots in the log, ascending
	Ranges          []Range       // of positions
	IDs             []events.ID   // of ballots
}

// Range is a stretch of positions, both ends inclusive.
type Range struct{ From, To int64 }

// Weight counts each ballot that fits as so many votes. The first that fits decides; a ballot that none fits is one vote.
type Weight struct {
	Match
	Votes int64
}

// Ballot is a vote as a rule sees it.
type Ballot struct {
	Position     int64
	At           time.Time
	ID           events.ID
	Voter, Video events.ID
	Address      string // digest; empty when there is none

	age        time.Duration
	voterCity  string
	playerCity string
	burst      int64
}

// OrderOfTies is the rule's own, or the official one.
func (r Rule) OrderOfTies() []Tie {
	if len(r.Ties) == 0 {
		return Official
	}
	return r.Ties
}

// NeedsBursts reports whether the ballots must be read once before they can be judged.
func (r Rule) NeedsBursts() bool {
	by := func(m Match) bool { return m.BurstFrom > 0 }
	return slices.ContainsFunc(r.Exclude, by) || slices.ContainsFunc(r.Weights, func(w Weight) bool { return by(w.Match) })
}

// NeedsAddresses reports whether a condition reads where ballots came from.
func (r Rule) NeedsAddresses() bool {
	by := func(m Match) bool { return len(m.Addresses) > 0 }
	return slices.ContainsFunc(r.Exclude, by) || slices.ContainsFunc(r.Weights, func(w Weight) bool { return by(w.Match) })
}

// OnlyExcludes reports whether all that the rule does is to leave ballots out, so that it can be made an act of the ledger.
func (r Rule) OnlyExcludes() bool {
	return len(r.Weights) == 0 && len(r.Ties) == 0 && r.FinalistsPerCity == 0
}

func (r Rule) excludes(b *Ballot) bool {
	for i := range r.Exclude {
		if r.Exclude[i].fits(b) {
			return true
		}
	}
	return false
}

func (r Rule) weight(b *Ballot) int64 {
	for i := range r.Weights {
		if r.Weights[i].fits(b) {
			return r.Weights[i].Votes
		}
	}
	return 1
}

func (m *Match) fits(b *Ballot) bool {
	switch {
	case !m.From.IsZero() && b.At.Before(m.From),
		!m.To.IsZero() && !b.At.Before(m.To),
		m.AccountAgeBelow > 0 && b.age >= m.AccountAgeBelow,
		m.BurstFrom > 0 && b.burst < m.BurstFrom,
		len(m.Addresses) > 0 && !slices.Contains(m.Addresses, b.Address),
		len(m.VoterCities) > 0 && !slices.Contains(m.VoterCities, b.voterCity),
		len(m.Cities) > 0 && !slices.Contains(m.Cities, b.playerCity),
		len(m.Videos) > 0 && !slices.Contains(m.Videos, b.Video):
		return false
	}
	if len(m.Positions)+len(m.IDs)+len(m.Ranges) == 0 {
		return true
	}
	_, listed := slices.BinarySearch(m.Positions, b.Position)
	return listed || slices.Contains(m.IDs, b.ID) ||
		slices.ContainsFunc(m.Ranges, func(r Range) bool { return r.From <= b.Position && b.Position <= r.To })
}

func cityKeys(names []string) []string {
	keys := make([]string, 0, len(names))
	for _, name := range names {
		keys = append(keys, cityname.Key(name))
	}
	return keys
}
