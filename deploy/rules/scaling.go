package rules

import (
	"fmt"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var scalingRules = []Rule{
	{"fleet-bounds", "The organiser's constraint: three hosts of a kind at most.", fleetBounds},
	{"backlog-per-worker", "The raw depth of a queue does not fall when a worker is added; AWS itself lists it among what does not work.", backlogPerWorker},
	{"web-follows-users", "Requests per target follow the users and CPU follows what they do; either alone is blind.", webFollowsUsers},
	{"warm-up", "A new host's first minutes must not count, or scaling overshoots and swings.", warmUp},
	{"rolling-update", "A release replaces hosts one by one, waits for each to say that it works, and turns round when one does not.", rollingUpdate},
	{"jobs-survive-scale-in", "A lifecycle hook from the first instance on, longer than systemd's patience, longer than a job.", jobsSurvive},
	{"no-replacement-loop", "While the database is away no host is ready: replacing them all would mend nothing.", noReplacementLoop},
	{"ready-before-traffic", "A host is asked only while it says that it is ready, and gets time to finish when it goes.", readyBeforeTraffic},
}

func fleetBounds(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::AutoScaling::AutoScalingGroup") {
		lowest, highest := number(p.Properties["MinSize"]), number(p.Properties["MaxSize"])
		if highest > 3 || highest < lowest || lowest < 1 {
			report(p.where(), "from %d to %d hosts", lowest, highest)
		}
	}
	for name, t := range d.Set {
		for _, parameter := range []string{"MaxSize", "WebMax", "WorkerMax"} {
			if declared := cfn.Sub(t.Parameters, parameter); declared != nil && (declared["MaxValue"] == nil || number(declared["MaxValue"]) > 3) {
				report(name+" "+parameter, "may be more than three")
			}
		}
	}
}

// policies are the target-tracking configurations of a template.
func policies(d *Deployment, template string) []cfn.Map {
	var found []cfn.Map
	for _, p := range d.ofType("AWS::AutoScaling::ScalingPolicy") {
		if p.Template == template {
			found = append(found, cfn.Sub(p.Properties, "TargetTrackingConfiguration"))
		}
	}
	return found
}

func backlogPerWorker(d *Deployment, report reporter) {
	const where = "80-workers.yaml BacklogPolicy"
	found := policies(d, "80-workers.yaml")
	if len(found) == 0 {
		report(where, "workers follow nothing")
	}
	for _, p := range found {
		custom := cfn.Sub(p, "CustomizedMetricSpecification")
		metrics := metricIDs(cfn.List(custom, "Metrics"))
		expression := expressionOf(cfn.List(custom, "Metrics"))
		_, divisor, divided := strings.Cut(expression, "/")
		workers := metrics["GroupInServiceInstances"]
		switch {
		case cfn.Text(custom, "MetricName") != "" || !divided:
			report(where, "follows the raw depth of the queue")
		case workers == "" || !strings.Contains(divisor, workers):
			report(where, "does not divide by the workers in service")
		}
		for _, name := range []string{"ApproximateNumberOfMessagesVisible", "ApproximateNumberOfMessagesNotVisible"} {
			if id := metrics[name]; id == "" || !strings.Contains(expression, id) {
				report(where, "leaves out %s", name)
			}
		}
		if p["DisableScaleIn"] == true {
			report(where, "never scales in")
		}
	}
}

// metricIDs are the ids of a query's metrics by metric name.
func metricIDs(queries []any) map[string]string {
	ids := map[string]string{}
	for _, q := range queries {
		if name := cfn.Text(q, "MetricStat", "Metric", "MetricName"); name != "" {
			ids[name] = cfn.Text(q, "Id")
		}
	}
	return ids
}

func expressionOf(queries []any) string {
	for _, q := range queries {
		if expression := cfn.Text(q, "Expression"); expression != "" && cfn.At(q, "ReturnData") != false {
			return expression
		}
	}
	return ""
}

