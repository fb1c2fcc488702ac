package rules_test

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/deploy/rules"
)

// The identities, by nested stack, and what they ask for. ARNs are those that Render invents.
const (
	arnMedia  = "arn:aws:s3:::showcase-test-storage-mediabucket-0a1b2c"
	arnSite   = "arn:aws:s3:::showcase-test-storage-sitebucket-0a1b2c"
	arnQueue  = "arn:aws:sqs:us-east-1:123456789012:showcase-test-"
	arnSecret = "arn:aws:secretsmanager:us-east-1:123456789012:secret:"
	arnLogin  = "arn:aws:rds-db:us-east-1:123456789012:dbuser:db-0A1B2C3D4E/"
	arnGroup  = "arn:aws:autoscaling:us-east-1:123456789012:autoScalingGroup:1-2-3:autoScalingGroupName/"
	arnOut    = "arn:aws:s3:::showcase-artifacts/releases/0/x.tar.gz"
	original  = arnMedia + "/originals/v/h.mp4"
	processed = arnMedia + "/processed/v/p/h/clip.mp4"
)

// Who may do what: the web puts, signs and brings dead letters back, the relay sends and listens to doorbells, the worker takes jobs. Whatever is not
// in a row's list of identities is denied to the others.
var access = []struct {
	action, resource string
	may              string // identities, separated by spaces
}{
	{"s3:PutObject", original, "Web"},
	{"s3:GetObject", original, "Web Workers"},
	{"s3:DeleteObject", original, "Web Relay"},
	{"s3:PutObject", processed, "Workers"},
	{"s3:GetObject", processed, "Web Workers"},
	{"s3:DeleteObject", processed, "Web Workers Relay"},
	{"s3:ListBucket", arnMedia, "Web Workers Relay"},
	{"s3:PutObject", arnMedia + "/elsewhere", ""},
	{"s3:DeleteObjectVersion", original, ""},
	{"s3:PutBucketPolicy", arnMedia, ""},
	{"s3:PutLifecycleConfiguration", arnMedia, ""},
	{"s3:PutObject", arnSite + "/index.html", ""},
	{"s3:GetObject", arnSite + "/index.html", ""},
	{"s3:GetObject", arnOut, "Web Workers Relay Migrator"},
	{"s3:PutObject", arnOut, ""},
	{"sqs:SendMessage", arnQueue + "transcode", "Web Relay"},
	{"sqs:SendMessage", arnQueue + "ranking", "Web Relay"},
	{"sqs:ReceiveMessage", arnQueue + "transcode", "Workers"},
	{"sqs:DeleteMessage", arnQueue + "transcode", "Workers"},
	{"sqs:ChangeMessageVisibility", arnQueue + "transcode", "Workers"},
	{"sqs:ReceiveMessage", arnQueue + "ranking", "Relay"},
	{"sqs:DeleteMessage", arnQueue + "dashboard", "Relay"},
	{"sqs:GetQueueUrl", arnQueue + "transcode", "Web Relay Workers"},
	{"sqs:GetQueueAttributes", arnQueue + "transcode-dlq", "Web"},
	{"sqs:ReceiveMessage", arnQueue + "transcode-dlq", "Web"},
	{"sqs:DeleteMessage", arnQueue + "ranking-dlq", "Web"},
	{"sqs:SendMessage", arnQueue + "transcode-dlq", ""},
	{"sqs:PurgeQueue", arnQueue + "transcode", ""},
	{"sqs:CreateQueue", arnQueue + "new", ""},
	{"sqs:SetQueueAttributes", arnQueue + "transcode", ""},
	{"secretsmanager:GetSecretValue", arnSecret + "MasterSecret-0a1b2c", "Web Workers Relay"},
	{"secretsmanager:GetSecretValue", arnSecret + "TokenSecret-0a1b2c", "Web"},
	{"secretsmanager:GetSecretValue", arnSecret + "rds!db-0a1b2c", "Migrator"},
	{"secretsmanager:PutSecretValue", arnSecret + "TokenSecret-0a1b2c", ""},
	{"rds-db:connect", arnLogin + "showcase_web", "Web"},
	{"rds-db:connect", arnLogin + "showcase_relay", "Relay"},
	{"rds-db:connect", arnLogin + "showcase_worker", "Workers"},
	{"rds-db:connect", arnLogin + "showcase_owner", ""},
	{"autoscaling:SetInstanceProtection", arnGroup + "showcase-test-workers", "Workers"},
	{"autoscaling:CompleteLifecycleAction", arnGroup + "showcase-test-workers", "Workers"},
	{"autoscaling:SetInstanceProtection", arnGroup + "somebody-else", ""},
	{"autoscaling:UpdateAutoScalingGroup", arnGroup + "showcase-test-workers", ""},
	{"ec2:RunInstances", "arn:aws:ec2:us-east-1:123456789012:instance/*", ""},
	{"iam:PassRole", "arn:aws:iam::123456789012:role/showcase/any", ""},
	{"iam:CreateUser", "arn:aws:iam::123456789012:user/x", ""},
	{"sts:AssumeRole", "arn:aws:iam::123456789012:role/showcase/any", ""},
}

