package analysis

import "github.com/rising-stars/showcase/events"

// Change is what differs for one player between two rankings, within their city. Position 0: not ranked.
type Change struct {
	Player         events.ID
	City           string
	Before, After  int
	VotesBefore    int64
	VotesAfter     int64
	Removed        int64 // ballots left out of the second ranking by its rule
	Enters, Leaves bool  // the finalists of the city
	NameAt         int64
}

// Diff compares two rankings, city by city, in the order of the second and then of who is only in the first. A line that
// is the same in both is left out.
func Diff(a, b Result) []Change {
	before, after := places(a), places(b)
	var changes []Change
	for _, l := range b.Lines {
		x, y := before[l.Player], after[l.Player]
		c := Change{
			Player: l.Player, City: l.City, Before: x.place, After: y.place, VotesBefore: x.votes, VotesAfter: l.Votes,
			Removed: b.Removed[l.Player], NameAt: l.NameAt,
			Enters: y.finalist && !x.finalist, Leaves: x.finalist && !y.finalist,
		}
		if x != y || c.Removed > 0 {
			changes = append(changes, c)
		}
	}
	for _, l := range a.Lines {
		if _, still := after[l.Player]; !still {
			x := before[l.Player]
			changes = append(changes, Change{
				Player: l.Player, City: l.City, Before: x.place, VotesBefore: l.Votes, NameAt: l.NameAt, Leaves: x.finalist,
			})
		}
	}
	return changes
}

type spot struct {
	place    int
	votes    int64
	city     string
	finalist bool
}

func places(r Result) map[events.ID]spot {
	next := map[string]int{}
	spots := make(map[events.ID]spot, len(r.Lines))
	for _, l := range r.Lines {
		next[l.CityKey]++
		n := next[l.CityKey]
		spots[l.Player] = spot{n, l.Votes, l.CityKey, n <= r.Finalists}
	}
	return spots
}
