package anomaly

import (
	"cmp"
	"math"
	"slices"
)

// usual is what is so in the contest, in all and in each window.
type usual struct {
	young, once float64
	first       int64
	windows     []window
}

type window struct{ all, young, once int }

func (l *Log) usual() usual {
	u := usual{first: l.votes[0].at / crowdSpan}
	var all window
	for i := range l.votes {
		n := int(l.votes[i].at/crowdSpan - u.first)
		for len(u.windows) <= n {
			u.windows = append(u.windows, window{})
		}
		l.count(&u.windows[n], i)
		l.count(&all, i)
	}
	u.young, u.once = float64(all.young)/float64(all.all), float64(all.once)/float64(all.all)
	return u
}

func (l *Log) count(w *window, i int) {
	w.all++
	if l.young(i) {
		w.young++
	}
	if l.once(i) {
		w.once++
	}
}

// beside is what is so among the others in a window, or in the whole contest where that is more: on the first day of a
// contest everybody is new.
func (u usual) beside(at int64, mine window) (young, once float64) {
	w := u.windows[at-u.first]
	others := float64(w.all-mine.all) + 2
	return max(u.young, (float64(w.young-mine.young)+1)/others), max(u.once, (float64(w.once-mine.once)+1)/others)
}

func (l *Log) young(i int) bool {
	age := l.votes[i].age
	return age >= 0 && age < int32(YoungAge.Seconds())
}

func (l *Log) once(i int) bool { return l.cast[l.votes[i].voter] == 1 }

// What makes an address crowded: as for a burst.
const (
	crowdTimes     = 4
	crowdDeviation = 8
)

// crowdedAddresses are the groups of one video's votes that came from one address, far more than that address gives to
// others.
func (l *Log) crowdedAddresses(own []int32) []group {
	sorted := slices.Clone(own)
	slices.SortStableFunc(sorted, func(a, b int32) int { return cmp.Compare(l.votes[a].address, l.votes[b].address) })
	var groups []group
	for from := 0; from < len(sorted); {
		address := l.votes[sorted[from]].address
		to := from
		for to < len(sorted) && l.votes[sorted[to]].address == address {
			to++
		}
		n := to - from
		if address != 0 && n >= MinSize {
			elsewhere := float64(int(l.from[address])-n) + 1
			expected := float64(len(own)) * elsewhere / float64(len(l.votes)-len(own)+1)
			if c := float64(n); c >= crowdTimes*(expected+0.5) && c-expected >= crowdDeviation*math.Sqrt(expected+1) {
				groups = append(groups, group{votes: slices.Clone(sorted[from:to])})
			}
		}
		from = to
	}
	return groups
}

// crowdSpan is how long a window is in which votes of newcomers are counted, in microseconds.
const crowdSpan = int64(6 * 3600 * 1e6)

// crowds are the groups of votes by young accounts, or by such as voted once, that are far more of a video's votes in
// some hours than is usual. Votes that are in a group already are left out.
func (l *Log) crowds(own []int32, taken []bool, u usual) []group {
	var groups []group
	for from := 0; from < len(own); {
		var mine window
		at := l.votes[own[from]].at / crowdSpan
		var all, young, once []int32
		to := from
		for ; to < len(own) && l.votes[own[to]].at/crowdSpan == at; to++ {
			i := own[to]
			l.count(&mine, int(i))
			if taken[i] {
				continue
			}
			all = append(all, i)
			if l.young(int(i)) {
				young = append(young, i)
			}
			if l.once(int(i)) {
				once = append(once, i)
			}
		}
		from = to
		usualYoung, usualOnce := u.beside(at, mine)
		var found []group
		for _, kind := range []struct {
			votes []int32
			usual float64
		}{{young, usualYoung}, {once, usualOnce}} {
			expected := float64(len(all)) * kind.usual
			if c := float64(len(kind.votes)); c >= MinSize && c >= 2*expected && c-expected >= crowdDeviation*math.Sqrt(expected+1) {
				found = append(found, group{votes: kind.votes})
			}
		}
		groups = append(groups, joined(found)...)
	}
	return groups
}
