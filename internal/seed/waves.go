package seed

import "time"

// wavesFrom is how many events a log has before anything honest, but out of the ordinary, happens in it.
const wavesFrom = 10_000

// planWaves has honest crowds come, which look like fraud in one thing or another: a video that is spoken of, one that
// brings new people, and a school with one address.
func (l *Log) planWaves() {
	if l.cfg.Events < wavesFrom {
		return
	}
	n := int(l.cfg.Events)
	for range 2 {
		l.planMention(min(max(n/2000, 20), 1000))
	}
	l.planNewcomers(min(max(n/4000, 15), 800))
	l.planSchool(min(max(n/10_000, 12), 60))
}

// begin is a moment in the second half of the log.
func (l *Log) begin() time.Time { return l.clock.at(0.5 + 0.4*l.rng.Float64()) }

// liked is some video, the same for a whole wave; it is chosen when it is first needed.
func (l *Log) liked() func(int) int {
	video := -1
	return func(int) int {
		if video < 0 {
			video = l.rng.IntN(len(l.videos))
		}
		return video
	}
}

// planMention has n people who are there vote for one video within an hour.
func (l *Log) planMention(n int) {
	begin, video := l.begin(), l.liked()
	for range n {
		at := begin.Add(time.Duration(l.rng.Int64N(int64(time.Hour))))
		l.plans = append(l.plans, planned{at, func() error {
			l.vote(l.someVoter(), video(0), nil)
			return nil
		}})
	}
}

// planNewcomers has n people, from as many places, sign up for one video within two hours and vote minutes later; some
// vote for another one too.
func (l *Log) planNewcomers(n int) {
	begin, video := l.begin(), l.liked()
	for range n {
		signUp := begin.Add(time.Duration(l.rng.Int64N(int64(2 * time.Hour))))
		votes := []time.Time{signUp.Add(30*time.Second + time.Duration(l.rng.Int64N(int64(8*time.Minute))))}
		if l.rng.IntN(4) == 0 {
			votes = append(votes, votes[0].Add(2*time.Minute))
		}
		l.guest(l.digest(), signUp, votes, func(i int) int {
			if i > 0 {
				return l.someVideo()
			}
			return video(i)
		}, nil)
	}
}

// planSchool has n people with one address vote for one video and some others within a third of the contest.
func (l *Log) planSchool(n int) {
	address, video := l.digest(), l.liked()
	begin := l.clock.at(0.3)
	third := l.clock.end().Sub(l.clock.start) / 3
	for range n {
		signUp := begin.Add(time.Duration(l.rng.Int64N(int64(third))))
		votes := []time.Time{signUp.Add(time.Duration(l.rng.Int64N(int64(third) / 2)))}
		for range 2 + l.rng.IntN(5) {
			votes = append(votes, votes[0].Add(time.Duration(l.rng.Int64N(int64(third)/2))))
		}
		l.guest(address, signUp, votes, func(i int) int {
			if i > 0 {
				return l.someVideo()
			}
			return video(i)
		}, nil)
	}
}
