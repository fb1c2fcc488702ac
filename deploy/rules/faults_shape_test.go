package rules_test

// Faults of network, data and hosts. Those of the reference deployment come first in each list.

const (
	network   = "cloudformation/10-network.yaml"
	storage   = "cloudformation/20-storage.yaml"
	messaging = "cloudformation/30-messaging.yaml"
	database  = "cloudformation/40-database.yaml"
	migrator  = "cloudformation/50-migrator.yaml"
	edge      = "cloudformation/60-edge.yaml"
	web       = "cloudformation/70-web.yaml"
	relay     = "cloudformation/75-relay.yaml"
	workers   = "cloudformation/80-workers.yaml"
	watch     = "cloudformation/90-observability.yaml"
	main      = "cloudformation/main.yaml"
	boot      = "cloudformation/00-bootstrap.yaml"
)

var networkFaults = []fault{
	{"no-ssh", "SSH open to the world", network, "      FromPort: !Ref AppPort\n      ToPort: !Ref AppPort\n      SourceSecurityGroupId: !GetAtt BalancerGroup.GroupId", "      FromPort: 22\n      ToPort: 22\n      CidrIp: 0.0.0.0/0"},
	{"no-ssh", "key pair on the host", web, "        InstanceType: !Ref InstanceType", "        InstanceType: !Ref InstanceType\n        KeyName: operator"},
	{"no-ssh", "key pair asked for", main, "  AlarmEmail:\n    Type: String", "  AlarmEmail:\n    Type: String\n  KeyPair:\n    Type: AWS::EC2::KeyPair::KeyName\n    Default: x"},
	{"no-world-ingress", "application port open to the world", network, "      SourceSecurityGroupId: !GetAtt BalancerGroup.GroupId", "      CidrIp: 0.0.0.0/0"},
	{"no-world-ingress", "balancer open to the world", network, "          SourcePrefixListId: !Ref CloudFrontPrefixListId", "          CidrIp: 0.0.0.0/0"},
	{"no-world-ingress", "database open to the network", network, "          SourceSecurityGroupId: !GetAtt WebGroup.GroupId", "          CidrIp: 10.0.0.0/8"},
	{"no-world-ingress", "egress forgotten", network, "      # Without a rule of its own a group may call everybody.\n      SecurityGroupEgress:\n        - Description: Nobody\n          IpProtocol: tcp\n          FromPort: 5432\n          ToPort: 5432\n          CidrIp: 127.0.0.1/32\n", ""},
	{"balancer-not-bypassed", "listener forwards everything", edge, "        - Type: fixed-response\n          FixedResponseConfig:\n            StatusCode: \"403\"\n            ContentType: text/plain\n            MessageBody: Not here.", "        - Type: forward\n          TargetGroupArn: !Ref Targets"},
	{"balancer-not-bypassed", "header written down", edge, "              - !Sub \"{{resolve:secretsmanager:${OriginSecret}:SecretString}}\"", "              - open-sesame"},
	{"balancer-not-bypassed", "malformed headers", edge, "        - Key: routing.http.drop_invalid_header_fields.enabled\n          Value: \"true\"", "        - Key: routing.http.drop_invalid_header_fields.enabled\n          Value: \"false\""},
	{"database-isolated", "public database", database, "PubliclyAccessible: false", "PubliclyAccessible: true"},
	{"database-isolated", "route out of the database's subnets", network, "      RouteTableId: !Ref HostRoutesA\n      DestinationCidrBlock", "      RouteTableId: !Ref DatabaseRoutes\n      DestinationCidrBlock"},
	{"two-zones", "one web host", main, "  WebMin:\n    Type: Number\n    Default: 2\n    MinValue: 2", "  WebMin:\n    Type: Number\n    Default: 2\n    MinValue: 1"},
	{"two-zones", "both subnets in one zone", network, "AvailabilityZone: !Select [1, !GetAZs \"\"]", "AvailabilityZone: !Select [0, !GetAZs \"\"]"},
	{"two-zones", "workers in one subnet", workers, "VPCZoneIdentifier: !Ref SubnetIds", "VPCZoneIdentifier: [!Select [0, !Ref SubnetIds]]"},
	{"two-zones", "no standby in production", "parameters/production.json", "\"DatabaseMultiAz\": \"true\"", "\"DatabaseMultiAz\": \"false\""},
	{"private-hosts", "hosts in public subnets", main, "SubnetIds: !GetAtt Network.Outputs.HostSubnetIds", "SubnetIds: !GetAtt Network.Outputs.PublicSubnetIds"},
	{"private-hosts", "public addresses", network, "      VpcId: !Ref Vpc\n      AvailabilityZone", "      VpcId: !Ref Vpc\n      MapPublicIpOnLaunch: true\n      AvailabilityZone"},
	{"objects-endpoint", "no gateway endpoint", network, "${AWS::Region}.s3", "${AWS::Region}.dynamodb"},
	{"https", "plain HTTP for visitors", edge, "ViewerProtocolPolicy: redirect-to-https", "ViewerProtocolPolicy: allow-all"},
	{"https", "no certificate possible", edge, "Certificates: !If [Https, [CertificateArn: !Ref CertificateArn], !Ref AWS::NoValue]", "Certificates: !Ref AWS::NoValue"},
}

