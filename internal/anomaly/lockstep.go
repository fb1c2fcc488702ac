package anomaly

import (
	"cmp"
	"math"
	"slices"
)

// What makes voters a group: a moment is so long; so many voters agree in two moments that follow each other; and each
// two of them do so often enough.
const (
	momentLength  = int64(3 * 60 * 1e6)
	leastTogether = 4
	mostTogether  = 400
	leastTimes    = 3
	pairsAtMost   = 1 << 22 // bounds memory; what comes later is passed over
	lockstepSize  = 45
)

// pace is two votes in a row of one voter, as a hash of both videos and moments.
type pace struct {
	key   uint64
	voter uint32
}

// lockstep are the groups of voters who go from video to video together.
func (l *Log) lockstep() []group {
	byVoter := make([]int32, len(l.votes))
	for i := range byVoter {
		byVoter[i] = int32(i)
	}
	slices.SortStableFunc(byVoter, func(a, b int32) int { return cmp.Compare(l.votes[a].voter, l.votes[b].voter) })
	together := l.pairs(l.paces(byVoter))
	sets := sets{}
	for pair, times := range together {
		if times >= leastTimes {
			sets.join(uint32(pair>>32), uint32(pair))
		}
	}
	members := map[uint32][]uint32{}
	for voter := range sets {
		top := sets.top(voter)
		members[top] = append(members[top], voter)
	}
	var groups []group
	for _, voters := range members {
		if len(voters) >= leastTogether {
			slices.Sort(voters)
			if g := l.inStep(voters, byVoter); len(g.votes) >= MinSize {
				groups = append(groups, g)
			}
		}
	}
	slices.SortFunc(groups, func(a, b group) int { return cmp.Compare(a.votes[0], b.votes[0]) })
	return groups
}

// paces are those of all voters, twice, since a moment may lie across the border of two.
func (l *Log) paces(byVoter []int32) []pace {
	paces := make([]pace, 0, len(byVoter))
	for _, shift := range []int64{0, momentLength / 2} {
		for n := 1; n < len(byVoter); n++ {
			a, b := &l.votes[byVoter[n-1]], &l.votes[byVoter[n]]
			if a.voter != b.voter {
				continue
			}
			key := mix(mix(mix(mix(uint64(shift), uint64(a.video)), uint64((a.at+shift)/momentLength)), uint64(b.video)),
				uint64((b.at+shift)/momentLength))
			paces = append(paces, pace{key, a.voter})
		}
	}
	slices.SortFunc(paces, func(a, b pace) int { return cmp.Or(cmp.Compare(a.key, b.key), cmp.Compare(a.voter, b.voter)) })
	return paces
}

func mix(h, x uint64) uint64 {
	h ^= x + 0x9e3779b97f4a7c15 + h<<6 + h>>2
	h ^= h >> 30
	h *= 0xbf58476d1ce4e5b9
	return h ^ h>>27
}

// pairs counts how often each two voters kept pace, where several did.
func (l *Log) pairs(paces []pace) map[uint64]int {
	together := map[uint64]int{}
	for from := 0; from < len(paces); {
		to := from
		for to < len(paces) && paces[to].key == paces[from].key {
			to++
		}
		if n := to - from; n >= leastTogether && n <= mostTogether {
			for i := from; i < to; i++ {
				for j := i + 1; j < to && len(together) < pairsAtMost; j++ {
					together[uint64(paces[i].voter)<<32|uint64(paces[j].voter)]++
				}
			}
		}
		from = to
	}
	return together
}

// inStep are the votes that most of a group of voters cast at the same moments.
func (l *Log) inStep(voters []uint32, byVoter []int32) group {
	perVideo := map[uint32][]int32{}
	for _, voter := range voters {
		from, _ := slices.BinarySearchFunc(byVoter, voter, func(i int32, v uint32) int { return cmp.Compare(l.votes[i].voter, v) })
		for ; from < len(byVoter) && l.votes[byVoter[from]].voter == voter; from++ {
			i := byVoter[from]
			perVideo[l.votes[i].video] = append(perVideo[l.votes[i].video], i)
		}
	}
	var g group
	videos := 0
	for _, votes := range perVideo {
		if 2*len(votes) < len(voters) {
			continue
		}
		slices.Sort(votes)
		middle := l.votes[votes[len(votes)/2]].at
		near := slices.DeleteFunc(votes, func(i int32) bool { return abs(l.votes[i].at-middle) > momentLength })
		if 2*len(near) >= len(voters) {
			videos++
			g.votes = append(g.votes, near...)
		}
	}
	slices.Sort(g.votes)
	g.signals = []Signal{{
		Name: Lockstep, Points: lockstepSize + int(math.Min(25, float64(len(voters)))), Measured: float64(len(voters)),
		Usual: 1, Unit: "accounts that vote for the same videos at the same moments",
	}}
	if videos < leastTimes {
		return group{}
	}
	return g
}

// sets are disjoint sets of voters, each known by one member.
type sets map[uint32]uint32

func (s sets) top(v uint32) uint32 {
	for {
		above, ok := s[v]
		if !ok || above == v {
			return v
		}
		s[v] = s.above(above)
		v = above
	}
}

func (s sets) above(v uint32) uint32 {
	if above, ok := s[v]; ok {
		return above
	}
	return v
}

// join puts the lower member on top, so that the order of joining does not matter.
func (s sets) join(a, b uint32) {
	a, b = s.top(a), s.top(b)
	s[max(a, b)] = min(a, b)
	s[min(a, b)] = min(a, b)
}
