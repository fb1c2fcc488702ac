package rules

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var policyRules = []Rule{
	{"policy-form", "A policy with a misspelt word is refused, or worse, means something else.", policyForm},
	{"policy-resources", "An action on an ARN of another form or service allows nothing, and nobody is told.", policyResources},
	{"policy-size", "IAM and S3 take only so much of policy for one role or bucket.", policySize},
	{"secret-readers", "Which role reads which secret is decided in one place; one more reader is a decision, not a line in a template.", secretReaders},
}

// document is one policy, and what of: "identity", "trust" or "resource".
type document struct {
	placed
	kind string
	body cfn.Map
}

func documents(d *Deployment) []document {
	var found []document
	for _, p := range d.place {
		if trust := cfn.Sub(p.Properties, "AssumeRolePolicyDocument"); trust != nil {
			found = append(found, document{p, "trust", trust})
		}
		for _, policy := range cfn.List(p.Properties, "Policies") {
			if body := cfn.Sub(policy, "PolicyDocument"); body != nil {
				found = append(found, document{p, "identity", body})
			}
		}
		if body := cfn.Sub(p.Properties, "PolicyDocument"); body != nil {
			kind := "resource"
			if strings.HasPrefix(p.Type, "AWS::IAM::") {
				kind = "identity"
			}
			found = append(found, document{p, kind, body})
		}
	}
	return found
}

// Policies are all policies of every size by where they are, rendered.
func (d *Deployment) Policies() map[string][]cfn.Map {
	found := map[string][]cfn.Map{}
	for _, p := range documents(d) {
		found[p.Size+" "+p.where()] = append(found[p.Size+" "+p.where()], p.body)
	}
	return found
}

// statementWords are the words of a statement, and for each kind of policy those that it must have and must not.
var (
	statementWords = []string{"Sid", "Effect", "Principal", "Action", "Resource", "Condition"}
	mustHave       = map[string][]string{"identity": {"Action", "Resource"}, "trust": {"Principal", "Action"}, "resource": {"Principal", "Action", "Resource"}}
	mustNotHave    = map[string][]string{"identity": {"Principal"}, "trust": {"Resource"}}
)

var (
	sid       = regexp.MustCompile(`^[A-Za-z0-9]*$`)
	actionish = regexp.MustCompile(`^[a-z0-9-]+:([A-Za-z]+|\*)$`)
	// operators of conditions, each also with …IfExists.
	operator = regexp.MustCompile(`^(ForAllValues:|ForAnyValue:)?(String(Not)?(Equals|Like|EqualsIgnoreCase)|Arn(Not)?(Equals|Like)|Numeric(Not)?(Equals|LessThan|LessThanEquals|GreaterThan|GreaterThanEquals)|Date(Not)?(Equals|LessThan|GreaterThan)|Bool|BinaryEquals|IpAddress|NotIpAddress|Null)(IfExists)?$`)
	// services are those whose actions our policies name. A misspelt one would allow nothing.
	services = []string{
		"autoscaling", "budgets", "cloudformation", "cloudfront", "cloudwatch", "ec2", "elasticloadbalancing", "iam", "logs", "rds", "rds-db",
		"route53", "s3", "secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "sts", "kms", "acm",
	}
)

func policyForm(d *Deployment, report reporter) {
	for _, p := range documents(d) {
		if p.body["Version"] != "2012-10-17" {
			report(p.where(), "a policy is of version %v", p.body["Version"])
		}
		words(p.body, []string{"Version", "Id", "Statement"}, p.placed, report)
		seen := map[string]bool{}
		for _, s := range cfn.List(p.body, "Statement") {
			statement, _ := s.(cfn.Map)
			statementForm(p, statement, report)
			name := cfn.Text(statement, "Sid")
			if !sid.MatchString(name) || name != "" && seen[name] {
				report(p.where(), "the statement %q is called like no other and by letters and digits only", name)
			}
			seen[name] = true
		}
	}
}

func statementForm(p document, statement cfn.Map, report reporter) {
	words(statement, statementWords, p.placed, report)
	if effect := cfn.Text(statement, "Effect"); effect != "Allow" && effect != "Deny" {
		report(p.where(), "%s has the effect %q", cfn.Text(statement, "Sid"), effect)
	}
	for _, word := range mustHave[p.kind] {
		if statement[word] == nil {
			report(p.where(), "%s has no %s", cfn.Text(statement, "Sid"), word)
		}
	}
	for _, word := range mustNotHave[p.kind] {
		if statement[word] != nil {
			report(p.where(), "%s has a %s, which a policy of this kind has not", cfn.Text(statement, "Sid"), word)
		}
	}
	for _, action := range cfn.List(statement, "Action") {
		service, _, _ := strings.Cut(fmt.Sprint(action), ":")
		if !actionish.MatchString(fmt.Sprint(action)) || !slices.Contains(services, service) {
			report(p.where(), "%v is no action of a service that we know", action)
		}
	}
	for _, word := range cfn.Keys(cfn.Sub(statement, "Condition")) {
		if !operator.MatchString(word) {
			report(p.where(), "conditions do not compare by %s", word)
		}
		for _, key := range cfn.Keys(cfn.Sub(statement, "Condition", word)) {
			if !strings.Contains(key, ":") {
				report(p.where(), "%s is no key of a condition", key)
			}
		}
	}
}

