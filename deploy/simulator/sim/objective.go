package sim

import "fmt"

// objective is what must hold for a profile, beside what must hold always: no job is killed by scaling, every job ends, and
// just the poisonous ones become dead letters.
type objective struct {
	p95, p99 float64 // seconds from upload to processed
	turns    float64 // an hour
	failed   float64 // share of requests
	answer   float64 // seconds, 95th percentile
}

var objectives = map[string]objective{
	"quiet-week": {p95: 60, p99: 120, turns: 1, failed: 0, answer: 0.05},
	"launch":     {p95: 120, p99: 240, turns: 4, failed: 0, answer: 0.05},
	"deadline":   {p95: 300, p99: 400, turns: 4, failed: 0, answer: 0.05},
	"sawtooth":   {p95: 360, p99: 480, turns: 4, failed: 0, answer: 0.05},
	"poison":     {p95: 120, p99: 240, turns: 1, failed: 0, answer: 0.05},
	"zone-loss":  {p95: 360, p99: 480, turns: 4, failed: 0.002, answer: 0.05},
}

// Missed are the objectives that the result does not meet, in words; none is what we want.
func (r Result) Missed() []string {
	var missed []string
	note := func(bad bool, format string, args ...any) {
		if bad {
			missed = append(missed, fmt.Sprintf(format, args...))
		}
	}
	w, o := r.Workers, objectives[r.Profile.Name]
	p95, p99 := Percentile(w.Times, 0.95), Percentile(w.Times, 0.99)
	note(w.Killed > 0, "%d jobs killed by scaling", w.Killed)
	note(w.Left > 0, "%d jobs without an end", w.Left)
	note(w.Dead != r.Profile.poison, "%d dead letters instead of %d", w.Dead, r.Profile.poison)
	note(p95 > o.p95, "p95 %.0f s, at most %.0f wanted", p95, o.p95)
	note(p99 > o.p99, "p99 %.0f s, at most %.0f wanted", p99, o.p99)
	turns := float64(max(w.Turns, r.Web.Turns)) / (r.Profile.Seconds / hour)
	note(turns > o.turns, "%.1f changes of mind an hour, at most %.0f wanted", turns, o.turns)
	share := r.Web.Failed / max(1, r.Web.Requests)
	note(share > o.failed, "%.2f %% of requests failed, at most %.2f wanted", 100*share, 100*o.failed)
	note(r.Web.P95 > o.answer, "answers take %.3f s, at most %.2f wanted", r.Web.P95, o.answer)
	return missed
}
