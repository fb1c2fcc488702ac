package sim

import "math"

// tracker is one target-tracking policy: it sees a point a minute, late, and says how many instances it wants.
type tracker struct {
	target float64
	assume Assumptions
	points []point
}

type point struct{ at, value float64 }

// see takes the metric's value of the minute that ends now.
func (t *tracker) see(now, value float64) { t.points = append(t.points, point{now, value}) }

// verdict is what a policy says of the group's size.
type verdict uint8

const (
	stay verdict = iota
	grow
	shrink
)

// judge looks at what can be seen by now. base is the number of instances that the metric was made with, now the size to
// change. Growing goes at once to what the metric asks for; shrinking goes by steps.
func (t *tracker) judge(now float64, base, size int) (verdict, int) {
	visible := t.points
	for len(visible) > 0 && visible[len(visible)-1].at > now-t.assume.MetricDelay {
		visible = visible[:len(visible)-1]
	}
	if len(visible) == 0 || t.target == 0 {
		return stay, size
	}
	latest := visible[len(visible)-1].value
	if above(visible, t.assume.OutPeriods, t.target) {
		if wanted := int(math.Ceil(float64(base) * latest / t.target)); wanted > size {
			return grow, wanted
		}
		return stay, size
	}
	if below(visible, t.assume.InPeriods, t.target*t.assume.InShare) {
		wanted := max(int(math.Ceil(float64(base)*latest/t.target)), size-t.assume.InStep)
		if wanted < size {
			return shrink, wanted
		}
	}
	return stay, size
}

func above(points []point, n int, limit float64) bool {
	if len(points) < n {
		return false
	}
	for _, p := range points[len(points)-n:] {
		if p.value <= limit {
			return false
		}
	}
	return true
}

func below(points []point, n int, limit float64) bool {
	if len(points) < n {
		return false
	}
	for _, p := range points[len(points)-n:] {
		if p.value >= limit {
			return false
		}
	}
	return true
}

// turns counts how often a group changed its mind within half an hour: growing after shrinking, or the other way round.
type turns struct {
	last  verdict
	at    float64
	count int
}

func (t *turns) note(now float64, v verdict) {
	if t.last != stay && v != t.last && now-t.at < 1800 {
		t.count++
	}
	t.last, t.at = v, now
}
