package sim

import (
	"math"
	"math/rand/v2"
	"slices"
)

// Web is what became of the requests.
type Web struct {
	Requests   float64
	Failed     float64 // sent to a dead host, or given up after waiting for ten seconds
	P95        float64 // seconds, of all requests by estimate
	PeakCPU    float64 // percent
	Overloaded float64 // seconds in which more came than could be done
	Turns      int
	Hours      float64
	Surplus    float64
	Line       []WebPoint
}

// WebPoint is a minute of the timeline.
type WebPoint struct {
	At, Rate, CPU float64
	Serving       int
}

const (
	tick       = 5.0  // seconds
	patience   = 10.0 // seconds after which a visitor gives up
	cpuPercent = 100.0
)

type host struct {
	zone     int
	launched float64
	ready    float64
	dead     float64 // when it died; 0 is alive
	purse    purse
}

// site is the web hosts; it goes by ticks, since single requests do not matter.
type site struct {
	policy  WebPolicy
	assume  Assumptions
	profile Profile
	random  *rand.Rand
	hosts   []*host
	desired int
	backlog float64 // requests waiting
	users   tracker
	cpu     tracker
	turns   turns
	result  Web

	minuteRequests, minuteBusy float64
	answers                    []weighted
}

// weighted is an estimate of the 95th percentile in a tick and the requests that it is of.
type weighted struct{ seconds, weight float64 }

func playWeb(profile Profile, policy WebPolicy, assume Assumptions, random *rand.Rand) Web {
	s := &site{
		policy: policy, assume: assume, profile: profile, random: random, desired: policy.Min,
		users: tracker{target: policy.RequestsPerTarget, assume: assume}, cpu: tracker{target: policy.CPU, assume: assume},
	}
	for range policy.Min {
		s.launch(0, true)
	}
	for now := tick; now <= profile.Seconds; now += tick {
		if profile.zoneLost > 0 && now-tick < profile.zoneLost && now >= profile.zoneLost {
			s.loseZone(now)
		}
		s.serve(now)
		if math.Mod(now, 60) == 0 {
			s.minute(now)
		}
	}
	for _, h := range s.hosts {
		s.retire(h, profile.Seconds)
	}
	s.result.Turns = s.turns.count
	s.result.P95 = s.percentile()
	return s.result
}

func (s *site) launch(now float64, ready bool) {
	h := &host{zone: s.emptier(now), launched: now, purse: purse{at: now, never: !s.policy.Unlimited}}
	if ready {
		h.purse.credits = creditsMost / 4
	} else {
		h.ready = now + s.assume.Boot*math.Exp(0.1*s.random.NormFloat64())
	}
	s.hosts = append(s.hosts, h)
}

func (s *site) emptier(now float64) int {
	if now >= s.profile.zoneLost && now < s.profile.zoneBack {
		return 1
	}
	var count [2]int
	for _, h := range s.hosts {
		count[h.zone]++
	}
	if count[1] < count[0] {
		return 1
	}
	return 0
}

// serve is one tick: what comes is shared by the hosts that the balancer asks, dead ones included until it has noticed.
func (s *site) serve(now float64) {
	rate := s.profile.requests(now)
	s.result.Requests += rate * tick
	s.minuteRequests += rate * tick
	var serving []*host
	asked := 0
	for _, h := range s.hosts {
		switch {
		case h.dead > 0 && now-h.dead < s.policy.Detect:
			asked++
		case h.dead == 0 && h.ready <= now:
			asked++
			serving = append(serving, h)
		}
	}
	if asked == 0 {
		s.result.Failed += rate * tick
		return
	}
	s.result.Failed += rate * tick * float64(asked-len(serving)) / float64(asked)
	s.work(now, rate*float64(len(serving))/float64(asked), serving)
}

