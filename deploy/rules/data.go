package rules

import (
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var dataRules = []Rule{
	{"encrypted", "Disks, buckets, queues and the database at rest.", encrypted},
	{"tls-only", "Buckets, queues and the database refuse plain connections.", tlsOnly},
	{"private-bucket", "A bucket is made public by one careless line; four switches forbid it.", privateBucket},
	{"versioned-bucket", "What is overwritten or deleted by mistake comes back, and old versions and torn uploads go.", versionedBucket},
	{"originals-kept", "The originals are the contest: they neither expire nor move to cold storage, and they outlive the stack.", originalsKept},
	{"database-backed-up", "Backups, deletion protection, and a snapshot when all else is gone.", databaseBackedUp},
	{"passwordless-database", "Hosts log in with their role; the one password is RDS's own business.", passwordlessDatabase},
	{"dead-letters", "A message that nobody can handle is kept for a fortnight instead of going round for ever.", deadLetters},
	{"log-retention", "Logs without an end are a cost and a liability.", logRetention},
}

func encrypted(d *Deployment, report reporter) {
	for _, p := range d.place {
		switch p.Type {
		case "AWS::RDS::DBInstance":
			if p.Properties["StorageEncrypted"] != true {
				report(p.where(), "the storage is not encrypted")
			}
		case "AWS::S3::Bucket":
			if cfn.Sub(p.Properties, "BucketEncryption") == nil {
				report(p.where(), "the bucket is not encrypted")
			}
		case "AWS::SQS::Queue":
			if p.Properties["SqsManagedSseEnabled"] != true {
				report(p.where(), "the queue is not encrypted")
			}
		case "AWS::EC2::LaunchTemplate":
			for _, disk := range cfn.List(p.Properties, "LaunchTemplateData", "BlockDeviceMappings") {
				if cfn.At(disk, "Ebs", "Encrypted") != true {
					report(p.where(), "the disk is not encrypted")
				}
			}
		}
	}
}

func tlsOnly(d *Deployment, report reporter) {
	closed := map[string]bool{} // size and physical name
	for _, p := range append(d.ofType("AWS::S3::BucketPolicy"), d.ofType("AWS::SQS::QueuePolicy")...) {
		if !deniesPlain(cfn.List(p.Properties, "PolicyDocument", "Statement")) {
			continue
		}
		for _, name := range append(cfn.List(p.Properties, "Queues"), cfn.List(p.Properties, "Bucket")...) {
			closed[p.Size+mustText(name)] = true
		}
	}
	for _, p := range append(d.ofType("AWS::S3::Bucket"), d.ofType("AWS::SQS::Queue")...) {
		if !closed[p.Size+physicalName(p)] {
			report(p.where(), "takes requests without TLS")
		}
	}
	for _, p := range d.ofType("AWS::RDS::DBParameterGroup") {
		if cfn.Text(p.Properties, "Parameters", "rds.force_ssl") != "1" {
			report(p.where(), "takes connections without TLS")
		}
	}
}

func deniesPlain(statements []any) bool {
	for _, s := range statements {
		if cfn.Text(s, "Effect") == "Deny" && cfn.Text(s, "Condition", "Bool", "aws:SecureTransport") == "false" {
			return true
		}
	}
	return false
}

// physicalName is the name under which a Ref renders the resource.
func physicalName(p placed) string {
	if name := cfn.Text(p.Properties, "QueueName"); name != "" {
		return name
	}
	return strings.ToLower(p.stack.Name + "-" + p.Name + "-0a1b2c")
}

func privateBucket(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::S3::Bucket") {
		block := cfn.Sub(p.Properties, "PublicAccessBlockConfiguration")
		for _, key := range []string{"BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"} {
			if block[key] != true {
				report(p.where(), "%s is off", key)
			}
		}
	}
	for _, p := range d.ofType("AWS::S3::BucketPolicy") {
		for _, s := range cfn.List(p.Properties, "PolicyDocument", "Statement") {
			if cfn.Text(s, "Effect") == "Allow" && (cfn.Text(s, "Principal") == "*" || cfn.Text(s, "Principal", "AWS") == "*") {
				report(p.where(), "allows everybody")
			}
		}
	}
}

func versionedBucket(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::S3::Bucket") {
		if cfn.Text(p.Properties, "VersioningConfiguration", "Status") != "Enabled" {
			report(p.where(), "is not versioned")
		}
		expires := false
		for _, rule := range cfn.List(p.Properties, "LifecycleConfiguration", "Rules") {
			if cfn.Text(rule, "Status") != "Enabled" {
				report(p.where(), "has a lifecycle rule that is not applied")
			}
			expires = expires || number(cfn.At(rule, "NoncurrentVersionExpiration", "NoncurrentDays")) > 0
		}
		if !expires {
			report(p.where(), "keeps old versions for ever")
		}
	}
}

func originalsKept(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::S3::Bucket") {
		if p.Name != "MediaBucket" {
			continue
		}
		for _, rule := range cfn.List(p.Properties, "LifecycleConfiguration", "Rules") {
			for _, key := range []string{"ExpirationInDays", "ExpirationDate", "Transitions", "Transition"} {
				if cfn.At(rule, key) != nil {
					report(p.where(), "%s loses or freezes videos", key)
				}
			}
		}
		for _, key := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
			if cfn.Text(p.Attributes, key) != "Retain" {
				report(p.where(), "%s is not Retain", key)
			}
		}
	}
}

func databaseBackedUp(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::RDS::DBInstance") {
		if days := number(p.Properties["BackupRetentionPeriod"]); days < 7 {
			report(p.where(), "backups are kept for %d days, fewer than 7", days)
		}
		if p.Properties["DeletionProtection"] != true {
			report(p.where(), "may be deleted by a slip")
		}
		for _, key := range []string{"DeletionPolicy", "UpdateReplacePolicy"} {
			if cfn.Text(p.Attributes, key) != "Snapshot" {
				report(p.where(), "%s is not Snapshot", key)
			}
		}
	}
}

func passwordlessDatabase(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::RDS::DBInstance") {
		if p.Properties["EnableIAMDatabaseAuthentication"] != true {
			report(p.where(), "roles cannot log in")
		}
		if p.Properties["ManageMasterUserPassword"] != true || p.Properties["MasterUserPassword"] != nil {
			report(p.where(), "the master's password is not RDS's own")
		}
	}
}

func deadLetters(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::SQS::Queue") {
		if strings.HasSuffix(p.Name, "DeadLetters") {
			if number(p.Properties["MessageRetentionPeriod"]) != 1209600 {
				report(p.where(), "forgets before a fortnight")
			}
			continue
		}
		if tries := number(cfn.At(p.Properties, "RedrivePolicy", "maxReceiveCount")); tries < 2 || tries > 10 {
			report(p.where(), "gives up after %d tries", tries)
		}
	}
}

func logRetention(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::Logs::LogGroup") {
		if days := number(p.Properties["RetentionInDays"]); days < 1 || days > 365 {
			report(p.where(), "is kept for %d days", days)
		}
	}
	for _, p := range d.ofType("AWS::S3::Bucket") {
		if strings.Contains(p.Name, "Log") && !mentions(p.Properties, "ExpirationInDays") {
			report(p.where(), "keeps visitors' addresses for ever")
		}
	}
}

func mentions(v any, key string) (found bool) {
	cfn.Walk(v, func(v any) {
		if m, ok := v.(cfn.Map); ok && m[key] != nil {
			found = true
		}
	})
	return found
}
