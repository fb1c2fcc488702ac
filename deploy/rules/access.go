package rules

import (
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var accessRules = []Rule{
	{"no-wildcard-action", "A wildcard grows with every service that AWS adds.", noWildcardAction},
	{"no-wildcard-resource", "Only actions that know no resource may be allowed on all.", noWildcardResource},
	{"no-managed-policy", "Managed policies allow what AWS thinks of, not what we use.", noManagedPolicy},
	{"one-role-per-service", "A hole in one service must not open what another may do.", oneRolePerService},
	{"release-read-only", "A host that may write releases can install itself anywhere.", releaseReadOnly},
}

// statement is one Allow of a role.
type statement struct {
	placed
	body cfn.Map
}

func allowed(d *Deployment) []statement {
	var found []statement
	for _, p := range d.place {
		if p.Type != "AWS::IAM::Role" && p.Type != "AWS::IAM::RolePolicy" && p.Type != "AWS::IAM::ManagedPolicy" {
			continue
		}
		for _, policy := range append(cfn.List(p.Properties, "Policies"), p.Properties) {
			for _, s := range cfn.List(policy, "PolicyDocument", "Statement") {
				if body, ok := s.(cfn.Map); ok && cfn.Text(body, "Effect") == "Allow" {
					found = append(found, statement{p, body})
				}
			}
		}
	}
	return found
}

func noWildcardAction(d *Deployment, report reporter) {
	for _, s := range allowed(d) {
		for _, action := range cfn.List(s.body, "Action") {
			if strings.Contains(action.(string), "*") {
				report(s.where(), "%s allows %s", cfn.Text(s.body, "Sid"), action)
			}
		}
		if s.body["NotAction"] != nil || s.body["NotResource"] != nil {
			report(s.where(), "%s allows all but something", cfn.Text(s.body, "Sid"))
		}
	}
}

// unscoped are actions for which AWS knows no resource, or none that exists before the call.
var unscoped = []string{
	"ssm:UpdateInstanceInformation", "ssmmessages:", "cloudwatch:PutMetricData", "cloudwatch:DescribeAlarms",
	"ec2:Describe", "autoscaling:Describe", "secretsmanager:GetRandomPassword", "logs:DescribeIndexPolicies", "logs:DescribeLogGroups",
	"cloudformation:ValidateTemplate", "sts:GetCallerIdentity",
	"cloudfront:CreateDistribution", "cloudfront:CreateFunction", "cloudfront:CreateOriginAccessControl", "cloudfront:CreateResponseHeadersPolicy",
}

func noWildcardResource(d *Deployment, report reporter) {
	for _, s := range allowed(d) {
		_, limited := s.body["Condition"]
		for _, resource := range cfn.List(s.body, "Resource") {
			if resource != "*" || s.Template == bootstrap && limited {
				continue
			}
			for _, action := range cfn.List(s.body, "Action") {
				if !knowsNoResource(action.(string)) {
					report(s.where(), "%s allows %s on everything", cfn.Text(s.body, "Sid"), action)
				}
			}
		}
	}
}

func knowsNoResource(action string) bool {
	for _, prefix := range unscoped {
		if strings.HasPrefix(action, prefix) {
			return true
		}
	}
	return false
}

func noManagedPolicy(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::IAM::Role") {
		if len(cfn.List(p.Properties, "ManagedPolicyArns")) > 0 {
			report(p.where(), "takes a managed policy")
		}
	}
}

func oneRolePerService(d *Deployment, report reporter) {
	users := map[string]string{} // by size and role
	for _, p := range d.ofType("AWS::EC2::LaunchTemplate") {
		profile := cfn.Text(p.Properties, "LaunchTemplateData", "IamInstanceProfile", "Arn")
		if profile == "" {
			profile = cfn.Text(p.Properties, "LaunchTemplateData", "IamInstanceProfile", "Name")
		}
		switch other, taken := users[p.Size+profile]; {
		case profile == "":
			report(p.where(), "has no role")
		case !strings.Contains(profile, strings.ToLower(p.stack.Name)):
			report(p.where(), "takes a role that is not its own")
		case taken:
			report(p.where(), "shares its role with %s", other)
		}
		users[p.Size+profile] = p.where()
	}
}

func releaseReadOnly(d *Deployment, report reporter) {
	for _, s := range allowed(d) {
		for _, resource := range cfn.List(s.body, "Resource") {
			if !strings.Contains(resource.(string), "showcase-artifacts") {
				continue
			}
			for _, action := range cfn.List(s.body, "Action") {
				if action != "s3:GetObject" {
					report(s.where(), "may %s releases", action)
				}
			}
		}
	}
}
