package sim_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/deploy/rules"
	"github.com/rising-stars/showcase/deploy/simulator/sim"
)

// ours is what the templates say for a parameter file.
func ours(t *testing.T, size string) sim.Policy {
	t.Helper()
	d, err := rules.Read(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Render(size)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sim.Read(s, true)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// reference is what the deployment says that we learned from.
func reference(t *testing.T) sim.Policy {
	t.Helper()
	set, err := cfn.Load(os.DirFS("testdata/reference"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := cfn.Render(set, "reference.yaml", "reference", nil)
	if err != nil {
		t.Fatal(err)
	}
	p, err := sim.Read(s, false)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestThePolicyComesFromTheTemplates(t *testing.T) {
	t.Parallel()
	want := sim.Policy{
		Workers: sim.WorkerPolicy{
			Min: 1, Max: 3, Target: 8, PerWorker: true, Running: true, Warmup: 120, Protected: true, Hook: 1020,
			Unlimited: true, Visibility: 60, MaxReceives: 5,
		},
		Web: sim.WebPolicy{Min: 2, Max: 3, RequestsPerTarget: 12000, CPU: 55, Warmup: 120, Detect: 20, Unlimited: true},
	}
	if diff := cmp.Diff(want, ours(t, "small")); diff != "" {
		t.Error(diff)
	}
	if got := reference(t).Workers; got.PerWorker || got.Protected || !got.Built || got.Hook != 0 {
		t.Errorf("the reference reads as %+v", got)
	}
}

func TestObjectivesHold(t *testing.T) {
	t.Parallel()
	for size, seeds := range map[string]uint64{"small": 4, "production": 1} {
		policy := ours(t, size)
		for _, profile := range sim.Profiles() {
			for seed := uint64(1); seed <= seeds; seed++ {
				t.Run(fmt.Sprintf("%s/%s/%d", size, profile.Name, seed), func(t *testing.T) {
					t.Parallel()
					for _, missed := range sim.Play(profile, policy, sim.Measured(), seed).Missed() {
						t.Error(missed)
					}
				})
			}
		}
	}
}

// A simulator that lets everything pass shows nothing.
func TestTheReferenceMissesThem(t *testing.T) {
	t.Parallel()
	policy := reference(t)
	killed := 0
	for _, profile := range sim.Profiles() {
		if profile.Name != "deadline" && profile.Name != "zone-loss" && profile.Name != "sawtooth" {
			continue
		}
		for seed := uint64(1); seed <= 4; seed++ {
			r := sim.Play(profile, policy, sim.Measured(), seed)
			if len(r.Missed()) == 0 {
				t.Errorf("%s with seed %d passes", profile.Name, seed)
			}
			killed += r.Workers.Killed
		}
	}
	if killed == 0 {
		t.Error("scaling in killed no job at all")
	}
}

// Each fault alone must show too.
func TestEachFaultAloneShows(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(p *sim.Policy)
		want  string
	}{
		"raw depth":        {func(p *sim.Policy) { p.Workers.PerWorker, p.Workers.Running, p.Workers.Target = false, false, 100 }, "p95"},
		"target of 30":     {func(p *sim.Policy) { p.Workers.Target = 30 }, "p95"},
		"built at boot":    {func(p *sim.Policy) { p.Workers.Built = true }, "p95"},
		"no protection":    {func(p *sim.Policy) { p.Workers.Protected, p.Workers.Hook = false, 0 }, "killed"},
		"standard credits": {func(p *sim.Policy) { p.Workers.Unlimited = false }, "p95"},
		"one worker":       {func(p *sim.Policy) { p.Workers.Max = 1 }, "p95"},
		"one web host":     {func(p *sim.Policy) { p.Web.Min, p.Web.Detect = 1, 90 }, "requests failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policy := ours(t, "small")
			test.spoil(&policy)
			var missed []string
			for _, profile := range sim.Profiles() {
				if profile.Name == "deadline" || profile.Name == "zone-loss" {
					missed = append(missed, sim.Play(profile, policy, sim.Measured(), 1).Missed()...)
				}
			}
			if !strings.Contains(strings.Join(missed, "\n"), test.want) {
				t.Errorf("missed %q, want something about %q", missed, test.want)
			}
		})
	}
}

// Whatever AWS does inside the bands, scaling kills nothing and the deadline ends the same evening.
func TestUnderTheWorstOfEachBand(t *testing.T) {
	t.Parallel()
	policy := ours(t, "small")
	for _, profile := range sim.Profiles() {
		if profile.Name != "deadline" {
			continue
		}
		for _, band := range sim.Bands() {
			for _, value := range []float64{band.Low, band.High} {
				assume := sim.Measured()
				band.Set(&assume, value)
				r := sim.Play(profile, policy, assume, 1)
				if p95 := sim.Percentile(r.Workers.Times, 0.95); r.Workers.Killed > 0 || r.Workers.Left > 0 || p95 > 900 {
					t.Errorf("%s at %v: killed %d, left %d, p95 %.0f s", band.Name, value, r.Workers.Killed, r.Workers.Left, p95)
				}
			}
		}
	}
}

func TestTheSameSeedGivesTheSameDay(t *testing.T) {
	t.Parallel()
	policy := ours(t, "small")
	profile := sim.Profiles()[2]
	a, b := sim.Play(profile, policy, sim.Measured(), 7), sim.Play(profile, policy, sim.Measured(), 7)
	if diff := cmp.Diff(a.Workers, b.Workers); diff != "" {
		t.Error(diff)
	}
	if c := sim.Play(profile, policy, sim.Measured(), 8); cmp.Equal(a.Workers.Times, c.Workers.Times) {
		t.Error("another seed gives the same day")
	}
}

// Whatever happens, a job ends once or is accounted for.
func TestNoJobIsLostOrDoubled(t *testing.T) {
	t.Parallel()
	for _, policy := range []sim.Policy{ours(t, "small"), reference(t)} {
		for _, profile := range sim.Profiles() {
			w := sim.Play(profile, policy, sim.Measured(), 3).Workers
			if w.Left < 0 || len(w.Times)+w.Dead+w.Left != w.Jobs {
				t.Errorf("%s: %d jobs, %d processed, %d dead, %d left", profile.Name, w.Jobs, len(w.Times), w.Dead, w.Left)
			}
		}
	}
}

func TestPercentile(t *testing.T) {
	t.Parallel()
	values := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	for share, want := range map[float64]float64{0: 1, 0.5: 5, 0.95: 10, 1: 10} {
		if got := sim.Percentile(values, share); got != want {
			t.Errorf("%v: %v, want %v", share, got, want)
		}
	}
	if got := sim.Percentile(nil, 0.5); got != 0 {
		t.Errorf("of nothing: %v", got)
	}
}
