// Package anomaly finds groups of ballots that look made rather than cast. It scores groups and shows its evidence; it
// gives no verdicts, and what follows is for people to decide.
//
// What it looks for, each against what is usual in the same contest:
//
//	burst      a video has many times more ballots in some minutes than its share of what all videos had in them
//	metronome  ballots follow each other at one interval, as a program sends them
//	address    many ballots for one video come from one address prefix
//	young      many accounts were minutes old
//	once       many accounts voted for nobody else
//	lockstep   the same accounts voted for the same videos at the same moments
//	scattered  speaks against: the ballots of a burst come from as many places as there are ballots
//
// It is pure: the same log gives the same groups.
package anomaly

import (
	"cmp"
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
)

// The signals.
const (
	Burst     = "burst"
	Metronome = "metronome"
	Address   = "address"
	Young     = "young"
	Once      = "once"
	Lockstep  = "lockstep"
	Scattered = "scattered"
)

// Strong is the score from which a group is worth somebody's time. A single signal other than metronome and lockstep does
// not reach it.
const Strong = 50

// MinSize is how many ballots a group has at least.
const MinSize = 10

// YoungAge is below which age an account is young.
const YoungAge = 10 * time.Minute

// Signal is one piece of evidence.
type Signal struct {
	Name     string  `json:"name"`
	Points   int     `json:"points"`   // negative: speaks against
	Measured float64 `json:"measured"` // what of: see Unit
	Usual    float64 `json:"usual"`    // the same in the rest of the contest
	Unit     string  `json:"unit"`
}

// Cluster is a group of ballots that have something in common.
type Cluster struct {
	Score     int         `json:"score"`
	Signals   []Signal    `json:"signals"`
	Videos    []events.ID `json:"videos"`
	Ballots   int         `json:"ballots"`
	Voters    int         `json:"voters"`
	Addresses int         `json:"addresses"`
	From      time.Time   `json:"from"`
	To        time.Time   `json:"to"`
	Positions []int64     `json:"positions"` // of the ballots, ascending

	// Ranges are the same, with nothing between the ends of one but ballots for other videos and other facts.
	Ranges []analysis.Range `json:"-"`

	votes []int32
}

// vote is a ballot in short: there may be many millions.
type vote struct {
	at       int64 // microseconds from 1970
	position int64
	voter    uint32
	video    uint32
	address  uint32 // 0: none
	age      int32  // of the account, in seconds; -1: not known
}

// Log collects ballots. Give it the facts of a log in order, then ask for Clusters.
type Log struct {
	void      map[int64]bool
	joined    map[events.ID]int64
	voters    map[events.ID]uint32
	videos    map[events.ID]uint32
	addresses map[string]uint32
	names     []events.ID // of videos
	cast      []uint32    // ballots of each voter
	from      []uint32    // ballots from each address
	votes     []vote
}

// NewLog makes an empty one. Ballots at the positions in void are passed over.
func NewLog(void map[int64]bool) *Log {
	return &Log{
		void: void, joined: map[events.ID]int64{}, voters: map[events.ID]uint32{}, videos: map[events.ID]uint32{},
		addresses: map[string]uint32{"": 0}, from: []uint32{0},
	}
}

// Fact takes a fact other than a ballot.
func (l *Log) Fact(r events.Recorded) {
	if f, ok := r.Event.(events.AccountRegistered); ok {
		l.joined[f.AccountID] = r.RecordedAt.UnixMicro()
	}
}

// Ballot takes a ballot.
func (l *Log) Ballot(b *analysis.Ballot) {
	if l.void[b.Position] {
		return
	}
	v := vote{at: b.At.UnixMicro(), position: b.Position, age: -1}
	if at, ok := l.joined[b.Voter]; ok {
		v.age = int32(min(max((v.at-at)/1e6, 0), 1<<30))
	}
	var known bool
	if v.voter, known = l.voters[b.Voter]; !known {
		v.voter = uint32(len(l.voters))
		l.voters[b.Voter] = v.voter
		l.cast = append(l.cast, 0)
	}
	if v.video, known = l.videos[b.Video]; !known {
		v.video = uint32(len(l.videos))
		l.videos[b.Video] = v.video
		l.names = append(l.names, b.Video)
	}
	if v.address, known = l.addresses[b.Address]; !known {
		v.address = uint32(len(l.addresses))
		l.addresses[b.Address] = v.address
		l.from = append(l.from, 0)
	}
	l.cast[v.voter]++
	l.from[v.address]++
	l.votes = append(l.votes, v)
}

