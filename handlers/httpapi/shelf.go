package httpapi

import (
	"cmp"
	"context"
	"encoding/binary"
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
)

// Limits of the shelf.
const (
	shelfTTL  = time.Second // how old the order of votes, a search or a total may be
	shelfMost = 50_000      // public videos that can be found by other orders than the oldest first, or by a search
	maxSeed   = 64          // characters
)

// Orders of public videos.
const (
	sortOldest = "" // or "oldest"
	sortNewest = "newest"
	sortVotes  = "votes"
	sortRandom = "random"
)

// shelf is all public videos, as far as orders and searches need them. It is made at most once in shelfTTL, however
// many ask; what each of them asks for is then a matter of memory.
type shelf struct {
	cards   []card // oldest first
	at      int64  // log position that the counts are at least of
	byVotes []int32
}

type card struct {
	id      events.ID
	lot     uint64
	cityKey string
	raw     string // what text was made of
	text    string // without case and accents
	votes   int64
}

// wish is what a list of public videos is asked for.
type wish struct {
	sort, seed string
	cityKey    string
	text       string // without case and accents; empty for no search
	part       window
}

// lookAtShelf is the shelf of a moment ago.
func (a *api) lookAtShelf(ctx context.Context) (*shelf, error) {
	return a.shelves.get(ctx, struct{}{}, a.fillShelf)
}

func (a *api) fillShelf(ctx context.Context) (*shelf, error) {
	at, err := a.Ranking.Position(ctx)
	if err != nil {
		return nil, err
	}
	list, err := a.Gallery.Cards(ctx, shelfMost)
	if err != nil {
		return nil, err
	}
	tallies, err := a.Ranking.Tallies(ctx, shelfMost)
	if err != nil {
		return nil, err
	}
	votes := make(map[events.ID]int64, len(tallies))
	for _, t := range tallies {
		votes[t.VideoID] = t.Votes
	}
	before := map[string]string{} // folding a text takes longer than looking it up
	if old := a.oldShelf.Load(); old != nil {
		for i := range old.cards {
			before[old.cards[i].raw] = old.cards[i].text
		}
	}
	s := &shelf{at: at, cards: make([]card, len(list)), byVotes: make([]int32, len(list))}
	for i, c := range list {
		text, known := before[c.Text]
		if !known {
			text = cityname.Key(c.Text)
		}
		s.cards[i] = card{c.ID, lotOf(c.ID), c.CityKey, c.Text, text, votes[c.ID]}
		s.byVotes[i] = int32(i)
	}
	slices.SortStableFunc(s.byVotes, func(x, y int32) int { return cmp.Compare(s.cards[y].votes, s.cards[x].votes) })
	a.oldShelf.Store(s)
	return s, nil
}

// lotOf is what a seed is mixed with. The middle of a version 7 id is the same for many; its ends are not.
func lotOf(id events.ID) uint64 {
	return binary.BigEndian.Uint64(id[:8]) ^ binary.BigEndian.Uint64(id[8:])*0x9e3779b97f4a7c15
}

// pick is the part of the list that is asked for, and how long the whole list is. It looks at each card at most twice,
// whatever is asked for.
func (s *shelf) pick(w wish) (ids []events.ID, total int) {
	if w.sort == sortRandom {
		return s.shuffled(w)
	}
	end := w.part.offset + w.part.limit
	for i := range s.cards {
		c := &s.cards[i]
		switch w.sort {
		case sortNewest:
			c = &s.cards[len(s.cards)-1-i]
		case sortVotes:
			c = &s.cards[s.byVotes[i]]
		}
		if !c.fits(w) {
			continue
		}
		if total >= w.part.offset && total < end {
			ids = append(ids, c.id)
		}
		total++
	}
	return ids, total
}

func (c *card) fits(w wish) bool {
	return (w.cityKey == "" || c.cityKey == w.cityKey) && (w.text == "" || strings.Contains(c.text, w.text))
}

// shuffled is pick in the order of a seed: every video has a lot, and another one for each seed. A video that comes or
// goes leaves the order of the others as it was. Lots are dealt into buckets first, and only those that the part
// touches are sorted.
func (s *shelf) shuffled(w wish) (ids []events.ID, total int) {
	const buckets = 256
	h := fnv.New64a()
	h.Write([]byte(w.seed))
	seed := h.Sum64()
	var sizes [buckets]int
	for i := range s.cards {
		if c := &s.cards[i]; c.fits(w) {
			sizes[mix(seed^c.lot)>>56]++
			total++
		}
	}
	end := w.part.offset + w.part.limit
	var wanted [buckets]bool
	first, at := -1, 0 // the place of the first wanted card, and of each bucket's first
	for b, size := range &sizes {
		if size > 0 && at < end && at+size > w.part.offset {
			wanted[b] = true
			if first < 0 {
				first = at
			}
		}
		at += size
	}
	if first < 0 {
		return nil, total
	}
	type drawn struct {
		lot uint64
		id  events.ID
	}
	var list []drawn
	for i := range s.cards {
		c := &s.cards[i]
		if lot := mix(seed ^ c.lot); wanted[lot>>56] && c.fits(w) {
			list = append(list, drawn{lot, c.id})
		}
	}
	slices.SortFunc(list, func(x, y drawn) int {
		return cmp.Or(cmp.Compare(x.lot, y.lot), slices.Compare(x.id[:], y.id[:]))
	})
	for _, d := range list[w.part.offset-first : min(end-first, len(list))] {
		ids = append(ids, d.id)
	}
	return ids, total
}

// mix is the finaliser of splitmix64: each bit of the input moves half of those of the output.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