var dataFaults = []fault{
	{"encrypted", "database", database, "StorageEncrypted: true", "StorageEncrypted: false"},
	{"encrypted", "bucket", storage, "BucketEncryption:", "Unencrypted:"},
	{"encrypted", "queue", messaging, "SqsManagedSseEnabled: true", "SqsManagedSseEnabled: false"},
	{"encrypted", "disk", web, "            Encrypted: true", "            Encrypted: false"},
	{"tls-only", "media bucket without policy", storage, "      Bucket: !Ref MediaBucket", "      Bucket: other"},
	{"tls-only", "queues", messaging, "Effect: Deny", "Effect: Allow"},
	{"tls-only", "database", database, "rds.force_ssl: \"1\"", "rds.force_ssl: \"0\""},
	{"private-bucket", "switches off", storage, "BlockPublicPolicy: true", "BlockPublicPolicy: false"},
	{"private-bucket", "everybody may read the site", edge, "            Principal:\n              Service: cloudfront.amazonaws.com", "            Principal: \"*\""},
	{"versioned-bucket", "lifecycle never applied", storage, "            Status: Enabled\n            NoncurrentVersionExpiration", "            Status: Disabled\n            NoncurrentVersionExpiration"},
	{"versioned-bucket", "no versions", storage, "      VersioningConfiguration:\n        Status: Enabled", "      VersioningConfiguration:\n        Status: Suspended"},
	{"versioned-bucket", "old versions for ever", storage, "            NoncurrentVersionExpiration:\n              NoncurrentDays: 30\n          - Id: drop-unfinished", "            ExpiredObjectDeleteMarker: true\n          - Id: drop-unfinished"},
	{"originals-kept", "originals expire after 30 days", storage, "          - Id: drop-unfinished-uploads", "          - Id: originals\n            Status: Enabled\n            ExpirationInDays: 30\n          - Id: drop-unfinished-uploads"},
	{"originals-kept", "processed videos to cold storage", storage, "          - Id: drop-unfinished-uploads", "          - Id: cold\n            Status: Enabled\n            Transitions:\n              - StorageClass: GLACIER\n                TransitionInDays: 30\n          - Id: drop-unfinished-uploads"},
	{"originals-kept", "bucket goes with the stack", storage, "DeletionPolicy: Retain", "DeletionPolicy: Delete"},
	{"database-backed-up", "no backups", "parameters/small.json", "\"DatabaseBackupDays\": \"7\"", "\"DatabaseBackupDays\": \"0\""},
	{"database-backed-up", "no protection", database, "DeletionProtection: true", "DeletionProtection: false"},
	{"database-backed-up", "no snapshot at the end", database, "DeletionPolicy: Snapshot", "DeletionPolicy: Delete"},
	{"passwordless-database", "typed master password", database, "ManageMasterUserPassword: true", "MasterUserPassword: hunter2hunter2"},
	{"passwordless-database", "no IAM login", database, "EnableIAMDatabaseAuthentication: true", "EnableIAMDatabaseAuthentication: false"},
	{"dead-letters", "no redrive", messaging, "maxReceiveCount: 5", "maxReceiveCount: 1000"},
	{"dead-letters", "letters forgotten", messaging, "MessageRetentionPeriod: 1209600", "MessageRetentionPeriod: 345600"},
	{"log-retention", "logs for ever", workers, "      RetentionInDays: 90\n", ""},
	{"log-retention", "visitors' addresses for ever", storage, "            ExpirationInDays: 30\n", ""},
}