func (s *site) work(now, rate float64, serving []*host) {
	if len(serving) == 0 {
		return
	}
	wanted := (rate*tick + s.backlog) * s.assume.RequestCPU // CPU seconds
	able := 0.0
	for _, h := range serving {
		h.purse.earn(now)
		share := wanted / float64(len(serving))
		most := processors * tick
		if h.purse.never && h.purse.credits <= 0 {
			most = baseline * tick
		}
		done := min(share, most)
		h.purse.credits -= done / 60
		able += done
	}
	busy := able / (float64(len(serving)) * processors * tick)
	s.minuteBusy += busy * tick / 60 * cpuPercent
	s.result.PeakCPU = max(s.result.PeakCPU, busy*cpuPercent)
	s.backlog = 0
	if short := wanted - able; short > 1e-9 {
		s.backlog = short / s.assume.RequestCPU
	}
	wait := s.backlog * s.assume.RequestCPU / (float64(len(serving)) * processors)
	if s.backlog > 0 {
		s.result.Overloaded += tick
	}
	if wait > patience {
		given := s.backlog * (1 - patience/wait)
		s.result.Failed += given
		s.backlog -= given
		wait = patience
	}
	mean := s.assume.RequestCPU / max(0.02, 1-busy)
	s.answers = append(s.answers, weighted{wait + mean*s.assume.Slowest, rate * tick})
}

func (s *site) minute(now float64) {
	serving, warming := 0, false
	for _, h := range s.hosts {
		if h.dead == 0 && h.ready <= now {
			serving++
		}
		warming = warming || now-h.launched < s.assume.Boot+s.policy.Warmup && h.launched > 0
	}
	base := max(1, serving)
	s.users.see(now, s.minuteRequests/float64(base))
	s.cpu.see(now, s.minuteBusy)
	s.result.Line = append(s.result.Line, WebPoint{now, s.profile.requests(now), s.minuteBusy, serving})
	s.minuteRequests, s.minuteBusy = 0, 0
	s.scale(now, base, warming)
	s.replace(now)
}

// scale does what AWS does with several policies: it grows when one says so, and shrinks when all do.
func (s *site) scale(now float64, base int, warming bool) {
	before, growing, shrinking := s.desired, false, !warming
	most := 0
	for _, t := range []*tracker{&s.users, &s.cpu} {
		if t.target == 0 {
			continue // no such policy
		}
		verdict, wanted := t.judge(now, base, before)
		growing = growing || verdict == grow
		shrinking = shrinking && verdict == shrink
		most = max(most, wanted)
	}
	if growing || shrinking {
		s.desired = min(max(most, s.policy.Min), s.policy.Max)
	}
	switch {
	case s.desired > before:
		s.turns.note(now, grow)
	case s.desired < before:
		s.turns.note(now, shrink)
	}
}

// replace buries hosts that are known to be dead, and brings the group to its size.
func (s *site) replace(now float64) {
	s.hosts = slices.DeleteFunc(s.hosts, func(h *host) bool {
		buried := h.dead > 0 && now-h.dead >= s.assume.Replace
		if buried {
			s.retire(h, h.dead)
		}
		return buried
	})
	for len(s.hosts) < s.desired {
		s.launch(now, false)
	}
	for len(s.hosts) > s.desired {
		last := s.hosts[len(s.hosts)-1]
		s.retire(last, now)
		s.hosts = s.hosts[:len(s.hosts)-1]
	}
}

func (s *site) retire(h *host, now float64) {
	s.result.Hours += (now - h.launched) / hour
	s.result.Surplus += h.purse.owed(now)
}

func (s *site) loseZone(now float64) {
	for _, h := range s.hosts {
		if h.zone == 0 {
			h.dead = now
		}
	}
}

func (s *site) percentile() float64 {
	slices.SortFunc(s.answers, func(a, b weighted) int {
		switch {
		case a.seconds < b.seconds:
			return -1
		case a.seconds > b.seconds:
			return 1
		default:
			return 0
		}
	})
	total, sum := 0.0, 0.0
	for _, a := range s.answers {
		total += a.weight
	}
	for _, a := range s.answers {
		if sum += a.weight; sum >= 0.95*total {
			return a.seconds
		}
	}
	return 0
}