// group is a candidate: indexes of votes, ascending, and the signals that found it.
type group struct {
	votes   []int32
	signals []Signal
}

// Clusters are the groups, those with the highest score first.
func (l *Log) Clusters() []Cluster {
	if len(l.votes) == 0 {
		return nil
	}
	perVideo := l.perVideo()
	groups := l.lockstep()
	var plain []group
	activity := l.activity()
	for _, own := range perVideo {
		plain = append(plain, l.ofVideo(own, activity)...)
	}
	taken := make([]bool, len(l.votes))
	for _, g := range append(slices.Clone(groups), plain...) {
		for _, i := range g.votes {
			taken[i] = true
		}
	}
	usual := l.usual()
	for _, own := range perVideo {
		plain = append(plain, l.crowds(own, taken, usual)...)
	}
	groups = append(groups, plain...)
	clusters := make([]Cluster, 0, len(groups))
	for _, g := range groups {
		clusters = append(clusters, l.cluster(g, usual))
	}
	l.ranges(perVideo, clusters)
	slices.SortFunc(clusters, func(a, b Cluster) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(b.Ballots, a.Ballots), cmp.Compare(a.Positions[0], b.Positions[0]))
	})
	return clusters
}

// perVideo are the indexes of each video's votes, in order.
func (l *Log) perVideo() [][]int32 {
	counts := make([]int, len(l.names))
	for i := range l.votes {
		counts[l.votes[i].video]++
	}
	all := make([]int32, len(l.votes))
	per := make([][]int32, len(l.names))
	at := 0
	for v, n := range counts {
		per[v] = all[at : at : at+n]
		at += n
	}
	for i := range l.votes {
		v := l.votes[i].video
		per[v] = append(per[v], int32(i))
	}
	return per
}

// ofVideo are the groups that are found among one video's votes, joined where they are of the same ballots.
func (l *Log) ofVideo(own []int32, activity spans) []group {
	if len(own) < MinSize {
		return nil
	}
	found := l.bursts(own, activity)
	found = append(found, l.crowdedAddresses(own)...)
	found = append(found, l.metronomes(own)...)
	return joined(found)
}

// joined makes one group of those that share more than half of the smaller one's votes.
func joined(groups []group) []group {
	slices.SortStableFunc(groups, func(a, b group) int { return cmp.Compare(len(b.votes), len(a.votes)) })
	var out []group
	for _, g := range groups {
		i := slices.IndexFunc(out, func(o group) bool { return 2*shared(o.votes, g.votes) > len(g.votes) })
		if i < 0 {
			out = append(out, g)
			continue
		}
		out[i].votes = union(out[i].votes, g.votes)
		for _, s := range g.signals {
			if !slices.ContainsFunc(out[i].signals, func(o Signal) bool { return o.Name == s.Name }) {
				out[i].signals = append(out[i].signals, s)
			}
		}
	}
	return out
}

func shared(a, b []int32) (n int) {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			n, i, j = n+1, i+1, j+1
		}
	}
	return n
}

func union(a, b []int32) []int32 {
	all := append(slices.Clone(a), b...)
	slices.Sort(all)
	return slices.Compact(all)
}

// Less is what each video loses without the ballots of these clusters.
func (l *Log) Less(clusters ...Cluster) map[events.ID]analysis.Less {
	var gone []int32
	for _, c := range clusters {
		gone = append(gone, c.votes...)
	}
	slices.Sort(gone)
	gone = slices.Compact(gone)
	less := map[events.ID]analysis.Less{}
	lost := make(map[int32]bool, len(gone))
	for _, i := range gone {
		lost[i] = true
		id := l.names[l.votes[i].video]
		less[id] = analysis.Less{Votes: less[id].Votes + 1}
	}
	for i := range l.votes {
		id := l.names[l.votes[i].video]
		if one, touched := less[id]; touched && !lost[int32(i)] {
			one.Reached = l.votes[i].position
			less[id] = one
		}
	}
	return less
}
