package anomaly

import (
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
)

// Points of the signals that every group is asked for.
const (
	oneAddress    = 40 // most ballots come from very few addresses
	fewAddresses  = 30
	youngPoints   = 25
	oncePoints    = 20
	manyAddresses = -40 // only for a burst that nothing else explains
)

// cluster measures what else the votes of a group have in common, and adds it up.
func (l *Log) cluster(g group, u usual) Cluster {
	c := Cluster{votes: g.votes, Ballots: len(g.votes), Signals: g.signals}
	voters, addresses, videos := map[uint32]bool{}, map[uint32]int{}, map[uint32]bool{}
	young, once := 0, 0
	for _, i := range g.votes {
		v := &l.votes[i]
		c.Positions = append(c.Positions, v.position)
		voters[v.voter], videos[v.video] = true, true
		addresses[v.address]++
		if l.young(int(i)) {
			young++
		}
		if l.once(int(i)) {
			once++
		}
	}
	for v := range videos {
		c.Videos = append(c.Videos, l.names[v])
	}
	slices.SortFunc(c.Videos, func(a, b events.ID) int { return slices.Compare(a[:], b[:]) })
	c.Voters, c.Addresses = len(voters), len(addresses)
	c.From = time.UnixMicro(l.votes[g.votes[0]].at).UTC()
	c.To = time.UnixMicro(l.votes[g.votes[len(g.votes)-1]].at).UTC()
	n := float64(len(g.votes))
	usualYoung, usualOnce := u.beside(l.votes[g.votes[len(g.votes)/2]].at/crowdSpan, window{len(g.votes), young, once})
	if share := float64(young) / n; share >= 0.5 && share >= 2*usualYoung {
		c.Signals = append(c.Signals, Signal{Young, youngPoints, round(share), round(usualYoung), "of the accounts were younger than 10 minutes"})
	}
	if share := float64(once) / n; share >= 0.6 && share >= 2*usualOnce {
		c.Signals = append(c.Signals, Signal{Once, oncePoints, round(share), round(usualOnce), "of the accounts voted for nobody else"})
	}
	c.addresses(addresses)
	for _, s := range c.Signals {
		c.Score += s.Points
	}
	return c
}

// addresses weighs from how many places the ballots came.
func (c *Cluster) addresses(counts map[uint32]int) {
	most := 0
	for address, n := range counts {
		if address != 0 {
			most = max(most, n)
		}
	}
	n, known := float64(c.Ballots), float64(c.Ballots-counts[0])
	has := func(name string) bool {
		return slices.ContainsFunc(c.Signals, func(s Signal) bool { return s.Name == name })
	}
	switch {
	case float64(most) >= 0.8*n:
		c.Signals = append(c.Signals, Signal{Address, oneAddress, round(float64(most) / n), 0, "of the ballots come from one address prefix"})
	case known >= 0.8*n && float64(len(counts)) <= n/5:
		c.Signals = append(c.Signals, Signal{Address, fewAddresses, float64(len(counts)), n, "address prefixes"})
	case has(Burst) && !has(Metronome) && known >= 0.8*n && float64(len(counts)) >= 0.6*n:
		c.Signals = append(c.Signals, Signal{Scattered, manyAddresses, float64(len(counts)), n, "address prefixes: as many as people would have"})
	}
}

// ranges writes the positions of each cluster in short: two ballots are in one range when the cluster has all that lie
// between them for any of its videos.
func (l *Log) ranges(perVideo [][]int32, clusters []Cluster) {
	for n := range clusters {
		c := &clusters[n]
		var all []int32
		for _, id := range c.Videos {
			all = append(all, perVideo[l.videos[id]]...)
		}
		slices.Sort(all)
		at, open := 0, false
		for _, i := range all {
			if at == len(c.votes) {
				break
			}
			mine := c.votes[at] == i
			if mine {
				position := l.votes[i].position
				if open {
					c.Ranges[len(c.Ranges)-1].To = position
				} else {
					c.Ranges = append(c.Ranges, analysis.Range{From: position, To: position})
				}
				at++
			}
			open = mine
		}
	}
}
