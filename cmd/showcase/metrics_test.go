package main

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
)

// listed is a metric that the templates know.
type listed struct {
	Name, Unit string
	By         []string // roles
}

func listedMetrics(t *testing.T) (list []listed) {
	t.Helper()
	raw, err := os.ReadFile("../../deploy/metrics.json")
	if err == nil {
		err = json.Unmarshal(raw, &list)
	}
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// told is what processes said in their lines for CloudWatch: by role and metric the values, with their unit.
type told map[string]map[string]*figures

type figures struct {
	unit   string
	values []float64
}

// emfLine is a log line that CloudWatch takes for metrics.
type emfLine struct {
	Environment, Role string
	AWS               struct {
		Timestamp         int64
		CloudWatchMetrics []struct {
			Namespace  string
			Dimensions [][]string
			Metrics    []struct{ Name, Unit string }
		}
	} `json:"_aws"`
}

// read takes the lines of one process.
func (all told) read(t *testing.T, output string) {
	t.Helper()
	for line := range strings.Lines(output) {
		var one emfLine
		if json.Unmarshal([]byte(line), &one) != nil || one.AWS.Timestamp == 0 {
			continue
		}
		values := map[string]any{}
		if err := json.Unmarshal([]byte(line), &values); err != nil {
			t.Fatal(err)
		}
		about := one.AWS.CloudWatchMetrics[0]
		if one.Environment != "small" || about.Namespace != "Showcase" || len(about.Dimensions) != 1 || about.Dimensions[0][0] != "Environment" {
			t.Errorf("not where alarms look: %s", line)
		}
		of := all[one.Role]
		if of == nil {
			of = map[string]*figures{}
			all[one.Role] = of
		}
		for _, m := range about.Metrics {
			if of[m.Name] == nil {
				of[m.Name] = &figures{unit: m.Unit}
			}
			list, several := values[m.Name].([]any)
			if !several {
				list = []any{values[m.Name]}
			}
			for _, v := range list {
				of[m.Name].values = append(of[m.Name].values, v.(float64))
			}
		}
	}
}

// against holds what was told to what is listed: everything that is listed is told by each of its roles, and nothing else.
func (all told) against(list []listed) (problems []string) {
	for _, l := range list {
		for _, role := range l.By {
			switch got := all[role][l.Name]; {
			case got == nil:
				problems = append(problems, fmt.Sprintf("%s never told %s, which deploy/metrics.json lists", role, l.Name))
			case got.unit != l.Unit:
				problems = append(problems, fmt.Sprintf("%s tells %s in %s, listed in %s", role, l.Name, got.unit, l.Unit))
			}
		}
	}
	for role, of := range all {
		for name := range of {
			if !slices.ContainsFunc(list, func(l listed) bool { return l.Name == name && slices.Contains(l.By, role) }) {
				problems = append(problems, fmt.Sprintf("%s tells %s, which deploy/metrics.json does not list for it", role, name))
			}
		}
	}
	slices.Sort(problems)
	return problems
}

func (all told) sum(name string) (sum float64) {
	for _, of := range all {
		if of[name] == nil {
			continue
		}
		for _, v := range of[name].values {
			sum += v
		}
	}
	return sum
}

// last is the last value of a metric of one role.
func (all told) last(name string) float64 {
	for _, of := range all {
		if of[name] != nil {
			return of[name].values[len(of[name].values)-1]
		}
	}
	return 0
}

// What TestAsOnHosts asks finds a metric that is listed and never sent, one that is sent and not listed, and a wrong unit.
func TestMetricsAreHeldToTheList(t *testing.T) {
	t.Parallel()
	const line = `{"Environment":"small","role":"relay","RelayLagSeconds":1.5,"Sent":[1,2],"_aws":{"Timestamp":1,"CloudWatchMetrics":[{"Namespace":"Showcase",` +
		`"Dimensions":[["Environment"]],"Metrics":[{"Name":"RelayLagSeconds","Unit":"Seconds"},{"Name":"Sent","Unit":"Count"}]}]}}` + "\n"
	got := told{}
	got.read(t, "no line of ours\n"+line+line)
	lag, sent := listed{"RelayLagSeconds", "Seconds", []string{"relay"}}, listed{"Sent", "Count", []string{"relay"}}
	if problems := got.against([]listed{lag, sent}); len(problems) > 0 || got.sum("Sent") != 6 || got.last("RelayLagSeconds") != 1.5 {
		t.Errorf("%q, %g, %g", problems, got.sum("Sent"), got.last("RelayLagSeconds"))
	}
	for want, list := range map[string][]listed{
		"relay never told Rescued":                   {lag, sent, {"Rescued", "Count", []string{"relay"}}},
		"project never told Sent":                    {lag, {"Sent", "Count", []string{"relay", "project"}}},
		"relay tells Sent, which":                    {lag},
		"relay tells Sent in Count, listed in Bytes": {lag, {"Sent", "Bytes", []string{"relay"}}},
	} {
		if problems := got.against(list); len(problems) != 1 || !strings.Contains(problems[0], want) {
			t.Errorf("%q, want %q", problems, want)
		}
	}
}
