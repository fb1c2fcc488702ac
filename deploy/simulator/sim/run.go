package sim

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Workers is what became of the jobs.
type Workers struct {
	Jobs    int
	Times   []float64 // seconds from upload to processed, sorted
	Killed  int       // jobs that scaling cut off
	Lost    int       // jobs on a host that died
	Dead    int       // dead letters
	Left    int       // jobs without an end a quarter of an hour after the profile
	Turns   int       // times the group changed its mind within half an hour
	Hours   float64   // instance-hours
	Surplus float64   // CPU credits charged
	Line    []Point
	Done    []Sample
}

// Point is a minute of the timeline.
type Point struct {
	At                                 float64
	Waiting, Running, Desired, Serving int
}

// Sample is one job: when it ended and how long it took, in seconds.
type Sample struct{ At, Seconds float64 }

// Result is a profile played through.
type Result struct {
	Profile Profile
	Workers Workers
	Web     Web
}

// Cost is the instances' price in dollars, workers and web.
func (r Result) Cost() float64 {
	hours := r.Workers.Hours + r.Web.Hours
	credits := r.Workers.Surplus + r.Web.Surplus
	return hours*hourPrice + credits/60*surplusPrice
}

// Percentile is the smallest value that share of the sorted values do not exceed; 0 for none.
func Percentile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return 0
	}
	i := int(math.Ceil(share*float64(len(sorted)))) - 1
	return sorted[min(max(i, 0), len(sorted)-1)]
}

// Play runs a profile under a policy. The same arguments give the same result.
func Play(profile Profile, policy Policy, assume Assumptions, seed uint64) Result {
	random := rand.New(rand.NewPCG(seed, 20260301))
	return Result{
		Profile: profile,
		Workers: playWorkers(profile, policy.Workers, assume, random),
		Web:     playWeb(profile, policy.Web, assume, random),
	}
}

// aftermath is how long what has been uploaded last is still waited for, so that a profile's end cuts no job off.
const aftermath = 15 * 60

func playWorkers(profile Profile, policy WorkerPolicy, assume Assumptions, random *rand.Rand) Workers {
	f := &fleet{
		policy: policy, assume: assume, profile: profile, random: random, desired: policy.Min,
		tracker: tracker{target: policy.Target, assume: assume},
	}
	for range policy.Min {
		f.launch(true)
	}
	times := profile.arrivals(random)
	f.result.Jobs = len(times)
	for i, t := range times {
		// Sizes are around the measured one: a median of 1, and now and then a much longer or larger clip.
		j := &job{arrived: t, size: math.Exp(assume.JobSpread * random.NormFloat64())}
		j.poison = profile.poison > 0 && i%(len(times)/profile.poison) == 0 && i/(len(times)/profile.poison) < profile.poison
		f.after(t, func() {
			f.visible = append(f.visible, j)
			f.dispatch()
		})
	}
	if profile.zoneLost > 0 {
		f.after(profile.zoneLost, f.loseZone)
		f.after(profile.zoneBack, func() { f.zoneDown = false })
	}
	f.every(60, profile.Seconds, f.minute)
	f.run(profile.Seconds)
	hours, surplus := f.bill()
	f.run(profile.Seconds + aftermath)
	f.result.Hours, f.result.Surplus = hours, surplus
	f.result.Left = f.result.Jobs - len(f.result.Times) - f.result.Dead
	f.result.Turns = f.turns.count
	slices.Sort(f.result.Times)
	return f.result
}
