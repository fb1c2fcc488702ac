package rules

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var watchRules = []Rule{
	{"alarm-acts", "An alarm without an action is a lamp in an empty room.", alarmActs},
	{"alarm-says-silence", "No data is either fine or the worst of all; the alarm must say which.", alarmSaysSilence},
	{"first-dead-letter", "The first dead letter is a video that nobody will see.", firstDeadLetter},
	{"areas-alarmed", "What stops the contest has an alarm.", areasAlarmed},
	{"metric-enabled", "An alarm on a metric that nobody sends never rings.", metricEnabled},
	{"metric-read", "A metric that nobody looks at is paid for every hour.", metricRead},
	{"dashboards", "A dashboard per area, that can be parsed.", dashboards},
	{"budget", "A mistake in the cloud is paid by the hour.", budget},
}

func alarmActs(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::CloudWatch::Alarm") {
		if len(cfn.List(p.Properties, "AlarmActions")) == 0 || p.Properties["ActionsEnabled"] == false {
			report(p.where(), "tells nobody")
		}
		if cfn.Text(p.Properties, "AlarmDescription") == "" {
			report(p.where(), "does not say what is wrong")
		}
	}
	for _, p := range d.ofType("AWS::SNS::Topic") {
		if len(cfn.List(p.Properties, "Subscription")) == 0 {
			report(p.where(), "has no reader")
		}
	}
}

func alarmSaysSilence(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::CloudWatch::Alarm") {
		if cfn.Text(p.Properties, "TreatMissingData") == "" {
			report(p.where(), "does not say what missing data means")
		}
	}
}

func firstDeadLetter(d *Deployment, report reporter) {
	watched := map[string]bool{}
	for _, p := range d.ofType("AWS::CloudWatch::Alarm") {
		first := cfn.Text(p.Properties, "ComparisonOperator") == "GreaterThanThreshold" && number(p.Properties["Threshold"]) == 0 ||
			cfn.Text(p.Properties, "ComparisonOperator") == "GreaterThanOrEqualToThreshold" && number(p.Properties["Threshold"]) == 1
		if first && number(p.Properties["EvaluationPeriods"]) == 1 && cfn.Text(p.Properties, "Namespace") == "AWS/SQS" {
			for _, dimension := range cfn.List(p.Properties, "Dimensions") {
				watched[p.Size+cfn.Text(dimension, "Value")] = true
			}
		}
	}
	for _, p := range d.ofType("AWS::SQS::Queue") {
		if strings.HasSuffix(p.Name, "DeadLetters") && !watched[p.Size+cfn.Text(p.Properties, "QueueName")] {
			report(p.where(), "its first letter rings no alarm")
		}
	}
}

// wanted are the metrics that need an alarm.
var wanted = []string{
	"ApproximateAgeOfOldestMessage", "GroupInServiceInstances", "HTTPCode_Target_5XX_Count", "HTTPCode_ELB_5XX_Count",
	"TargetResponseTime", "UnHealthyHostCount", "ProjectionLagSeconds", "ProjectionStopped", "RelayLagSeconds",
	"AppendsRefused", "AppendSeconds", "PoolWaitSeconds", "VotesRefused", "RequestsThrottled", "ProcessedAfterSeconds", "JobsRescued",
	"ScratchFreeBytes", "EventsUnsealed", "FreeStorageSpace", "DatabaseConnections", "CPUUtilization", "CPUSurplusCreditsCharged", "mem_used_percent", "disk_used_percent",
}

func areasAlarmed(d *Deployment, report reporter) {
	alarmed := map[string]bool{}
	for _, p := range d.ofType("AWS::CloudWatch::Alarm") {
		for _, m := range metricsOf(p.Properties) {
			alarmed[m.name] = true
		}
	}
	for _, name := range wanted {
		if !alarmed[name] {
			report("90-observability.yaml", "no alarm on %s", name)
		}
	}
}

type metric struct {
	namespace, name string
	dimensions      map[string]string
}

// metricsOf are the metrics that an alarm or a scaling policy asks for.
func metricsOf(v any) []metric {
	var found []metric
	cfn.Walk(v, func(v any) {
		m, ok := v.(cfn.Map)
		if !ok || cfn.Text(m, "MetricName") == "" {
			return
		}
		one := metric{cfn.Text(m, "Namespace"), cfn.Text(m, "MetricName"), map[string]string{}}
		for _, dimension := range cfn.List(m, "Dimensions") {
			one.dimensions[cfn.Text(dimension, "Name")] = cfn.Text(dimension, "Value")
		}
		found = append(found, one)
	})
	return found
}

