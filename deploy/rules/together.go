package rules

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var togetherRules = []Rule{
	{"values-together", "Each value is allowed, and the two together are not.", valuesTogether},
	{"metric-math", "An expression that names a metric that is not there, or that returns two series, is refused.", metricMath},
	{"tags-sound", "A key twice, or one of AWS's own, and the resource is not made.", tagsSound},
}

func valuesTogether(d *Deployment, report reporter) {
	kinds := map[string]func(cfn.Map, func(format string, args ...any)){
		"AWS::ElasticLoadBalancingV2::TargetGroup":  targetsTogether,
		"AWS::ElasticLoadBalancingV2::LoadBalancer": balancerTogether,
		"AWS::CloudWatch::Alarm":                    alarmTogether,
		"AWS::CloudFront::Distribution":             edgeTogether,
		"AWS::RDS::DBInstance":                      databaseTogether,
		"AWS::EC2::SecurityGroup":                   groupTogether,
		"AWS::EC2::SecurityGroupIngress":            func(p cfn.Map, wrong func(string, ...any)) { ruleTogether(p, "Source", wrong) },
		"AWS::EC2::SecurityGroupEgress":             func(p cfn.Map, wrong func(string, ...any)) { ruleTogether(p, "Destination", wrong) },
		"AWS::AutoScaling::AutoScalingGroup":        fleetTogether,
	}
	for _, p := range d.place {
		if check := kinds[p.Type]; check != nil {
			check(p.Properties, func(format string, args ...any) { report(p.where(), format, args...) })
		}
	}
	for _, size := range d.ofType("AWS::RDS::DBParameterGroup") {
		version := cfn.Text(size.stack.Parameter, "EngineVersion")
		if family := cfn.Text(size.Properties, "Family"); !strings.HasPrefix(version, strings.TrimPrefix(family, "postgres")+".") {
			report(size.where(), "is of %s, and the database of %s", family, version)
		}
	}
}

func targetsTogether(p cfn.Map, wrong func(format string, args ...any)) {
	if number(p["HealthCheckTimeoutSeconds"]) >= number(p["HealthCheckIntervalSeconds"]) {
		wrong("waits for an answer as long as until the next question")
	}
}

func balancerTogether(p cfn.Map, wrong func(format string, args ...any)) {
	if n := len(cfn.List(p, "Subnets")); n < 2 {
		wrong("stands in %d subnet(s)", n)
	}
}

// CloudWatch looks back a day, for periods of an hour or more a week.
func alarmTogether(p cfn.Map, wrong func(format string, args ...any)) {
	period, periods := number(p["Period"]), number(p["EvaluationPeriods"])
	if number(p["DatapointsToAlarm"]) > periods {
		wrong("%v of %d periods are wanted", p["DatapointsToAlarm"], periods)
	}
	if period > 0 && period < 3600 && period*periods > 86_400 {
		wrong("looks back for more than a day")
	}
	if (p["MetricName"] == nil) == (p["Metrics"] == nil) || p["MetricName"] != nil && (p["Statistic"] == nil) == (p["ExtendedStatistic"] == nil) {
		wrong("takes one metric with one statistic, or an expression")
	}
}

// methods are the three sets that CloudFront lets through.
var methods = []string{"GET HEAD", "GET HEAD OPTIONS", "DELETE GET HEAD OPTIONS PATCH POST PUT"}

func edgeTogether(p cfn.Map, wrong func(format string, args ...any)) {
	origins, paths := map[string]bool{}, map[string]bool{}
	for _, origin := range cfn.List(p, "DistributionConfig", "Origins") {
		origins[cfn.Text(origin, "Id")] = true
	}
	behaviors := append(cfn.List(p, "DistributionConfig", "CacheBehaviors"), cfn.At(p, "DistributionConfig", "DefaultCacheBehavior"))
	for _, behavior := range behaviors {
		path := cfn.Text(behavior, "PathPattern")
		if target := cfn.Text(behavior, "TargetOriginId"); !origins[target] {
			wrong("%s goes to %q, which is no origin", path, target)
		}
		if paths[path] {
			wrong("%q stands twice", path)
		}
		paths[path] = true
		var through []string
		for _, method := range cfn.List(behavior, "AllowedMethods") {
			through = append(through, fmt.Sprint(method))
		}
		slices.Sort(through)
		if len(through) > 0 && !slices.Contains(methods, strings.Join(through, " ")) {
			wrong("%s lets %v through, which is none of CloudFront's sets", path, through)
		}
	}
}

