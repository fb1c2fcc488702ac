package anomaly

import (
	"math"
	"slices"
)

// What makes votes a metronome: a chain of so many, each one interval after the one before it, give or take.
const (
	chainLength   = 15
	shortest      = int64(500_000) // microseconds between two votes of a chain
	longest       = int64(30 * 60 * 1e6)
	looseness     = 0.01 // of the interval
	leastLoose    = int64(20_000)
	lookAhead     = 4    // votes behind a vote whose intervals are tried
	maxChance     = 0.2  // of another vote being where the chain expects one, by chance
	agreeing      = 3    // intervals that must be alike before a chain is followed
	metronomeSize = 40   // points of the signal at the least
	pointsPerVote = 0.25 // and for each vote of the chain beyond
)

// metronomes are the chains among one video's votes.
func (l *Log) metronomes(own []int32) []group {
	used := map[int32]bool{}
	var groups []group
	for n, first := range own {
		if used[first] {
			continue
		}
		for ahead := 1; ahead <= lookAhead && n+ahead < len(own); ahead++ {
			interval := l.votes[own[n+ahead]].at - l.votes[first].at
			if interval < shortest || interval > longest || used[own[n+ahead]] {
				continue
			}
			chain := l.chain(own, n, interval)
			if len(chain) < chainLength || l.chance(own, chain, interval) > maxChance {
				continue
			}
			for _, i := range chain {
				used[i] = true
			}
			points := metronomeSize + int(min(30, pointsPerVote*float64(len(chain))))
			between := float64(l.votes[chain[len(chain)-1]].at-l.votes[chain[0]].at) / float64(len(chain)-1)
			groups = append(groups, group{chain, []Signal{{
				Name: Metronome, Points: points, Measured: round(between / 1e6), Usual: 0, Unit: "seconds between each two ballots",
			}}})
			break
		}
	}
	return groups
}

// chain follows an interval from one vote on. The interval is corrected by what is found, so that it does not drift.
func (l *Log) chain(own []int32, n int, interval int64) []int32 {
	loose := max(leastLoose, int64(looseness*float64(interval)))
	chain := []int32{own[n]}
	at := l.votes[own[n]].at
	for next := n + 1; next < len(own); {
		want := at + interval
		i := next + firstFrom(l.votes, own[next:], want-loose)
		if i == len(own) || l.votes[own[i]].at > want+loose {
			break
		}
		best := i
		for ; i < len(own) && l.votes[own[i]].at <= want+loose; i++ {
			if abs(l.votes[own[i]].at-want) < abs(l.votes[own[best]].at-want) {
				best = i
			}
		}
		at = l.votes[own[best]].at
		chain = append(chain, own[best])
		if len(chain) >= agreeing {
			interval = (at - l.votes[chain[0]].at) / int64(len(chain)-1)
		}
		next = best + 1
	}
	return chain
}

// firstFrom is the index of the first vote at or after a moment. It is near, so it is looked for in growing steps.
func firstFrom(votes []vote, own []int32, from int64) int {
	high := 1
	for high < len(own) && votes[own[high-1]].at < from {
		high *= 2
	}
	i, _ := slices.BinarySearchFunc(own[:min(high, len(own))], from, func(i int32, at int64) int {
		if votes[i].at < at {
			return -1
		}
		return 1
	})
	return i
}

// chance is how likely a vote is found in a place that the chain does not explain, given how dense the others are.
func (l *Log) chance(own, chain []int32, interval int64) float64 {
	first, last := l.votes[chain[0]].at, l.votes[chain[len(chain)-1]].at
	others := len(between(l.votes, own, first, last+1)) - len(chain)
	loose := max(leastLoose, int64(looseness*float64(interval)))
	density := float64(others) / math.Max(float64(last-first), 1)
	return density * 2 * float64(loose)
}

func abs(x int64) int64 { return max(x, -x) }
