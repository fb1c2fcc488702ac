package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var templateRules = []Rule{
	{"sections-known", "CloudFormation refuses a section that it does not know, and so do we one that nothing here reads.", sectionsKnown},
	{"parameter-sound", "A parameter's default, and what a size or a stack above gives it, must be what it takes.", parameterSound},
	{"condition-sound", "A condition that nothing asks for, or that never holds, hides what it was for.", conditionSound},
	{"lifecycle-known", "What happens to a resource when it goes or changes is decided by words that must be spelt right.", lifecycleKnown},
}

// CloudFormation's limits for one template. What is not packaged into a bucket must be small.
const (
	mostParameters = 200
	mostResources  = 500
	mostOutputs    = 200
	mostBytes      = 1_000_000
	mostUnpackaged = 51_200
)

// sections are those that our templates use. Render knows no other, so a new one needs it first.
var sections = []string{"AWSTemplateFormatVersion", "Description", "Parameters", "Conditions", "Rules", "Resources", "Outputs"}

var logicalName = regexp.MustCompile(`^[A-Za-z0-9]{1,255}$`)

func sectionsKnown(d *Deployment, report reporter) {
	for name, t := range d.Set {
		for _, section := range cfn.Keys(t.Root) {
			if !slices.Contains(sections, section) {
				report(name, "has a section %s", section)
			}
		}
		if t.Root["AWSTemplateFormatVersion"] != "2010-09-09" {
			report(name, "is of version %v", t.Root["AWSTemplateFormatVersion"])
		}
		if text := cfn.Text(t.Root, "Description"); text == "" || len(text) > 1024 {
			report(name, "is described by %d bytes", len(text))
		}
		if len(t.Parameters) > mostParameters || len(t.Resources) > mostResources || len(t.Outputs) > mostOutputs {
			report(name, "has too many parameters, resources or outputs")
		}
		if most := map[bool]int{true: mostUnpackaged, false: mostBytes}[name == bootstrap || name == master]; len(t.Text) > most {
			report(name, "has %d bytes, more than %d", len(t.Text), most)
		}
		for _, named := range []cfn.Map{t.Parameters, t.Conditions, t.Resources, t.Outputs} {
			for _, key := range cfn.Keys(named) {
				if !logicalName.MatchString(key) {
					report(name+" "+key, "is no name that CloudFormation takes")
				}
			}
		}
		outputsSound(t, report)
	}
}

func outputsSound(t *cfn.Template, report reporter) {
	for _, key := range cfn.Keys(t.Outputs) {
		where, output := t.Name+" "+key, cfn.Sub(t.Outputs, key)
		for _, word := range cfn.Keys(output) {
			if !slices.Contains([]string{"Value", "Description", "Condition", "Export"}, word) {
				report(where, "an output has no %s", word)
			}
		}
		switch value := output["Value"].(type) {
		case nil:
			report(where, "has no value")
		case []any:
			report(where, "a list is no value, join it")
		case cfn.Map:
			if len(value) != 1 {
				report(where, "a mapping is no value")
			}
		}
	}
}

var parameterWords = []string{
	"Type", "Default", "AllowedPattern", "AllowedValues", "MinValue", "MaxValue", "MinLength", "MaxLength", "Description", "ConstraintDescription", "NoEcho",
}

var parameterType = regexp.MustCompile(`^(String|Number|CommaDelimitedList|List<(Number|String|AWS::EC2::\w+::Id)>|AWS::EC2::\w+::(Id|Name|KeyName|GroupName)|AWS::Route53::HostedZone::Id|AWS::SSM::Parameter::(Name|Value<[\w:<>]+>))$`)

func parameterSound(d *Deployment, report reporter) {
	for name, t := range d.Set {
		for _, key := range cfn.Keys(t.Parameters) {
			declared, where := cfn.Sub(t.Parameters, key), name+" "+key
			for _, word := range cfn.Keys(declared) {
				if !slices.Contains(parameterWords, word) {
					report(where, "a parameter has no %s", word)
				}
			}
			if kind := cfn.Text(declared, "Type"); !parameterType.MatchString(kind) {
				report(where, "there is no parameter of type %q", kind)
			}
			if value, there := declared["Default"]; there {
				takes(declared, value, func(format string, args ...any) { report(where, "by default "+format, args...) })
			}
		}
	}
	seen := map[*cfn.Stack]bool{}
	for _, p := range d.place {
		if seen[p.stack] {
			continue
		}
		seen[p.stack] = true
		for _, key := range cfn.Keys(p.stack.Parameter) {
			takes(cfn.Sub(p.stack.Template.Parameters, key), p.stack.Parameter[key], func(format string, args ...any) {
				report(p.Template+" "+key, "in "+p.Size+" "+format, args...)
			})
		}
	}
}