// metrics are those that a resource asks for.
func (p placed) metrics() []metric {
	used := metricsOf(p.Properties)
	if p.Type == "AWS::CloudWatch::Dashboard" {
		used = append(used, charted(cfn.Text(p.Properties, "DashboardBody"))...)
	}
	return used
}

// Metrics are all metrics that anything asks for, as "namespace name", sorted.
func (d *Deployment) Metrics() []string {
	used := map[string]bool{}
	for _, p := range d.place {
		for _, m := range p.metrics() {
			used[m.namespace+" "+m.name] = true
		}
	}
	return slices.Sorted(maps.Keys(used))
}

// listed are the metrics that the application says it sends.
func (d *Deployment) listed() (names []string) {
	var list []struct{ Name string }
	// A file that cannot be read lists nothing, and then every use of it is a finding.
	_ = json.Unmarshal([]byte(d.file("metrics.json")), &list)
	for _, m := range list {
		names = append(names, m.Name)
	}
	return names
}

func metricRead(d *Deployment, report reporter) {
	used := d.Metrics()
	for _, name := range d.listed() {
		if !slices.Contains(used, "Showcase "+name) {
			report("metrics.json", "%s is on no dashboard and in no alarm", name)
		}
	}
}

func metricEnabled(d *Deployment, report reporter) {
	sent := d.sent()
	for _, p := range d.place {
		for _, m := range p.metrics() {
			if !sent(p.Size, m) {
				report(p.where(), "%s %s is sent by nobody", m.namespace, m.name)
			}
		}
	}
}

// sent tells which metrics there are: AWS's own, those of groups where their collection is on, those that the agent is
// set to take, and those that the application says it sends.
func (d *Deployment) sent() func(size string, m metric) bool {
	collected := map[string][]any{}
	for _, p := range d.ofType("AWS::AutoScaling::AutoScalingGroup") {
		for _, c := range cfn.List(p.Properties, "MetricsCollection") {
			collected[p.Size+groupName(p)] = cfn.List(c, "Metrics")
		}
	}
	agent := d.file("hosts/cloudwatch-agent.json")
	ours := d.listed()
	return func(size string, m metric) bool {
		switch m.namespace {
		case "AWS/AutoScaling":
			return slices.Contains(collected[size+m.dimensions["AutoScalingGroupName"]], any(m.name))
		case "CWAgent":
			return strings.Contains(agent, `"`+m.name+`"`) || strings.Contains(agent, `"`+strings.TrimPrefix(m.name, "disk_")+`"`)
		case "Showcase":
			return slices.Contains(ours, m.name)
		default:
			return strings.HasPrefix(m.namespace, "AWS/")
		}
	}
}

// groupName is the name under which a scaling group's metrics go.
func groupName(p placed) string {
	if name := cfn.Text(p.Properties, "AutoScalingGroupName"); name != "" {
		return name
	}
	return physicalName(p)
}

// charted are the metrics in a dashboard's body.
func charted(body string) []metric {
	var found []metric
	for _, match := range regexp.MustCompile(`\["([\w/]+)", "(\w+)", "(\w+)", "([^"]+)"`).FindAllStringSubmatch(body, -1) {
		found = append(found, metric{match[1], match[2], map[string]string{match[3]: match[4]}})
	}
	return found
}

func dashboards(d *Deployment, report reporter) {
	all := d.ofType("AWS::CloudWatch::Dashboard")
	if len(all) < 3*len(d.Sizes) {
		report("90-observability.yaml", "%d dashboards for visitors, jobs and data", len(all)/max(1, len(d.Sizes)))
	}
	for _, p := range all {
		var body struct{ Widgets []any }
		if err := json.Unmarshal([]byte(cfn.Text(p.Properties, "DashboardBody")), &body); err != nil || len(body.Widgets) == 0 {
			report(p.where(), "cannot be drawn: %v", err)
		}
	}
}

func budget(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::Budgets::Budget") {
		if strings.Contains(fmt.Sprint(p.Properties["NotificationsWithSubscribers"]), "SNS") {
			return
		}
	}
	report("90-observability.yaml", "nobody is told what it costs")
}
