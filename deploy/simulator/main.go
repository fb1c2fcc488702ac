// Command simulator plays the fleet that deploy/cloudformation describes through days that it has to live through, and
// says what became of the jobs, of the requests and of the money. It reads the policy from the templates, so a changed
// target is seen at once; it never talks to AWS.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"text/tabwriter"

	"github.com/rising-stars/showcase/deploy/rules"
	"github.com/rising-stars/showcase/deploy/simulator/sim"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

// errMissed makes the exit code tell a script what the table tells a reader.
var errMissed = errors.New("an objective was missed")

type options struct {
	deploy, size, profile, pictures string
	seed                            uint64
	seeds                           int
	target                          float64
	bands                           bool
}

func parse(args []string, out io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("simulator", flag.ContinueOnError)
	flags.SetOutput(out)
	flags.StringVar(&o.deploy, "deploy", "deploy", "folder with cloudformation and parameters")
	flags.StringVar(&o.size, "size", "small", "parameter file, without .json")
	flags.StringVar(&o.profile, "profile", "", "one profile; empty for all")
	flags.Uint64Var(&o.seed, "seed", 1, "first seed")
	flags.IntVar(&o.seeds, "seeds", 3, "how many seeds, 1 to 1000")
	flags.Float64Var(&o.target, "target", 0, "jobs per worker instead of the template's")
	flags.BoolVar(&o.bands, "bands", false, "also show what the assumptions do to the deadline")
	flags.StringVar(&o.pictures, "svg", "", "folder for a timeline of each profile, with the first seed")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if o.seeds < 1 || o.seeds > 1000 {
		return o, fmt.Errorf("-seeds %d is not from 1 to 1000", o.seeds)
	}
	return o, nil
}

func run(args []string, out io.Writer) error {
	o, err := parse(args, out)
	if errors.Is(err, flag.ErrHelp) {
		return nil
	}
	if err != nil {
		return err
	}
	policy, err := read(o)
	if err != nil {
		return err
	}
	w := policy.Workers
	fmt.Fprintf(out, "size %s: %d–%d workers at %g jobs each, %d–%d web hosts at %g requests a minute or %g %% CPU\n\n",
		o.size, w.Min, w.Max, w.Target, policy.Web.Min, policy.Web.Max, policy.Web.RequestsPerTarget, policy.Web.CPU)
	missed, err := table(o, policy, out)
	if err != nil {
		return err
	}
	if o.bands {
		bands(policy, o.seed, out)
	}
	if missed {
		return errMissed
	}
	return nil
}

func read(o options) (sim.Policy, error) {
	d, err := rules.Read(os.DirFS(o.deploy))
	if err != nil {
		return sim.Policy{}, err
	}
	if d.Sizes[o.size] == nil {
		return sim.Policy{}, fmt.Errorf("no parameter file for size %q", o.size)
	}
	s, err := d.Render(o.size)
	if err != nil {
		return sim.Policy{}, err
	}
	policy, err := sim.Read(s, true)
	if o.target > 0 {
		policy.Workers.Target = o.target
	}
	return policy, err
}

// table plays the profiles and tells whether an objective was missed.
func table(o options, policy sim.Policy, out io.Writer) (missed bool, err error) {
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "profile\tseed\tjobs\tp50 s\tp95 s\tp99 s\tkilled\tdead\tflaps\tworker-h\tweb p95 ms\tweb CPU %\tfailed %\tweb-h\tUSD\t")
	var remarks []string
	known := false
	for _, profile := range sim.Profiles() {
		if o.profile != "" && o.profile != profile.Name {
			continue
		}
		known = true
		for i := range o.seeds {
			r := sim.Play(profile, policy, sim.Measured(), o.seed+uint64(i))
			row(tab, r, o.seed+uint64(i))
			for _, what := range r.Missed() {
				remarks = append(remarks, fmt.Sprintf("%s, seed %d: %s", profile.Name, o.seed+uint64(i), what))
			}
			if i == 0 && o.pictures != "" {
				if err := draw(o.pictures, r); err != nil {
					return false, err
				}
			}
		}
	}
	if !known {
		return false, fmt.Errorf("no profile %q", o.profile)
	}
	if err := tab.Flush(); err != nil {
		return false, err
	}
	for _, remark := range remarks {
		fmt.Fprintln(out, "missed:", remark)
	}
	return len(remarks) > 0, nil
}

func row(out io.Writer, r sim.Result, seed uint64) {
	w := r.Workers
	fmt.Fprintf(out, "%s\t%d\t%d\t%.0f\t%.0f\t%.0f\t%d\t%d\t%d\t%.1f\t%.1f\t%.0f\t%.3f\t%.1f\t%.2f\t\n",
		r.Profile.Name, seed, w.Jobs, sim.Percentile(w.Times, 0.5), sim.Percentile(w.Times, 0.95), sim.Percentile(w.Times, 0.99),
		w.Killed, w.Dead, w.Turns, w.Hours, 1000*r.Web.P95, r.Web.PeakCPU, 100*r.Web.Failed/max(1, r.Web.Requests), r.Web.Hours, r.Cost())
}

func draw(folder string, r sim.Result) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("make folder: %w", err)
	}
	f, err := os.Create(filepath.Join(folder, r.Profile.Name+".svg"))
	if err != nil {
		return fmt.Errorf("create picture: %w", err)
	}
	return errors.Join(r.WriteSVG(f), f.Close())
}

// bands shows the deadline at both ends of each assumption, the others as measured.
func bands(policy sim.Policy, seed uint64, out io.Writer) {
	fmt.Fprintln(out, "\nThe deadline, p95 in seconds and jobs killed, when an assumption is at the end of its band:")
	tab := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tab, "assumption\tlow\tp95 s\tkilled\thigh\tp95 s\tkilled\t")
	for _, profile := range sim.Profiles() {
		if profile.Name != "deadline" {
			continue
		}
		for _, band := range sim.Bands() {
			fmt.Fprintf(tab, "%s\t", band.Name)
			for _, value := range []float64{band.Low, band.High} {
				assume := sim.Measured()
				band.Set(&assume, value)
				w := sim.Play(profile, policy, assume, seed).Workers
				fmt.Fprintf(tab, "%g\t%.0f\t%d\t", value, sim.Percentile(w.Times, 0.95), w.Killed)
			}
			fmt.Fprintln(tab)
		}
	}
	_ = tab.Flush() // out is the terminal or a buffer of a test
}
