package seed

import (
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
)

// Kinds of fraud that can be planted.
var Kinds = []string{"burst", "farm", "metronome", "lockstep", "thin"}

// Campaign is one planted fraud.
type Campaign struct {
	Kind    string      `json:"kind"`
	Videos  []events.ID `json:"videos"`
	Ballots []int64     `json:"ballots"` // positions in the log
}

// planned is one thing that a campaign, or a wave, does.
type planned struct {
	at    time.Time
	plant func() error
}

// planFraud puts campaigns into the second half of the log, when there is enough to hide in.
func (l *Log) planFraud() {
	n := int(l.cfg.Events)
	for _, kind := range Kinds {
		if !slices.Contains(l.cfg.Fraud, kind) {
			continue
		}
		switch kind {
		case "burst":
			for range 3 {
				l.planBurst(min(max(n/500, 30), 2000))
			}
		case "farm":
			l.planFarm(min(max(n/1000, 30), 1000))
		case "metronome":
			l.planMetronome(min(max(n/1000, 40), 500))
		case "lockstep":
			l.planLockstep(25, 15)
		case "thin":
			l.planThin(min(max(n/1000, 40), 1000))
		}
	}
}

// campaign is its index in the truth, and a moment for it to begin.
func (l *Log) campaign(kind string) (int, time.Time) {
	l.truth = append(l.truth, Campaign{Kind: kind})
	return len(l.truth) - 1, l.clock.at(0.5 + 0.4*l.rng.Float64())
}

// target is a middling video, the same for a whole campaign; it is chosen when it is first needed.
func (l *Log) target(campaign int) int {
	c := &l.truth[campaign]
	if len(c.Videos) == 0 {
		c.Videos = append(c.Videos, l.videos[len(l.videos)/3+l.rng.IntN(len(l.videos)/2+1)].id)
	}
	return slices.IndexFunc(l.videos, func(e entry) bool { return e.id == c.Videos[0] })
}

func (l *Log) mark(campaign int) func(int64) {
	return func(position int64) { l.truth[campaign].Ballots = append(l.truth[campaign].Ballots, position) }
}

// puppet plans a sign-up at one moment and ballots at others.
func (l *Log) puppet(campaign int, address string, signUp time.Time, votes []time.Time, videos func(i int) int) {
	l.guest(address, signUp, votes, videos, l.mark(campaign))
}

// guest plans a sign-up at one moment and ballots at others; cast, which may be nil, is told of the ballots.
func (l *Log) guest(address string, signUp time.Time, votes []time.Time, videos func(i int) int, cast func(position int64)) {
	var v *voter
	l.plans = append(l.plans, planned{signUp, func() (err error) {
		v, err = l.newVoter(address)
		return err
	}})
	for i, at := range votes {
		l.plans = append(l.plans, planned{at, func() error {
			l.vote(v, videos(i), cast)
			return nil
		}})
	}
}

// planBurst has n new accounts vote for one video within ten minutes, from three addresses.
func (l *Log) planBurst(n int) {
	c, begin := l.campaign("burst")
	addresses := []string{l.digest(), l.digest(), l.digest()}
	for range n {
		at := begin.Add(time.Duration(l.rng.Int64N(int64(10 * time.Minute))))
		signUp := at.Add(-time.Minute - time.Duration(l.rng.Int64N(int64(4*time.Minute))))
		l.puppet(c, addresses[l.rng.IntN(3)], signUp, []time.Time{at}, func(int) int { return l.target(c) })
	}
}

// planFarm has n accounts vote once, for one video, from one address, over five days.
func (l *Log) planFarm(n int) {
	c, begin := l.campaign("farm")
	address := l.digest()
	span := min(5*24*time.Hour, l.clock.end().Sub(begin)*9/10)
	for range n {
		at := begin.Add(time.Duration(l.rng.Int64N(int64(span))))
		l.puppet(c, address, at.Add(-3*time.Hour), []time.Time{at}, func(int) int { return l.target(c) })
	}
}

// planMetronome has n accounts of several days vote for one video every nine seconds.
func (l *Log) planMetronome(n int) {
	c, begin := l.campaign("metronome")
	for i := range n {
		at := begin.Add(time.Duration(i) * 9 * time.Second)
		signUp := at.Add(-24*time.Hour - time.Duration(l.rng.Int64N(int64(24*time.Hour))))
		l.puppet(c, l.digest(), signUp, []time.Time{at}, func(int) int { return l.target(c) })
	}
}

// planThin has n accounts of some days, each from an address of its own, vote once, for one video, over three days: fraud
// by somebody who took pains, of which there is hardly a trace.
func (l *Log) planThin(n int) {
	c, begin := l.campaign("thin")
	span := min(3*24*time.Hour, l.clock.end().Sub(begin)*9/10)
	for range n {
		at := begin.Add(time.Duration(l.rng.Int64N(int64(span))))
		signUp := at.Add(-24*time.Hour - time.Duration(l.rng.Int64N(int64(48*time.Hour))))
		l.puppet(c, l.digest(), signUp, []time.Time{at}, func(int) int { return l.target(c) })
	}
}

// planLockstep has a group vote for the same videos in the same order, each within a minute.
func (l *Log) planLockstep(group, videos int) {
	c, begin := l.campaign("lockstep")
	moments := make([]time.Time, videos)
	for i := range moments {
		begin = begin.Add(10*time.Minute + time.Duration(l.rng.Int64N(int64(time.Hour))))
		moments[i] = begin
	}
	chosen := func(i int) int {
		for len(l.truth[c].Videos) <= i && len(l.truth[c].Videos) < len(l.videos) {
			if id := l.videos[l.rng.IntN(len(l.videos))].id; !slices.Contains(l.truth[c].Videos, id) {
				l.truth[c].Videos = append(l.truth[c].Videos, id)
			}
		}
		id := l.truth[c].Videos[i%len(l.truth[c].Videos)]
		return slices.IndexFunc(l.videos, func(e entry) bool { return e.id == id })
	}
	for range group {
		votes := make([]time.Time, videos)
		for i, at := range moments {
			votes[i] = at.Add(time.Duration(l.rng.Int64N(int64(time.Minute))))
		}
		l.puppet(c, l.digest(), moments[0].Add(-48*time.Hour), votes, chosen)
	}
}
