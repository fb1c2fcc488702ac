package sim

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

// Policy is what the templates decide.
type Policy struct {
	Workers WorkerPolicy
	Web     WebPolicy
}

// WorkerPolicy is how workers scale and how they go.
type WorkerPolicy struct {
	Min, Max  int
	Target    float64
	PerWorker bool    // the metric is divided by the workers in service
	Running   bool    // the metric counts running jobs too
	Warmup    float64 // seconds in which a new worker keeps the group from shrinking
	Protected bool    // a busy worker is not chosen when the group shrinks
	Hook      float64 // seconds that a leaving worker may finish in; 0 is none
	Built     bool    // the host is built at boot
	Unlimited bool    // without credits it is charged; otherwise it is slow

	Visibility  float64 // seconds until the job of a dead worker is seen again, at most
	MaxReceives int
}

// WebPolicy is how web hosts scale.
type WebPolicy struct {
	Min, Max          int
	RequestsPerTarget float64 // a minute; 0 is no policy
	CPU               float64 // percent; 0 is no policy
	Warmup            float64 // seconds
	Detect            float64 // seconds until a dead host is no longer asked
	Unlimited         bool
}

// Read takes the policy from a rendered deployment: the stacks Workers, Messaging, Web and Edge, or the stack itself where
// everything is in one, as in the reference. drains tells whether the application protects itself while it works, which a
// template can only permit.
func Read(s *cfn.Stack, drains bool) (Policy, error) {
	r := reader{}
	p := Policy{Workers: r.workers(part(s, "Workers"), part(s, "Messaging"), drains), Web: r.web(part(s, "Web"), part(s, "Edge"))}
	if r.err != nil {
		return Policy{}, fmt.Errorf("read policy of %s: %w", s.Name, r.err)
	}
	return p, nil
}

func part(s *cfn.Stack, name string) *cfn.Stack {
	if child := s.Child(name); child != nil {
		return child
	}
	return s
}

// reader keeps the first error.
type reader struct{ err error }

func (r *reader) number(v any, what string) float64 {
	n, err := strconv.ParseFloat(fmt.Sprint(v), 64)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%s: %v is no number", what, v)
	}
	return n
}

// optional is 0 where there is nothing.
func (r *reader) optional(v any, what string) float64 {
	if v == nil {
		return 0
	}
	return r.number(v, what)
}

// resource is the first of the names that the stack has.
func (r *reader) resource(s *cfn.Stack, names ...string) cfn.Map {
	for _, name := range names {
		if found, ok := s.Resources[name]; ok {
			return found.Properties
		}
	}
	if r.err == nil {
		r.err = fmt.Errorf("no resource %v in %s", names, s.Template.Name)
	}
	return nil
}

func (r *reader) workers(workers, messaging *cfn.Stack, drains bool) WorkerPolicy {
	group := r.resource(workers, "WorkerGroup", "Group")
	tracking := cfn.Sub(r.resource(workers, "BacklogPolicy"), "TargetTrackingConfiguration")
	data := cfn.Sub(r.resource(workers, "WorkerTemplate", "Template"), "LaunchTemplateData")
	queue := r.resource(messaging, "TranscodeQueue")
	p := WorkerPolicy{
		Min: int(r.number(group["MinSize"], "MinSize")), Max: int(r.number(group["MaxSize"], "MaxSize")),
		Target:      r.number(tracking["TargetValue"], "TargetValue"),
		Warmup:      r.optional(group["DefaultInstanceWarmup"], "DefaultInstanceWarmup"),
		Built:       strings.Contains(cfn.Text(data, "UserData"), "docker build"),
		Unlimited:   cfn.Text(data, "CreditSpecification", "CpuCredits") != "standard",
		Visibility:  r.number(queue["VisibilityTimeout"], "VisibilityTimeout"),
		MaxReceives: int(r.number(cfn.At(queue, "RedrivePolicy", "maxReceiveCount"), "maxReceiveCount")),
	}
	for _, m := range cfn.List(tracking, "CustomizedMetricSpecification", "Metrics") {
		expression := cfn.Text(m, "Expression")
		p.PerWorker = p.PerWorker || strings.Contains(expression, "/")
		p.Running = p.Running || cfn.Text(m, "MetricStat", "Metric", "MetricName") == "ApproximateNumberOfMessagesNotVisible"
	}
	for _, hook := range cfn.List(group, "LifecycleHookSpecificationList") {
		if drains && cfn.Text(hook, "LifecycleTransition") == "autoscaling:EC2_INSTANCE_TERMINATING" {
			p.Hook = r.number(cfn.At(hook, "HeartbeatTimeout"), "HeartbeatTimeout")
			p.Protected = true
		}
	}
	return p
}

func (r *reader) web(web, edge *cfn.Stack) WebPolicy {
	group := r.resource(web, "WebGroup", "Group")
	targets := r.resource(edge, "Targets")
	data := cfn.Sub(r.resource(web, "WebTemplate", "Template"), "LaunchTemplateData")
	p := WebPolicy{
		Min: int(r.number(group["MinSize"], "MinSize")), Max: int(r.number(group["MaxSize"], "MaxSize")),
		Warmup: r.optional(group["DefaultInstanceWarmup"], "DefaultInstanceWarmup"),
		Detect: r.number(targets["HealthCheckIntervalSeconds"], "HealthCheckIntervalSeconds") *
			r.number(targets["UnhealthyThresholdCount"], "UnhealthyThresholdCount"),
		Unlimited: cfn.Text(data, "CreditSpecification", "CpuCredits") != "standard",
	}
	for _, name := range []string{"RequestsPolicy", "CpuPolicy"} {
		tracking := cfn.Sub(web.Resources[name].Properties, "TargetTrackingConfiguration")
		switch cfn.Text(tracking, "PredefinedMetricSpecification", "PredefinedMetricType") {
		case "ALBRequestCountPerTarget":
			p.RequestsPerTarget = r.number(tracking["TargetValue"], "TargetValue")
		case "ASGAverageCPUUtilization":
			p.CPU = r.number(tracking["TargetValue"], "TargetValue")
		}
	}
	return p
}