func databaseTogether(p cfn.Map, wrong func(format string, args ...any)) {
	// RDS wants room for a tenth more at least.
	if most, first := number(p["MaxAllocatedStorage"]), number(p["AllocatedStorage"]); most*10 < first*11 {
		wrong("grows from %d to %d GiB", first, most)
	}
	if p["ManageMasterUserPassword"] == true && p["MasterUserPassword"] != nil {
		wrong("has a master's password beside RDS's own")
	}
}

func fleetTogether(p cfn.Map, wrong func(format string, args ...any)) {
	for _, other := range []string{"LaunchConfigurationName", "MixedInstancesPolicy", "InstanceId"} {
		if p["LaunchTemplate"] != nil && p[other] != nil {
			wrong("is made from a launch template and from %s", other)
		}
	}
}

func groupTogether(p cfn.Map, wrong func(format string, args ...any)) {
	for direction, peer := range map[string]string{"SecurityGroupIngress": "Source", "SecurityGroupEgress": "Destination"} {
		for _, r := range cfn.List(p, direction) {
			rule, _ := r.(cfn.Map)
			ruleTogether(rule, peer, wrong)
		}
	}
}

func ruleTogether(rule cfn.Map, peer string, wrong func(format string, args ...any)) {
	if number(rule["FromPort"]) > number(rule["ToPort"]) {
		wrong("ports from %v to %v", rule["FromPort"], rule["ToPort"])
	}
	peers := 0
	for _, key := range []string{"CidrIp", "CidrIpv6", peer + "SecurityGroupId", peer + "PrefixListId", peer + "SecurityGroupName"} {
		if rule[key] != nil {
			peers++
		}
	}
	if peers != 1 {
		wrong("%s: a rule is for one peer, not for %d", cfn.Text(rule, "Description"), peers)
	}
}

// operand is a name in an expression that is no function and no number.
var operand = regexp.MustCompile(`\b[a-z][A-Za-z0-9_]*\b`)

func metricMath(d *Deployment, report reporter) {
	for _, p := range d.place {
		queries := cfn.List(p.Properties, "Metrics")
		if p.Type == "AWS::AutoScaling::ScalingPolicy" {
			queries = cfn.List(p.Properties, "TargetTrackingConfiguration", "CustomizedMetricSpecification", "Metrics")
		} else if p.Type != "AWS::CloudWatch::Alarm" {
			continue
		}
		ids, returned := map[string]bool{}, 0
		for _, q := range queries {
			if id := cfn.Text(q, "Id"); ids[id] {
				report(p.where(), "%s stands twice", id)
			} else {
				ids[id] = true
			}
			if cfn.At(q, "ReturnData") == true {
				returned++
			}
			if (cfn.At(q, "Expression") == nil) == (cfn.At(q, "MetricStat") == nil) {
				report(p.where(), "%s is either a metric or an expression", cfn.Text(q, "Id"))
			}
		}
		if len(queries) > 0 && returned != 1 {
			report(p.where(), "returns %d series", returned)
		}
		for _, q := range queries {
			for _, name := range operand.FindAllString(cfn.Text(q, "Expression"), -1) {
				if !ids[name] {
					report(p.where(), "there is no %s to compute with", name)
				}
			}
		}
	}
}

const mostTags = 50

func tagsSound(d *Deployment, report reporter) {
	for _, p := range d.place {
		cfn.Walk(p.Properties, func(v any) {
			tags := cfn.List(v, "Tags")
			seen := map[string]bool{}
			for _, tag := range tags {
				key, value := cfn.Text(tag, "Key"), cfn.Text(tag, "Value")
				if seen[key] || key == "" || strings.HasPrefix(strings.ToLower(key), "aws:") || len(key) > 128 || len(value) > 256 {
					report(p.where(), "has the tag %.40q that AWS refuses", key)
				}
				seen[key] = true
			}
			if len(tags) > mostTags {
				report(p.where(), "has %d tags", len(tags))
			}
		})
	}
}
