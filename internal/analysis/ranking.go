// Package analysis counts a contest again: under the official rule or another, ballot by ballot, and says what differs.
//
// It is pure: the facts are given to it in the order of the log, and it has no clock, randomness, floats or I/O. What it
// counts officially must be what projections/ranking stores; tests hold the two together.
package analysis

import (
	"cmp"
	"slices"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
)

// Line is one player's place in a ranking.
type Line struct {
	Player  events.ID
	City    string
	CityKey string
	Votes   int64
	Reached int64 // position of the newest ballot that counts; 0 when there is none
	Joined  int64 // position at which the account was registered
	NameAt  int64 // position of the fact that says the player's name
}

// Person is where an account is from.
type Person struct {
	City   string
	Joined int64
	NameAt int64
}

// Video is what a ranking reads of a video.
type Video struct {
	Owner   events.ID
	Public  bool
	Votes   int64
	Reached int64
}

// Tie is a way to tell apart players with as many votes.
type Tie string

// The ties that a rule may name. The lower id decides when nothing else does.
const (
	TieReached Tie = "reached" // whoever reached the total first
	TieJoined  Tie = "joined"  // whoever signed up first
	TieID      Tie = "id"
)

// Official is the order of the official ranking.
var Official = []Tie{TieReached, TieID}

// Rank puts the owners of public videos in order.
func Rank(videos map[events.ID]*Video, people map[events.ID]Person, ties []Tie) []Line {
	at := map[events.ID]int{}
	var lines []Line
	for _, v := range videos {
		person, living := people[v.Owner]
		if !v.Public || !living {
			continue
		}
		i, ok := at[v.Owner]
		if !ok {
			i = len(lines)
			at[v.Owner] = i
			lines = append(lines, Line{
				Player: v.Owner, City: person.City, CityKey: cityname.Key(person.City), Joined: person.Joined, NameAt: person.NameAt,
			})
		}
		lines[i].Votes += v.Votes
		lines[i].Reached = max(lines[i].Reached, v.Reached)
	}
	slices.SortFunc(lines, func(a, b Line) int { return compare(a, b, ties) })
	return lines
}

func compare(a, b Line, ties []Tie) int {
	if c := cmp.Compare(b.Votes, a.Votes); c != 0 {
		return c
	}
	for _, tie := range ties {
		c := 0
		switch tie {
		case TieReached:
			c = cmp.Compare(a.Reached, b.Reached)
		case TieJoined:
			c = cmp.Compare(a.Joined, b.Joined)
		case TieID:
		}
		if c != 0 {
			return c
		}
	}
	return slices.Compare(a.Player[:], b.Player[:])
}

// InCity are the lines of one city, in order; all of them when city is empty.
func InCity(lines []Line, city string) []Line {
	key := cityname.Key(city)
	if key == "" {
		return lines
	}
	return slices.DeleteFunc(slices.Clone(lines), func(l Line) bool { return l.CityKey != key })
}

// ByCity are the lines of each city, in order, by the city's key.
func ByCity(lines []Line) map[string][]Line {
	cities := map[string][]Line{}
	for _, l := range lines {
		cities[l.CityKey] = append(cities[l.CityKey], l)
	}
	return cities
}

// NewLine is a line that was printed once and is read again.
func NewLine(player events.ID, city string, votes int64) Line {
	return Line{Player: player, City: city, CityKey: cityname.Key(city), Votes: votes}
}