func TestEachIdentityMayDoItsWorkAndNoMore(t *testing.T) {
	t.Parallel()
	d, err := rules.Read(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Render("small")
	if err != nil {
		t.Fatal(err)
	}
	for _, identity := range []string{"Web", "Relay", "Workers", "Migrator"} {
		role := s.Child(identity).Resources["Role"].Properties
		for _, row := range access {
			want := strings.Contains(" "+row.may+" ", " "+identity+" ")
			if got := allows(role, row.action, row.resource); got != want {
				t.Errorf("%s: %s on %s is %t, want %t", identity, row.action, row.resource, got, want)
			}
		}
	}
}

// bootstrap is the first stack of an account, rendered.
func bootstrap(t *testing.T, set cfn.Set) *cfn.Stack {
	t.Helper()
	s, err := cfn.Render(set, "00-bootstrap.yaml", "showcase-bootstrap", cfn.Map{"DeployerPrincipalArn": "arn:aws:iam::123456789012:root"})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// All that changes the account goes through CloudFormation's own role, whose use leaves a trail.
func TestTheDeployerMayDoNothingByItself(t *testing.T) {
	t.Parallel()
	set, err := cfn.Load(os.DirFS("../cloudformation"))
	if err != nil {
		t.Fatal(err)
	}
	deployer := bootstrap(t, set).Resources["Deployer"].Properties
	stack := "arn:aws:cloudformation:us-east-1:123456789012:stack/"
	for _, row := range []struct {
		action, resource string
		want             bool
	}{
		{"cloudformation:ExecuteChangeSet", stack + "showcase-small/1", true},
		{"cloudformation:ExecuteChangeSet", stack + "other/1", false},
		{"ec2:RunInstances", "*", false},
		{"iam:CreateRole", "arn:aws:iam::123456789012:role/showcase/x", false},
		{"iam:PassRole", "arn:aws:iam::123456789012:role/showcase/x", false},
		{"secretsmanager:GetSecretValue", arnSecret + "MasterSecret-0a1b2c", false},
		{"secretsmanager:PutSecretValue", arnSecret + "TokenSecret-0a1b2c", true},
		{"secretsmanager:PutSecretValue", arnSecret + "MasterSecret-0a1b2c", false},
		{"s3:DeleteObject", original, false},
		{"rds:DeleteDBInstance", "arn:aws:rds:us-east-1:123456789012:db:showcase-small", false},
	} {
		if got := allows(deployer, row.action, row.resource); got != row.want {
			t.Errorf("%s on %s is %t, want %t", row.action, row.resource, got, row.want)
		}
	}
}

// allows is IAM's answer to a role's own policies, conditions taken as met; there is no Deny in ours.
func allows(role cfn.Map, action, resource string) bool {
	for _, policy := range cfn.List(role, "Policies") {
		for _, s := range cfn.List(policy, "PolicyDocument", "Statement") {
			if cfn.Text(s, "Effect") == "Allow" && matches(cfn.List(s, "Action"), action) && matches(cfn.List(s, "Resource"), resource) {
				return true
			}
		}
	}
	return false
}

// matches knows IAM's two wildcards.
func matches(patterns []any, text string) bool {
	for _, p := range patterns {
		expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(p.(string)))
		if regexp.MustCompile("^(?i)" + expression + "$").MatchString(text) {
			return true
		}
	}
	return false
}