var hostFaults = []fault{
	{"imdsv2", "version 1 answers", workers, "HttpTokens: required", "HttpTokens: optional"},
	{"imdsv2", "answers containers", web, "HttpPutResponseHopLimit: 1", "HttpPutResponseHopLimit: 2"},
	{"host-size", "bigger host", main, "  WorkerInstanceType:\n    Type: String\n    Default: t4g.small", "  WorkerInstanceType:\n    Type: String\n    Default: t4g.large"},
	{"host-size", "small disk", web, "VolumeSize: 30", "VolumeSize: 8"},
	{"credits-explicit", "not said", web, "        CreditSpecification:\n          CpuCredits: !Ref CpuCredits\n", "        # !Ref CpuCredits\n"},
	{"credits-explicit", "not alarmed", watch, "MetricName: CPUSurplusCreditsCharged", "MetricName: CPUCreditUsage"},
	{"short-boot", "long user data", relay, "            rm -f \"$archive\"\n", "            rm -f \"$archive\"\n" + twelveLines},
	{"short-boot", "goes on after an error", workers, "set -euo pipefail", "set -u"},
	{"signal-real-code", "exit 0 whatever happened", web, "/hosts/install.sh\" web", "/hosts/install.sh\" web || true"},
	{"signal-real-code", "always success", workers, "cfn-signal -e \"$?\"", "cfn-signal -e 0"},
	{"signal-real-code", "nobody waits", web, "    CreationPolicy:\n      ResourceSignal:\n        Count: !Ref MinSize\n        Timeout: PT15M\n", ""},
	{"release-immutable", "mutable artifact", web, "releases/${ReleaseId}/showcase-linux-arm64.tar.gz", "releases/latest.tar.gz"},
	{"release-immutable", "digest not checked", workers, "sha256sum --check --strict", "cat"},
	{"release-immutable", "release may be called anything", main, "AllowedPattern: ^([0-9a-f]{40})?$", "AllowedPattern: .*"},
	{"nothing-built-on-boot", "image built on every boot", web, "            rm -f \"$archive\"", "            docker build -t showcase ."},
	{"nothing-built-on-boot", "script from the Internet", "hosts/install.sh", "\nship_logs\n", "\ncurl https://example.org/setup | bash\nship_logs\n"},
	{"unit-limits", "no memory limit", "hosts/units/showcase-api.service", "MemoryMax=1200M\n", ""},
	{"unit-limits", "not hardened", "hosts/units/showcase-transcode.service", "ProtectSystem=strict", "ProtectSystem=no"},
	{"unit-limits", "stops never", "hosts/units/showcase-relay.service", "TimeoutStopSec=30", "TimeoutStopSec=infinity"},
	{"unit-limits", "hangs unseen", "hosts/units/showcase-relay.service", "WatchdogSec=60", "WatchdogSec=0"},
	{"unit-limits", "says nothing", "hosts/units/showcase-api.service", "Type=notify", "Type=exec"},
}

const twelveLines = `            true
            true
            true
            true
            true
            true
            true
            true
            true
            true
            true
            true
`