// arnForm has the service, the region, the account and the resource.
var arnForm = regexp.MustCompile(`^arn:aws:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|aws|\*)?:(\S+)$`)

// ofBucket are the actions on a bucket; the others of S3 are on objects.
var ofBucket = regexp.MustCompile(`^s3:(CreateBucket|DeleteBucket\w*|ListBucket\w*|Get(Bucket|Encryption|Lifecycle)\w*|Put(Bucket|Encryption|Lifecycle)\w*)$`)

func policyResources(d *Deployment, report reporter) {
	for _, p := range documents(d) {
		for _, s := range cfn.List(p.body, "Statement") {
			for _, r := range cfn.List(s, "Resource") {
				resource := fmt.Sprint(r)
				if resource == "*" {
					continue
				}
				found := arnForm.FindStringSubmatch(resource)
				if found == nil {
					report(p.where(), "%s: %s is no ARN", cfn.Text(s, "Sid"), resource)
					continue
				}
				for _, a := range cfn.List(s, "Action") {
					if wrong := mismatch(fmt.Sprint(a), found[1], found[4]); wrong != "" {
						report(p.where(), "%s: %v on %s: %s", cfn.Text(s, "Sid"), a, resource, wrong)
					}
				}
			}
		}
	}
}

// mismatch says why an action can not be meant for a resource, or "".
func mismatch(action, service, resource string) string {
	own, name, _ := strings.Cut(action, ":")
	object := strings.Contains(resource, "/")
	switch {
	case own != service:
		return "it is of another service"
	case own != "s3" || name == "*":
		return ""
	case ofBucket.MatchString(action) && object:
		return "it is done to a bucket"
	case !ofBucket.MatchString(action) && !object && !strings.HasSuffix(resource, "*"):
		return "it is done to objects"
	}
	return ""
}

// What AWS takes, in bytes without white space: of a role all its own policies together, of the others one.
const (
	mostOfRole     = 10_240
	mostOfManaged  = 6_144
	mostOfTrust    = 2_048
	mostOfResource = 20_480
)

func policySize(d *Deployment, report reporter) {
	ofRole := map[string]int{}
	for _, p := range documents(d) {
		text, err := json.Marshal(p.body)
		size := len(text)
		switch {
		case err != nil:
			report(p.where(), "a policy is no JSON: %v", err)
		case p.Type == "AWS::IAM::ManagedPolicy" && size > mostOfManaged:
			report(p.where(), "has %d bytes, more than %d", size, mostOfManaged)
		case p.Type == "AWS::IAM::Role" && p.kind == "identity":
			ofRole[p.Size+p.where()] += size
			if total := ofRole[p.Size+p.where()]; total > mostOfRole {
				report(p.where(), "its policies have %d bytes, more than %d", total, mostOfRole)
			}
		case p.kind == "trust" && size > mostOfTrust, p.kind == "resource" && size > mostOfResource:
			report(p.where(), "a policy has %d bytes", size)
		}
	}
}

// readers are the roles that may read each secret, by the parameter or resource that names it.
var readers = map[string][]string{
	"MasterSecret": {"70-web.yaml Role", "75-relay.yaml Role", "80-workers.yaml Role"},
	"TokenSecret":  {"70-web.yaml Role"},
	"rds!db":       {"50-migrator.yaml Role"},
	"OriginSecret": {},
}

// secretReaders works out what the policies say of every secret there is: each role of a stack reads those that are
// written here for it, and no other. No policy of ours denies reading, so what is allowed anywhere is allowed.
func secretReaders(d *Deployment, report reporter) {
	secrets := map[string]bool{"rds!db": true}
	for _, p := range d.ofType("AWS::SecretsManager::Secret") {
		secrets[p.Name] = true
		if _, decided := readers[p.Name]; !decided {
			report(p.where(), "nobody has decided who reads it")
		}
	}
	may := map[string]map[string]bool{} // by role and secret
	for _, s := range allowed(d) {
		if s.Template == bootstrap {
			continue // the deployer and CloudFormation: access_test.go has them
		}
		if may[s.where()] == nil {
			may[s.where()] = map[string]bool{}
		}
		if !slices.ContainsFunc(cfn.List(s.body, "Action"), readsSecrets) {
			continue
		}
		for secret := range secrets {
			arn := "arn:aws:secretsmanager:" + cfn.Region + ":" + cfn.Account + ":secret:" + secret + "-0a1b2c"
			if slices.ContainsFunc(cfn.List(s.body, "Resource"), func(r any) bool { return matches(fmt.Sprint(r), arn) }) {
				may[s.where()][secret] = true
			}
		}
	}
	for role, reads := range may {
		for secret := range secrets {
			if decided := slices.Contains(readers[secret], role); decided != reads[secret] {
				report(role, "reads %s: %t, decided is %t", secret, reads[secret], decided)
			}
		}
	}
}

func readsSecrets(action any) bool {
	return matches(fmt.Sprint(action), "secretsmanager:GetSecretValue") || matches(fmt.Sprint(action), "secretsmanager:BatchGetSecretValue")
}

// matches knows IAM's two wildcards.
func matches(pattern, text string) bool {
	expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
	found, err := regexp.MatchString("^(?i)"+expression+"$", text)
	return err == nil && found
}
