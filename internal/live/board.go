package live

import (
	"slices"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/ranking"
)

// row is one line of a list, as a client sees it.
type row struct {
	Position int64  `json:"position"`
	Username string `json:"username"`
	City     string `json:"city"`
	Votes    int64  `json:"votes"`
}

// tally is the votes of a video, as a client sees it.
type tally struct {
	VideoID events.ID `json:"video_id"`
	Votes   int64     `json:"votes"`
}

// stamped is a value and the log position at which it was first seen so.
type stamped[T comparable] struct {
	value T
	at    int64
}

// totals are what a list amounts to.
type totals struct{ players, votes int64 }

// list is the top of one ranking, of a city or, with the empty key, of the country.
type list struct {
	city   string // its name
	totals stamped[totals]
	rows   []stamped[row] // by place
	videos map[events.ID]stamped[int64]
}

// board is all lists, with when each part of them changed. It is what makes resuming possible without a history.
type board struct {
	position int64 // up to which everything is on it
	base     int64 // it has seen every change after this one
	loaded   bool
	lists    map[string]*list
	public   map[events.ID]bool // the videos that are open for voting; nil while there are more than are told of
	moves    []move             // of public videos, oldest first
	lost     int64              // moves up to here are not known any more
}

// move is a video that came to the public ones, or went.
type move struct {
	video  events.ID
	change string
	at     int64 // log position at which it was seen
}

// keep remembers moves, the newest maxMoves of them.
func (b *board) keep(moves []move) {
	b.moves = append(b.moves, moves...)
	if over := len(b.moves) - maxMoves; over > 0 {
		b.lost = b.moves[over-1].at
		b.moves = slices.Clone(b.moves[over:])
	}
}

// movesSince are the frames of what came and went after a position, the last word on each video; where that is not known,
// the frame that says so.
func (b *board) movesSince(position int64) [][]byte {
	if position < max(b.base, b.lost) || position > b.position || b.public == nil {
		return [][]byte{missedFrame}
	}
	last := map[events.ID]int{}
	for i, m := range b.moves {
		last[m.video] = i
	}
	var frames [][]byte
	for i, m := range b.moves {
		if m.at > position && last[m.video] == i {
			frames = append(frames, galleryFrame(m.video, m.change))
		}
	}
	return frames
}

// seen is one look at the read model.
type seen struct {
	position int64
	tops     []ranking.Top
	tallies  []ranking.Tally
	national totals
}

// update takes over what was seen.
func (b *board) update(s seen) {
	next := map[string]*list{}
	at := func(key, city string) *list {
		l, ok := next[key]
		if !ok {
			l = &list{city: city, videos: map[events.ID]stamped[int64]{}}
			next[key] = l
		}
		return l
	}
	country := at("", "")
	country.totals.value = s.national
	for _, t := range s.tops {
		if t.Position <= depth {
			country.rows = append(country.rows, stamped[row]{value: row{t.Position, t.Username, t.City, t.Votes}})
		}
		if t.CityKey == "" { // a name without a letter has no list of its own
			continue
		}
		l := at(t.CityKey, t.City)
		l.totals.value = totals{t.CityPlayers, t.CityVotes}
		if t.CityPosition <= depth {
			l.rows = append(l.rows, stamped[row]{value: row{t.CityPosition, t.Username, t.City, t.Votes}})
		}
	}
	for _, v := range s.tallies {
		if l, ok := next[v.CityKey]; ok && v.CityKey != "" {
			l.videos[v.VideoID] = stamped[int64]{value: v.Votes}
		}
	}
	for key, gone := range b.lists { // a city whose last player left is an empty list
		at(key, gone.city)
	}
	for key, l := range next {
		l.stamp(b.lists[key], s.position)
	}
	if !b.loaded {
		b.base, b.loaded = s.position, true
	}
	b.position, b.lists = s.position, next
	b.public = s.public()
}

// public are the videos that are open for voting; nil when there are more than are looked at.
func (s seen) public() map[events.ID]bool {
	if len(s.tallies) >= maxTallies {
		return nil
	}
	set := make(map[events.ID]bool, len(s.tallies))
	for _, v := range s.tallies {
		set[v.VideoID] = true
	}
	return set
}

// without are the videos of one set that are not in the other, in order; none when either is not known.
func without(set, other map[events.ID]bool) []events.ID {
	if set == nil || other == nil {
		return nil
	}
	var list []events.ID
	for id := range set {
		if !other[id] {
			list = append(list, id)
		}
	}
	slices.SortFunc(list, func(a, b events.ID) int { return slices.Compare(a[:], b[:]) })
	return list
}

// stamp says of each part whether it is as old as before or new.
func (l *list) stamp(before *list, position int64) {
	if before == nil {
		before = &list{totals: stamped[totals]{at: -1}}
	}
	slices.SortFunc(l.rows, func(a, b stamped[row]) int { return int(a.value.Position - b.value.Position) })
	for i := range l.rows {
		l.rows[i].at = position
		if i < len(before.rows) && before.rows[i].value == l.rows[i].value {
			l.rows[i].at = before.rows[i].at
		}
	}
	for id, v := range l.videos {
		v.at = position
		if old, ok := before.videos[id]; ok && old.value == v.value {
			v.at = old.at
		}
		l.videos[id] = v
	}
	l.totals.at = position
	if before.totals.at >= 0 && before.totals.value == l.totals.value {
		l.totals.at = before.totals.at
	}
}

// change is what a client is told of one list.
type change struct {
	City        string  `json:"city"`
	LogPosition int64   `json:"log_position"`
	Full        bool    `json:"full"` // rows and videos are all there are, not only what changed
	Players     int64   `json:"players"`
	Votes       int64   `json:"votes"`
	Rows        []row   `json:"rows"`
	Videos      []tally `json:"videos"`
}

// since is what changed in a list after a position; everything when full is set.
func (l *list) since(position, now int64, full bool) (change, bool) {
	c := change{
		City: l.city, LogPosition: now, Full: full, Players: l.totals.value.players, Votes: l.totals.value.votes,
		Rows: []row{}, Videos: []tally{},
	}
	for _, r := range l.rows {
		if full || r.at > position {
			c.Rows = append(c.Rows, r.value)
		}
	}
	for id, v := range l.videos {
		if full || v.at > position {
			c.Videos = append(c.Videos, tally{id, v.value})
		}
	}
	slices.SortFunc(c.Videos, func(a, b tally) int { return slices.Compare(a.VideoID[:], b.VideoID[:]) })
	return c, full || l.totals.at > position || len(c.Rows)+len(c.Videos) > 0
}

// knows reports whether the board can tell what changed after a position.
func (b *board) knows(position int64) bool { return position >= b.base && position <= b.position }
