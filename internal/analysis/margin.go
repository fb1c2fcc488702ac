package analysis

import (
	"slices"

	"github.com/rising-stars/showcase/events"
)

// Margin is how firm a city's finalists are.
type Margin struct {
	City    string
	Ballots int64     // the fewest whose removal changes who is a finalist; 0 when none can
	Out     events.ID // who would leave
	In      events.ID // who would enter
}

// Margins are those of every city, by the city's key. Only removing ballots from a finalist can change the finalists,
// and only in favour of the first who is not one.
//
// Under a rule with weights the heaviest ballots are removed first; there a removal that ends in a tie counts only when
// the finalist's newest ballot can stay, so the figure may be one too high.
func (r Result) Margins() []Margin {
	cities := ByCity(r.Lines)
	keys := make([]string, 0, len(cities))
	for key := range cities {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	margins := make([]Margin, 0, len(keys))
	for _, key := range keys {
		lines := cities[key]
		m := Margin{City: lines[0].City}
		if r.Finalists > 0 && len(lines) > r.Finalists {
			next := lines[r.Finalists]
			for _, finalist := range lines[:r.Finalists] {
				n := r.toFall(finalist, next)
				if n > 0 && (m.Ballots == 0 || n <= m.Ballots) {
					m.Ballots, m.Out, m.In = n, finalist.Player, next.Player
				}
			}
		}
		margins = append(margins, m)
	}
	return margins
}

// toFall is how many ballots a must lose to stand behind b; 0 when no number is enough.
func (r Result) toFall(a, b Line) int64 {
	if r.Classes != nil {
		return r.toFallWeighted(a, b)
	}
	tied := a
	tied.Votes = b.Votes
	if tied.Votes == 0 {
		tied.Reached = 0
	}
	switch {
	case compare(tied, b, r.Ties) > 0:
		return a.Votes - b.Votes
	case b.Votes == 0:
		return 0
	}
	return a.Votes - b.Votes + 1
}

func (r Result) toFallWeighted(a, b Line) int64 {
	classes := r.Classes[a.Player]
	weights := make([]int64, 0, len(classes))
	for w := range classes {
		if w > 0 {
			weights = append(weights, w)
		}
	}
	slices.Sort(weights)
	slices.Reverse(weights)
	left, removed := a.Votes, int64(0)
	for _, w := range weights {
		for n := classes[w]; n > 0; n-- {
			left -= w
			removed++
			tied := a
			tied.Votes = left
			if left == 0 {
				tied.Reached = 0
			}
			if left < b.Votes || (left == b.Votes && (n > 1 || left == 0) && compare(tied, b, r.Ties) > 0) {
				return removed
			}
		}
	}
	return 0
}
