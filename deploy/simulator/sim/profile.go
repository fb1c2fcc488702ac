package sim

import (
	"math"
	"math/rand/v2"
)

// Profile is a day, or a week, that the fleet has to live through.
type Profile struct {
	Name     string
	What     string
	Seconds  float64
	uploads  func(t float64) float64 // per second
	requests func(t float64) float64 // per second
	exactly  int                     // jobs, when the number is given
	poison   int                     // jobs that always fail
	zoneLost float64                 // when the first zone goes; 0 is never
	zoneBack float64
}

const hour = 3600.0

// Profiles are all profiles.
func Profiles() []Profile {
	return []Profile{
		{
			Name: "quiet-week", What: "forty uploads a day, most of them in the evening", Seconds: 7 * 24 * hour,
			uploads:  func(t float64) float64 { return 40.0 / (24 * hour) * evening(t) },
			requests: func(t float64) float64 { return 3 * evening(t) },
		},
		{
			Name: "launch", What: "the contest is on television: from nothing to six hundred requests a second in two minutes", Seconds: 6 * hour,
			uploads:  func(t float64) float64 { return 120 / hour * spike(t, hour, 600) },
			requests: func(t float64) float64 { return 5 + 600*spike(t, hour, 120) },
		},
		{
			Name: "deadline", What: "936 uploads in the four hours before the deadline, half of them in the last", Seconds: 6 * hour,
			uploads: deadline, requests: func(t float64) float64 { return 20 + 400*deadline(t) }, exactly: 936,
		},
		{
			Name: "sawtooth", What: "twenty minutes of 420 uploads an hour, forty of none, eight times", Seconds: 8 * hour,
			uploads:  func(t float64) float64 { return 420 / hour * step(math.Mod(t, hour) < 1200) },
			requests: func(t float64) float64 { return 20 + 250*step(math.Mod(t, hour) < 1200) },
		},
		{
			Name: "poison", What: "a hundred uploads an hour, twelve of which make every worker fail", Seconds: 5 * hour,
			uploads:  func(t float64) float64 { return 100 / hour * step(t < 4*hour) },
			requests: func(float64) float64 { return 20 }, poison: 12,
		},
		{
			Name: "zone-loss", What: "a zone goes in a busy hour and comes back after one", Seconds: 5 * hour,
			uploads:  func(t float64) float64 { return 360 / hour * step(t < 4*hour) },
			requests: func(float64) float64 { return 150 }, zoneLost: 1.5 * hour, zoneBack: 2.5 * hour,
		},
	}
}

// evening is 1 on average over a day and 2 at eight in the evening.
func evening(t float64) float64 { return 1 + math.Cos(2*math.Pi*(t/hour-20)/24) }

// spike rises from 0 to 1 in rise seconds, after start, and halves every half hour.
func spike(t, start, rise float64) float64 {
	switch since := t - start; {
	case since < 0:
		return 0
	case since < rise:
		return since / rise
	default:
		return math.Exp2(-(since - rise) / 1800)
	}
}

func deadline(t float64) float64 {
	perHour := []float64{70, 130, 260, 476, 0, 0}
	return perHour[min(int(t/hour), len(perHour)-1)] / hour
}

func step(yes bool) float64 {
	if yes {
		return 1
	}
	return 0
}

// arrivals are the times of the uploads: a Poisson process of the profile's rate, by thinning.
func (p Profile) arrivals(random *rand.Rand) []float64 {
	highest := 0.0
	for t := 0.0; t < p.Seconds; t += 30 {
		highest = max(highest, p.uploads(t))
	}
	var times []float64
	for {
		times = times[:0]
		for t := random.ExpFloat64() / highest; t < p.Seconds; t += random.ExpFloat64() / highest {
			if random.Float64()*highest < p.uploads(t) {
				times = append(times, t)
			}
		}
		if p.exactly == 0 || len(times) == p.exactly {
			return times
		}
		if len(times) > p.exactly {
			return thin(times, p.exactly, random)
		}
	}
}

// thin leaves n of the times, each as likely as any other.
func thin(times []float64, n int, random *rand.Rand) []float64 {
	kept := make([]float64, 0, n)
	for i, t := range times {
		if random.Float64()*float64(len(times)-i) < float64(n-len(kept)) {
			kept = append(kept, t)
		}
	}
	return kept
}