func webFollowsUsers(d *Deployment, report reporter) {
	kinds := map[string]bool{}
	for _, p := range policies(d, "70-web.yaml") {
		kinds[cfn.Text(p, "PredefinedMetricSpecification", "PredefinedMetricType")] = true
	}
	for _, kind := range []string{"ALBRequestCountPerTarget", "ASGAverageCPUUtilization"} {
		if !kinds[kind] {
			report("70-web.yaml", "no policy on %s", kind)
		}
	}
	for _, p := range d.ofType("AWS::EC2::LaunchTemplate") {
		if p.Template == "70-web.yaml" && cfn.At(p.Properties, "LaunchTemplateData", "Monitoring", "Enabled") != true {
			report(p.where(), "sends its CPU every five minutes only")
		}
	}
}

func warmUp(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::AutoScaling::AutoScalingGroup") {
		scaled := p.stack.Template.OfType("AWS::AutoScaling::ScalingPolicy")
		if seconds := number(p.Properties["DefaultInstanceWarmup"]); len(scaled) > 0 && (seconds < 60 || seconds > 600) {
			report(p.where(), "warms up for %d s", seconds)
		}
	}
}

func rollingUpdate(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::AutoScaling::AutoScalingGroup") {
		update := cfn.Sub(p.Attributes, "UpdatePolicy", "AutoScalingRollingUpdate")
		if update == nil {
			report(p.where(), "a release replaces no host")
			continue
		}
		if update["WaitOnResourceSignals"] != true {
			report(p.where(), "does not wait for a new host to work")
		}
		kept := number(update["MinInstancesInService"])
		if kept < 1 || kept >= number(p.Properties["MaxSize"]) {
			report(p.where(), "keeps %d of at most %v in service", kept, p.Properties["MaxSize"])
		}
		if !strings.Contains(fmt.Sprint(update["SuspendProcesses"]), "AlarmNotification") {
			report(p.where(), "scales in the middle of an update")
		}
	}
	for _, p := range d.ofType("AWS::EC2::Instance") {
		if strings.Contains(cfn.Text(p.Properties, "LaunchTemplate", "Version"), "$") {
			report(p.where(), "a release does not replace the migrator")
		}
	}
}

func jobsSurvive(d *Deployment, report reporter) {
	patience := number(parseUnit(d.file("hosts/units/showcase-transcode.service"))["TimeoutStopSec"])
	if patience < 300 {
		report("hosts/units/showcase-transcode.service", "kills a job after %d s; one may take 300", patience)
	}
	if mode := parseUnit(d.file("hosts/units/showcase-transcode.service"))["KillMode"]; mode != "mixed" {
		report("hosts/units/showcase-transcode.service", "KillMode %q tells ffmpeg to stop", mode)
	}
	for _, p := range d.ofType("AWS::AutoScaling::AutoScalingGroup") {
		if p.Template != "80-workers.yaml" {
			continue
		}
		held := false
		for _, hook := range cfn.List(p.Properties, "LifecycleHookSpecificationList") {
			held = held || cfn.Text(hook, "LifecycleTransition") == "autoscaling:EC2_INSTANCE_TERMINATING" &&
				number(cfn.At(hook, "HeartbeatTimeout")) > patience
		}
		if !held {
			report(p.where(), "no terminating hook that is longer than %d s", patience)
		}
	}
	for _, p := range d.ofType("AWS::AutoScaling::LifecycleHook") {
		report(p.where(), "a hook of its own comes after the first instance; it belongs into the group")
	}
}

func noReplacementLoop(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::AutoScaling::AutoScalingGroup") {
		if cfn.Text(p.Properties, "HealthCheckType") != "EC2" {
			report(p.where(), "replaces hosts that are merely not ready")
		}
	}
}

func readyBeforeTraffic(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::ElasticLoadBalancingV2::TargetGroup") {
		if path := cfn.Text(p.Properties, "HealthCheckPath"); path != "/readyz" {
			report(p.where(), "asks %s", path)
		}
		if window := number(p.Properties["HealthCheckIntervalSeconds"]) * number(p.Properties["UnhealthyThresholdCount"]); window > 30 {
			report(p.where(), "notices a dead host after %d s", window)
		}
		if !hasAttribute(p.Properties, "TargetGroupAttributes", "deregistration_delay.timeout_seconds", "30") {
			report(p.where(), "gives running requests no 30 s")
		}
	}
}