// takes tells whether a parameter takes a value.
func takes(declared cfn.Map, value any, report func(format string, args ...any)) {
	if _, list := value.([]any); list {
		return // its members are checked where they are used
	}
	text := fmt.Sprint(value)
	if allowed := cfn.List(declared, "AllowedValues"); len(allowed) > 0 && !slices.ContainsFunc(allowed, func(v any) bool { return fmt.Sprint(v) == text }) {
		report("%q is none of %v", text, allowed)
	}
	if pattern := cfn.Text(declared, "AllowedPattern"); pattern != "" {
		if expression, err := regexp.Compile("^(?:" + pattern + ")$"); err != nil || !expression.MatchString(text) {
			report("%q does not match %s (%v)", text, pattern, err)
		}
	}
	if cfn.Text(declared, "Type") != "Number" {
		return
	}
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		report("%q is no number", text)
		return
	}
	for word, wrong := range map[string]func(limit float64) bool{
		"MinValue": func(limit float64) bool { return n < limit },
		"MaxValue": func(limit float64) bool { return n > limit },
	} {
		limit, err := strconv.ParseFloat(cfn.Text(declared, word), 64)
		if err == nil && wrong(limit) {
			report("%s is beyond the %s %v", text, word, limit)
		}
	}
}

func conditionSound(d *Deployment, report reporter) {
	for name, t := range d.Set {
		asked := map[string]bool{}
		cfn.Walk(t.Root, func(v any) {
			m, ok := v.(cfn.Map)
			if !ok {
				return
			}
			asked[cfn.Text(m, "Condition")] = true
			if branches := cfn.List(m, "Fn::If"); len(branches) == 3 {
				asked[fmt.Sprint(branches[0])] = true
			}
		})
		for _, key := range cfn.Keys(t.Conditions) {
			if !asked[key] {
				report(name+" "+key, "is asked for by nothing")
			}
			cfn.Walk(t.Conditions[key], func(v any) {
				if pair := cfn.List(v, "Fn::Equals"); len(pair) == 2 {
					neverEqual(t, pair, func(format string, args ...any) { report(name+" "+key, format, args...) })
				}
			})
		}
	}
}

// neverEqual reports a comparison of a parameter with something that it never is.
func neverEqual(t *cfn.Template, pair []any, report func(format string, args ...any)) {
	for i, side := range pair {
		allowed := cfn.List(t.Parameters, cfn.Text(side, "Ref"), "AllowedValues")
		other, scalar := pair[1-i].(string)
		if len(allowed) > 0 && scalar && !slices.Contains(allowed, any(other)) {
			report("%s is never %q", cfn.Text(side, "Ref"), other)
		}
	}
}

var (
	deletionWords = []string{"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"}
	// snapshotted are the types of which CloudFormation can keep a snapshot.
	snapshotted = []string{"AWS::RDS::DBInstance", "AWS::RDS::DBCluster", "AWS::EC2::Volume"}
	// processes are what an update may suspend in a scaling group.
	processes = []string{
		"Launch", "Terminate", "AddToLoadBalancer", "AlarmNotification", "AZRebalance", "HealthCheck", "InstanceRefresh", "ReplaceUnhealthy", "ScheduledActions",
	}
	rollingWords = []string{
		"MaxBatchSize", "MinActiveInstancesPercent", "MinInstancesInService", "MinSuccessfulInstancesPercent", "PauseTime", "SuspendProcesses", "WaitOnResourceSignals",
	}
	updateWords = []string{"AutoScalingRollingUpdate", "AutoScalingReplacingUpdate", "AutoScalingScheduledAction"}
)

func lifecycleKnown(d *Deployment, report reporter) {
	for _, p := range d.place {
		deleted, replaced := cfn.Text(p.Attributes, "DeletionPolicy"), cfn.Text(p.Attributes, "UpdateReplacePolicy")
		if deleted != replaced {
			report(p.where(), "is treated as %q when it goes and as %q when it is replaced", deleted, replaced)
		}
		if deleted != "" && !slices.Contains(deletionWords, deleted) {
			report(p.where(), "DeletionPolicy is none of %v", deletionWords)
		}
		if deleted == "Snapshot" && !slices.Contains(snapshotted, p.Type) {
			report(p.where(), "there is no snapshot of a %s", p.Type)
		}
		words(cfn.Sub(p.Attributes, "CreationPolicy"), []string{"ResourceSignal"}, p, report)
		words(cfn.Sub(p.Attributes, "CreationPolicy", "ResourceSignal"), []string{"Count", "Timeout"}, p, report)
		words(cfn.Sub(p.Attributes, "UpdatePolicy"), updateWords, p, report)
		rolling := cfn.Sub(p.Attributes, "UpdatePolicy", "AutoScalingRollingUpdate")
		words(rolling, rollingWords, p, report)
		for _, process := range cfn.List(rolling, "SuspendProcesses") {
			if !slices.Contains(processes, fmt.Sprint(process)) {
				report(p.where(), "%v is nothing that a group does", process)
			}
		}
		within(cfn.Text(p.Attributes, "CreationPolicy", "ResourceSignal", "Timeout"), 12*60, p, report)
		within(cfn.Text(rolling, "PauseTime"), 60, p, report)
	}
}

func words(given cfn.Map, known []string, p placed, report reporter) {
	for _, key := range cfn.Keys(given) {
		if !slices.Contains(known, key) {
			report(p.where(), "%s is none of %v", key, known)
		}
	}
}

var minutesOnly = regexp.MustCompile(`^PT(\d+)M$`)

// within holds a time to the form PT15M, the only one we write, and to a limit in minutes.
func within(text string, most int, p placed, report reporter) {
	if text == "" {
		return
	}
	found := minutesOnly.FindStringSubmatch(text)
	if found == nil {
		report(p.where(), "%q is no time such as PT15M", text)
		return
	}
	if minutes := number(strings.TrimSpace(found[1])); minutes < 1 || minutes > most {
		report(p.where(), "%s is not within %d minutes", text, most)
	}
}
