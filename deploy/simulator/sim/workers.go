package sim

import (
	"math"
	"math/rand/v2"
	"slices"
)

type job struct {
	arrived  float64
	receives int
	poison   bool
	size     float64 // 1 is the measured one
}

type worker struct {
	zone     int
	launched float64
	inGroup  bool // in service since boot, not leaving
	leaving  bool
	gone     bool
	job      *job
	purse    purse
}

// fleet is the queue and its workers.
type fleet struct {
	engine
	policy  WorkerPolicy
	assume  Assumptions
	profile Profile
	random  *rand.Rand
	tracker tracker
	turns   turns

	visible  []*job
	running  int
	hidden   int // failed or lost, waiting for their next try
	desired  int
	all      []*worker
	zoneDown bool
	result   Workers
}

func (f *fleet) members() (alive []*worker) {
	for _, w := range f.all {
		if !w.gone && !w.leaving {
			alive = append(alive, w)
		}
	}
	return alive
}

func (f *fleet) inService() (n int) {
	for _, w := range f.members() {
		if w.inGroup {
			n++
		}
	}
	return n
}

// fill launches what is missing.
func (f *fleet) fill() {
	for n := len(f.members()); n < f.desired; n++ {
		f.launch(false)
	}
}

func (f *fleet) launch(ready bool) {
	w := &worker{zone: f.zone(), launched: f.now, purse: purse{at: f.now, never: !f.policy.Unlimited}}
	f.all = append(f.all, w)
	boot := f.assume.Boot
	if f.policy.Built {
		boot += f.assume.Build
	}
	if ready {
		boot = 0
		w.purse.credits = creditsMost / 4
	}
	f.after(boot*math.Exp(0.1*f.random.NormFloat64()), func() {
		if !w.gone && !w.leaving {
			w.inGroup = true
			f.dispatch()
		}
	})
}

// zone is the one with fewer workers, of those that are up.
func (f *fleet) zone() int {
	if f.zoneDown {
		return 1
	}
	var count [2]int
	for _, w := range f.members() {
		count[w.zone]++
	}
	if count[1] < count[0] {
		return 1
	}
	return 0
}

// dispatch gives waiting jobs to idle workers.
func (f *fleet) dispatch() {
	for _, w := range f.all {
		if len(f.visible) == 0 {
			return
		}
		if w.inGroup && !w.leaving && !w.gone && w.job == nil {
			next := f.visible[0]
			f.visible = f.visible[1:]
			if next.receives >= f.policy.MaxReceives {
				f.result.Dead++
				f.dispatch()
				return
			}
			f.begin(w, next)
		}
	}
}

func (f *fleet) begin(w *worker, j *job) {
	j.receives++
	w.job = j
	f.running++
	cpu := f.assume.JobCPU * f.assume.Processor * j.size
	wall := w.purse.spend(f.now, cpu, f.assume.JobWall*f.assume.Processor*j.size) + f.assume.JobTransfer
	f.after(wall, func() {
		if w.gone || w.job != j {
			return
		}
		w.job = nil
		f.running--
		f.end(j)
		if w.leaving {
			f.gone(w)
		}
		f.dispatch()
	})
}

func (f *fleet) end(j *job) {
	if j.poison {
		f.hide(j, f.assume.Backoff*math.Exp2(float64(j.receives-1)))
		return
	}
	f.result.Times = append(f.result.Times, f.now-j.arrived)
	f.result.Done = append(f.result.Done, Sample{f.now, f.now - j.arrived})
}

// hide gives a job back to the queue after a delay.
func (f *fleet) hide(j *job, delay float64) {
	f.hidden++
	f.after(delay, func() {
		f.hidden--
		f.visible = append(f.visible, j)
		f.dispatch()
	})
}

// drop is a worker's sudden end; its job is seen again when its lease, renewed every third of it, has run out.
func (f *fleet) drop(w *worker) (lost bool) {
	f.gone(w)
	if w.job == nil {
		return false
	}
	f.running--
	f.hide(w.job, f.policy.Visibility*(1-f.random.Float64()/3))
	w.job = nil
	return true
}

func (f *fleet) gone(w *worker) {
	if w.gone {
		return
	}
	w.gone, w.inGroup = true, false
	f.result.Hours += (f.now - w.launched) / hour
	f.result.Surplus += w.purse.owed(f.now)
}

// bill is what all workers have cost up to now.
func (f *fleet) bill() (hours, surplus float64) {
	hours, surplus = f.result.Hours, f.result.Surplus
	for _, w := range f.all {
		if !w.gone {
			hours += (f.now - w.launched) / hour
			surplus += w.purse.owed(f.now)
		}
	}
	return hours, surplus
}

// minute is the end of a metric's minute: CloudWatch gets its point and the policy is asked.
func (f *fleet) minute() {
	inService := f.inService()
	value := float64(len(f.visible))
	if f.policy.Running {
		value += float64(f.running + f.hidden)
	}
	base := f.desired
	if f.policy.PerWorker {
		base = max(1, inService)
		value /= float64(base)
	}
	f.tracker.see(f.now, value)
	verdict, wanted := f.tracker.judge(f.now, base, f.desired)
	wanted = min(max(wanted, f.policy.Min), f.policy.Max)
	if verdict == shrink && f.warming() {
		verdict = stay
	}
	if verdict != stay && wanted != f.desired {
		f.turns.note(f.now, verdict)
		f.desired = wanted
	}
	f.shrinkToDesired()
	f.fill()
	f.result.Line = append(f.result.Line, Point{f.now, len(f.visible) + f.hidden, f.running, f.desired, inService})
}

func (f *fleet) warming() bool {
	return slices.ContainsFunc(f.members(), func(w *worker) bool { return f.now-w.launched < f.assume.Boot+f.policy.Warmup })
}

// shrinkToDesired takes workers from the fuller zone. A busy one is left alone when it is protected; when there is a hook it
// finishes; else its job is killed.
func (f *fleet) shrinkToDesired() {
	for {
		alive := f.members()
		if len(alive) <= f.desired {
			return
		}
		f.random.Shuffle(len(alive), func(i, j int) { alive[i], alive[j] = alive[j], alive[i] })
		i := slices.IndexFunc(alive, func(w *worker) bool { return w.job == nil || !f.policy.Protected })
		if i < 0 {
			return
		}
		f.remove(alive[i])
	}
}

func (f *fleet) remove(w *worker) {
	switch {
	case w.job == nil:
		f.gone(w)
	case f.policy.Hook > 0:
		w.leaving, w.inGroup = true, false
		f.after(f.policy.Hook, func() {
			if !w.gone && f.drop(w) {
				f.result.Killed++
			}
		})
	default:
		f.drop(w)
		f.result.Killed++
	}
}

// loseZone ends everything in the first zone; the group notices after a while and fills up in the other.
func (f *fleet) loseZone() {
	f.zoneDown = true
	for _, w := range f.all {
		if w.zone == 0 && !w.gone {
			if f.drop(w) {
				f.result.Lost++
			}
		}
	}
	f.after(f.assume.Replace, f.fill)
}
