package deploy_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"testing"
	"time"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/deploy/rules"
)

// unwanted are AWS Control Tower's rules that we break on purpose.
var unwanted = map[string]string{
	"alb_http_to_https_redirection_check":                              "only CloudFront reaches the balancer, and it redirects visitors",
	"autoscaling_group_elb_healthcheck_required_check":                 "a database outage would have every host replaced in a loop",
	"autoscaling_mixed_instances_policy_multiple_instance_types_check": "the organiser fixes the size of hosts",
	"autoscaling_multiple_az_check":                                    "zones follow from the subnets, of which each group has two",
	"cloudfront_access_logs_enabled_check":                             "the balancer's logs have what matters, and addresses are personal",
	"cloudfront_custom_ssl_certificate_check":                          "an own domain is a choice; CloudFront's certificate is free",
	"cloudfront_origin_failover_enabled_check":                         "there is one contest",
	"cloudfront_security_policy_check":                                 "comes with an own certificate, TLSv1.2_2021",
	"cloudfront_sni_enabled_check":                                     "comes with an own certificate",
	"cloudfront_traffic_to_origin_encrypted_check":                     "comes with CertificateArn; the runbook says what is open without it",
	"cloudwatch_log_group_encrypted_check":                             "encrypted with the service's own key",
	"cloudwatch_log_group_retention_period_check":                      "90 days, not a year: visitors' data",
	"ec2_instance_detailed_monitoring_enabled_check":                   "the migrator lives for minutes",
	"ec2_instance_nitro_encryption_in_transit_check":                   "t4g hosts do not have it; TLS is inside",
	"ec2_instance_nitro_instance_type_check":                           "t4g is Nitro; the list of the rule is older",
	"ec2_instance_no_public_ip_check":                                  "the migrator's subnet gives none",
	"ec2_launch_template_monitoring_enabled_check":                     "on web hosts, whose scaling follows it; elsewhere nobody reads it",
	"elbv2_deletion_protection_enabled_check":                          "the stack has termination protection, and destroy must work",
	"rds_instance_enhanced_monitoring_enabled_check":                   "CloudWatch's figures are enough for one log",
	"rds_instance_multi_az_support_check":                              "on in production; the rule does not read the text of a parameter",
	"rds_instance_no_default_ports_check":                              "another port hides nothing from who is inside the group",
	"rds_storage_encrypted_kms_key_check":                              "encrypted with the service's own key",
	"s3_bucket_default_encryption_kms_check":                           "encrypted with S3's own key; KMS would charge each segment of a video",
	"s3_bucket_logging_enabled_check":                                  "links are signed for minutes; CloudTrail has the rest",
	"s3_bucket_object_lock_enabled_check":                              "a player may delete a video, and an account may be erased",
	"s3_event_notifications_enabled_check":                             "facts come from the log, not from the bucket",
	"sqs_dlq_check":                                                    "dead-letter queues themselves have none",
}

// services are the folders of rules about what we use.
var services = []string{
	"cloudfront", "cloudwatch", "ec2", "ec2autoscaling", "elasticloadbalancing", "identityandaccessmanagement", "rds", "s3", "sqs",
}

const guardFolder = "guard/node_modules/@cdklabs/cdk-validator-cfnguard"

// guard is the program, which the npm package brings along.
func guard(t *testing.T) string {
	t.Helper()
	machine := map[string]string{"amd64": "x86_64", "arm64": "aarch64"}[runtime.GOARCH]
	path, err := filepath.Abs(filepath.Join(guardFolder, "bin/ubuntu", machine, "cfn-guard"))
	if err != nil {
		t.Fatal(err)
	}
	const line = "npm ci --prefix deploy/guard --ignore-scripts"
	switch _, err := os.Stat(path); {
	case err == nil:
	case os.Getenv("CI") != "":
		t.Fatalf("cfn-guard is not installed: %s", line)
	default:
		t.Skipf("cfn-guard is not installed, so Control Tower's rules were not checked: %s", line)
	}
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// The templates as production renders them against AWS Control Tower's rules.
func TestControlTowersRules(t *testing.T) {
	t.Parallel()
	program := guard(t)
	d, err := rules.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Render("production")
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	for _, name := range s.Children() {
		resources := cfn.Map{}
		for logical, r := range s.Child(name).Resources {
			resources[logical] = r.Attributes
		}
		text, err := json.Marshal(cfn.Map{"Resources": resources})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	arguments := []string{"validate", "--data", folder, "--show-summary", "fail"}
	for _, service := range services {
		arguments = append(arguments, "--rules", guardFolder+"/rules/control-tower/cfn-guard/"+service)
	}
	out, err := exec.CommandContext(ctx, program, arguments...).CombinedOutput()
	failed := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^\S+\.guard/(\w+)\s+FAIL`).FindAllStringSubmatch(string(out), -1) {
		failed[found[1]] = true
	}
	if err != nil && len(failed) == 0 {
		t.Fatalf("%v:\n%.2000s", err, out)
	}
	for rule := range failed {
		if unwanted[rule] == "" {
			t.Errorf("%s is broken; mend it, or say here why not", rule)
		}
	}
	for rule := range unwanted {
		if !failed[rule] {
			t.Errorf("%s is not broken any more; take it off the list", rule)
		}
	}
}
