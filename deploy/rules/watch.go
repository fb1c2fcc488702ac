package rules

import (
	"encoding/json"
	"fmt"
	"maps"
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

// Metrics are the sets of dimensions, sorted, by which anything asks for a metric, by "namespace name".
func (d *Deployment) Metrics() map[string][][]string {
	used := map[string][][]string{}
	for _, p := range d.place {
		for _, m := range p.metrics() {
			used[m.namespace+" "+m.name] = append(used[m.namespace+" "+m.name], slices.Sorted(maps.Keys(m.dimensions)))
		}
	}
	return used
}

// sent is a metric that the application says it sends, and under which dimensions.
type sent struct {
	Name       string
	Dimensions []string
}

func (d *Deployment) listed() (list []sent) {
	// A file that cannot be read lists nothing, and then every use of it is a finding.
	_ = json.Unmarshal([]byte(d.file("metrics.json")), &list)
	return list
}

func metricRead(d *Deployment, report reporter) {
	used := d.Metrics()
	for _, m := range d.listed() {
		if used["Showcase "+m.Name] == nil {
			report("metrics.json", "%s is on no dashboard and in no alarm", m.Name)
		}
	}
}

func metricEnabled(d *Deployment, report reporter) {
	there := d.sent()
	for _, p := range d.place {
		for _, m := range p.metrics() {
			if !there(p.Size, m) {
				report(p.where(), "%s %s by %v is sent by nobody", m.namespace, m.name, slices.Sorted(maps.Keys(m.dimensions)))
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
			taken := strings.Contains(agent, `"`+m.name+`"`) || strings.Contains(agent, `"`+strings.TrimPrefix(m.name, "disk_")+`"`)
			by, err := json.Marshal(slices.Sorted(maps.Keys(m.dimensions)))
			return taken && err == nil && strings.Contains(agent, `"aggregation_dimensions": [`+string(by)+`]`)
		case "Showcase":
			return slices.ContainsFunc(ours, func(s sent) bool {
				return s.Name == m.name && slices.Equal(s.Dimensions, slices.Sorted(maps.Keys(m.dimensions)))
			})
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
	var drawn any
	if json.Unmarshal([]byte(body), &drawn) != nil {
		return nil // the rule dashboards tells it
	}
	var found []metric
	cfn.Walk(drawn, func(v any) {
		list, _ := v.([]any)
		var words []string
		for _, word := range list {
			if text, ok := word.(string); ok {
				words = append(words, text)
			}
		}
		if len(words) < 2 || !slices.Contains([]string{"Showcase", "CWAgent"}, words[0]) && !strings.HasPrefix(words[0], "AWS/") {
			return
		}
		one := metric{words[0], words[1], map[string]string{}}
		for pair := range slices.Chunk(words[2:], 2) {
			one.dimensions[pair[0]] = pair[len(pair)-1]
		}
		found = append(found, one)
	})
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
