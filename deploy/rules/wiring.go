package rules

import (
	"regexp"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var wiringRules = []Rule{
	{"no-secret-input", "A secret that somebody types ends in a history, a process list or a file.", noSecretInput},
	{"parameter-used", "A parameter that nothing reads is a promise that nothing keeps.", parameterUsed},
	{"parameter-known", "A parameter file must not set what does not exist.", parameterKnown},
	{"stacks-fit", "What a stack takes is given, and what is given exists.", stacksFit},
	{"output-used", "An output that nobody reads is noise.", outputUsed},
	{"names-replaceable", "A resource with a fixed name cannot be replaced without first being gone.", namesReplaceable},
	{"migrations-first", "The application starts after the migrations of its own release.", migrationsFirst},
	{"visitors-address", "Behind a balancer every visitor has the balancer's address: a limit per address would throttle them all.", visitorsAddress},
}

var secretName = regexp.MustCompile(`(?i)(password|passwd|secret|token|jwt|privatekey|masterkey|apikey)`)

// secretText finds what looks like a secret that is written down: key=value in a host's settings, or a key of AWS.
var secretText = regexp.MustCompile(`(?i)(PASSWORD|JWT_KEYS?|MASTER_KEY|SECRET_KEY)=|AKIA[0-9A-Z]{16}|BEGIN [A-Z ]*PRIVATE KEY`)

func noSecretInput(d *Deployment, report reporter) {
	for name, t := range d.Set {
		for _, key := range cfn.Keys(t.Parameters) {
			if secretName.MatchString(key) && !strings.HasSuffix(key, "Arn") {
				report(name+" "+key, "a secret is asked for")
			}
			if cfn.At(t.Parameters, key, "NoEcho") != nil {
				report(name+" "+key, "NoEcho hides a secret that should not be typed at all")
			}
		}
	}
	for where, data := range templates(d) {
		if found := secretText.FindString(cfn.Text(data, "UserData")); found != "" {
			report(where, "user data holds %s", found)
		}
		if strings.Contains(cfn.Text(data, "UserData"), "{{resolve:") {
			report(where, "user data resolves a secret, which everybody on the host can read")
		}
	}
	for size, parameters := range d.Sizes {
		for _, key := range cfn.Keys(parameters) {
			if secretName.MatchString(key) && !strings.HasSuffix(key, "Arn") {
				report("parameters/"+size+".json", "%s is a secret", key)
			}
		}
	}
}

func parameterUsed(d *Deployment, report reporter) {
	for name, t := range d.Set {
		used := cfn.Refs(cfn.Map{"r": t.Resources, "c": t.Conditions, "o": t.Outputs})
		for _, key := range cfn.Keys(t.Parameters) {
			if !used[key] {
				report(name+" "+key, "is read by nothing")
			}
		}
	}
}

func parameterKnown(d *Deployment, report reporter) {
	for size, parameters := range d.Sizes {
		for _, key := range cfn.Keys(parameters) {
			if d.Set[master].Parameters[key] == nil {
				report("parameters/"+size+".json", "%s is no parameter", key)
			}
		}
	}
}

// stacksFit looks at every nested stack, also at those that no parameter file switches on.
func stacksFit(d *Deployment, report reporter) {
	for size, err := range d.unrendered {
		report("parameters/"+size+".json", "cannot be worked out: %v", err)
	}
	resources := d.Set[master].Resources
	for _, name := range cfn.Keys(resources) {
		given := cfn.Sub(resources, name, "Properties", "Parameters")
		child := d.Set[childFile(resources, name)]
		if child == nil {
			report(master+" "+name, "nests no template that is here")
			continue
		}
		for _, key := range cfn.Keys(given) {
			if child.Parameters[key] == nil {
				report(master+" "+name, "gives %s, which %s does not take", key, child.Name)
			}
		}
		for _, key := range cfn.Keys(child.Parameters) {
			if given[key] == nil && cfn.At(child.Parameters, key, "Default") == nil {
				report(master+" "+name, "does not give %s", key)
			}
		}
		for ref := range cfn.Refs(given) {
			from, output, ok := strings.Cut(ref, ".Outputs.")
			if ok && (d.Set[childFile(resources, from)] == nil || d.Set[childFile(resources, from)].Outputs[output] == nil) {
				report(master+" "+name, "takes %s, which does not exist", ref)
			}
		}
	}
}

func childFile(resources cfn.Map, name string) string {
	return strings.TrimPrefix(cfn.Text(resources, name, "Properties", "TemplateURL"), "./")
}

// readElsewhere are outputs for people and for deploy.sh.
var readElsewhere = map[string]bool{"RoleArn": true, "TopicArn": true}

func outputUsed(d *Deployment, report reporter) {
	used := cfn.Refs(cfn.Map{"r": d.Set[master].Resources, "o": d.Set[master].Outputs})
	resources := d.Set[master].Resources
	for _, name := range cfn.Keys(resources) {
		child := d.Set[childFile(resources, name)]
		if child == nil {
			continue
		}
		for _, output := range cfn.Keys(child.Outputs) {
			if !used[name+".Outputs."+output] && !readElsewhere[output] {
				report(child.Name+" "+output, "is read by nobody")
			}
		}
	}
}

// fixedNames are the properties that fix a name, by type, and the types for which that is right.
var fixedNames = map[string]string{
	"AWS::S3::Bucket": "BucketName", "AWS::IAM::Role": "RoleName", "AWS::RDS::DBInstance": "DBInstanceIdentifier",
	"AWS::ElasticLoadBalancingV2::LoadBalancer": "Name", "AWS::ElasticLoadBalancingV2::TargetGroup": "Name",
	"AWS::EC2::SecurityGroup": "GroupName", "AWS::EC2::LaunchTemplate": "LaunchTemplateName", "AWS::SNS::Topic": "TopicName",
	"AWS::SecretsManager::Secret": "Name", "AWS::CloudWatch::Alarm": "AlarmName", "AWS::IAM::InstanceProfile": "InstanceProfileName",
	"AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
}

func namesReplaceable(d *Deployment, report reporter) {
	for _, p := range d.place {
		property := fixedNames[p.Type]
		if property == "" || p.Properties[property] == nil {
			continue
		}
		if p.Type == "AWS::AutoScaling::AutoScalingGroup" && p.Template == "80-workers.yaml" {
			continue // its role names it
		}
		report(p.where(), "%s is fixed", property)
	}
}

func migrationsFirst(d *Deployment, report reporter) {
	resources := d.Set[master].Resources
	for _, name := range []string{"Web", "Relay", "Workers"} {
		waits := cfn.Text(resources, name, "DependsOn") == "Migrator"
		for ref := range cfn.Refs(cfn.Sub(resources, name)) {
			waits = waits || strings.HasPrefix(ref, "Migrator.")
		}
		if !waits {
			report(master+" "+name, "does not wait for the migrator")
		}
	}
	if cfn.Text(d.Set["50-migrator.yaml"].Resources, "Migrator", "CreationPolicy", "ResourceSignal", "Count") != "1" {
		report("50-migrator.yaml Migrator", "is not waited for")
	}
}

func visitorsAddress(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::EC2::LaunchTemplate") {
		if p.Template != "70-web.yaml" {
			continue
		}
		text := cfn.Text(p.Properties, "LaunchTemplateData", "UserData")
		for _, setting := range []string{"VPC_CIDR=", "PROXY_LIST="} {
			if !strings.Contains(text, setting) {
				report(p.where(), "%s is missing, so nobody's X-Forwarded-For is believed", strings.TrimSuffix(setting, "="))
			}
		}
	}
	if !strings.Contains(d.file("hosts/install.sh"), "TRUSTED_PROXIES=$(proxies)") {
		report("hosts/install.sh", "does not set TRUSTED_PROXIES")
	}
}
