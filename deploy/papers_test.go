package deploy_test

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/deploy/simulator/sim"
)

// Who is woken by an alarm finds it in the runbook, in both languages.
func TestEveryAlarmIsInTheRunbook(t *testing.T) {
	t.Parallel()
	set, err := cfn.Load(os.DirFS("cloudformation"))
	if err != nil {
		t.Fatal(err)
	}
	alarms := set["90-observability.yaml"].OfType("AWS::CloudWatch::Alarm")
	if len(alarms) == 0 {
		t.Fatal("no alarms")
	}
	for _, name := range []string{"README.md", "README.es.md"} {
		text := read(t, name)
		for _, alarm := range append(alarms, "Budget") {
			if !regexp.MustCompile(`(?m)^\|[^|]*\b` + alarm + `\b`).MatchString(text) {
				t.Errorf("%s: nothing about %s", name, alarm)
			}
		}
		known := map[string]bool{"Budget": true}
		for _, alarm := range alarms {
			known[alarm] = true
		}
		for _, row := range regexp.MustCompile(`(?m)^\| ([A-Z]\w+(?:, \w+)*) \| `).FindAllStringSubmatch(text, -1) {
			for alarm := range strings.SplitSeq(row[1], ", ") {
				if !known[alarm] {
					t.Errorf("%s: there is no alarm %s", name, alarm)
				}
			}
		}
	}
}

// A person who reads Spanish types the same commands, finds the same rows and reads the same figures.
func TestBothRunbooksSayTheSame(t *testing.T) {
	t.Parallel()
	english, spanish := read(t, "README.md"), read(t, "README.es.md")
	for what, parts := range map[string]func(text string) []string{
		"headings": func(text string) []string { return regexp.MustCompile(`(?m)^#+ `).FindAllString(text, -1) },
		"steps":    func(text string) []string { return regexp.MustCompile(`(?m)^\d+\. `).FindAllString(text, -1) },
		"commands": func(text string) []string {
			return regexp.MustCompile("(?s)```(?:sh|ini)\n.*?```").FindAllString(text, -1)
		},
		"figures": figures,
	} {
		if diff := cmp.Diff(parts(english), parts(spanish)); diff != "" {
			t.Errorf("%s differ (-English +Spanish):\n%s", what, diff)
		}
	}
}

// figures are the numbers in each row of a text's tables, sorted, without what separates thousands and decimals.
func figures(text string) []string {
	var rows []string
	for _, row := range regexp.MustCompile(`(?m)^\|.*$`).FindAllString(text, -1) {
		found := regexp.MustCompile(`\d+(?:[.,]\d+)*`).FindAllString(row, -1)
		slices.Sort(found)
		rows = append(rows, strings.NewReplacer(".", "", ",", "").Replace(strings.Join(found, " ")))
	}
	return rows
}

// The table of the deadline in SIZING.md is what the simulator says.
func TestTheSizingPageIsWhatTheSimulatorSays(t *testing.T) {
	t.Parallel()
	text := read(t, "SIZING.md")
	policy := smallPolicy(t)
	for _, profile := range sim.Profiles() {
		if profile.Name != "deadline" {
			continue
		}
		for _, band := range sim.Bands() {
			var p95 []any
			for _, value := range []float64{band.Low, band.High} {
				assume := sim.Measured()
				band.Set(&assume, value)
				p95 = append(p95, value, sim.Percentile(sim.Play(profile, policy, assume, 1).Workers.Times, 0.95))
			}
			row := fmt.Sprintf("| %s | %g | %.0f | %g | %.0f |", append([]any{band.Name}, p95...)...)
			if !strings.Contains(text, row) {
				t.Errorf("SIZING.md lacks the row\n%s", row)
			}
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func smallPolicy(t *testing.T) sim.Policy {
	t.Helper()
	s := small(t)
	policy, err := sim.Read(s, true)
	if err != nil {
		t.Fatal(err)
	}
	return policy
}
