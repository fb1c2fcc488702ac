package rules_test

// Faults of scaling, watching, access and wiring. Those of the reference deployment come first in each list.

var scalingFaults = []fault{
	{"backlog-per-worker", "raw queue depth", workers, "Expression: (visible + running) / FILL(workers, 1)", "Expression: visible + running"},
	{"backlog-per-worker", "divided by a constant", workers, "/ FILL(workers, 1)", "/ 3"},
	{"backlog-per-worker", "running jobs left out", workers, "(visible + running)", "(visible)"},
	{"backlog-per-worker", "never in", workers, "        TargetValue: !Ref JobsPerWorker", "        TargetValue: !Ref JobsPerWorker\n        DisableScaleIn: true"},
	{"fleet-bounds", "ten workers", main, "  WorkerMax:\n    Type: Number\n    Default: 3\n    MinValue: 2\n    MaxValue: 3", "  WorkerMax:\n    Type: Number\n    Default: 3\n    MinValue: 2\n    MaxValue: 10"},
	{"fleet-bounds", "no worker at all", "parameters/small.json", "\"WorkerMin\": \"1\"", "\"WorkerMin\": \"0\""},
	{"web-follows-users", "CPU alone", web, "PredefinedMetricType: ALBRequestCountPerTarget", "PredefinedMetricType: ASGAverageNetworkIn"},
	{"web-follows-users", "CPU every five minutes", web, "        Monitoring:\n          Enabled: true\n", ""},
	{"warm-up", "none", workers, "      DefaultInstanceWarmup: !Ref WarmupSeconds\n", ""},
	{"rolling-update", "an update replaces no host", web, "    UpdatePolicy:\n      AutoScalingRollingUpdate:", "    Metadata:\n      Was:"},
	{"rolling-update", "does not wait", relay, "WaitOnResourceSignals: true", "WaitOnResourceSignals: false"},
	{"rolling-update", "all at once", workers, "MinInstancesInService: 1", "MinInstancesInService: 0"},
	{"rolling-update", "migrator stays", migrator, "Version: !GetAtt Template.LatestVersionNumber", "Version: $Latest"},
	{"rolling-update", "alarms in the middle", web, "AZRebalance, AlarmNotification, ScheduledActions", "AZRebalance"},
	{"jobs-survive-scale-in", "no hook", workers, "autoscaling:EC2_INSTANCE_TERMINATING", "autoscaling:EC2_INSTANCE_LAUNCHING"},
	{"jobs-survive-scale-in", "hook too short", workers, "HeartbeatTimeout: 1020", "HeartbeatTimeout: 300"},
	{"jobs-survive-scale-in", "ffmpeg told to stop", "hosts/units/showcase-transcode.service", "KillMode=mixed", "KillMode=control-group"},
	{"jobs-survive-scale-in", "impatient", "hosts/units/showcase-transcode.service", "TimeoutStopSec=900", "TimeoutStopSec=90"},
	{"jobs-survive-scale-in", "hook as a resource of its own", workers, "  RaiseForDeadline:", "  Hook:\n    Type: AWS::AutoScaling::LifecycleHook\n    Properties:\n      AutoScalingGroupName: !Ref Group\n\n  RaiseForDeadline:"},
	{"no-replacement-loop", "balancer's health replaces hosts", web, "HealthCheckType: EC2", "HealthCheckType: ELB"},
	{"ready-before-traffic", "liveness for readiness", edge, "HealthCheckPath: /readyz", "HealthCheckPath: /healthz"},
	{"ready-before-traffic", "slow to notice", edge, "HealthCheckIntervalSeconds: 10", "HealthCheckIntervalSeconds: 60"},
	{"ready-before-traffic", "no time to finish", edge, "Value: \"30\"", "Value: \"0\""},
}

var watchFaults = []fault{
	{"alarm-acts", "no alarm has an action", watch, "      AlarmActions: [!Ref Topic]\n", ""},
	{"alarm-acts", "nobody subscribed", watch, "      Subscription:\n        - Protocol: email\n          Endpoint: !Ref AlarmEmail\n", "      TracingConfig: !Ref AlarmEmail\n"},
	{"alarm-acts", "wordless", watch, "      AlarmDescription: The database is about to run out of connections.\n", ""},
	{"first-dead-letter", "first letter missed", watch, "      Threshold: 0\n      TreatMissingData: notBreaching", "      Threshold: 1\n      TreatMissingData: notBreaching"},
	{"metric-enabled", "worker capacity on a metric that is off", workers, "          Metrics: [GroupInServiceInstances, GroupDesiredCapacity, GroupMaxSize, GroupMinSize]", "          Metrics: [GroupTotalInstances]"},
	{"metric-enabled", "agent takes no memory", "hosts/cloudwatch-agent.json", "mem_used_percent", "mem_free"},
	{"metric-enabled", "application sends no lag", "metrics.json", "ProjectionLagSeconds", "Lag"},
	{"alarm-says-silence", "not said", watch, "      TreatMissingData: breaching\n", ""},
	{"areas-alarmed", "nothing on 5xx", watch, "HTTPCode_Target_5XX_Count\n", "HTTPCode_Target_4XX_Count\n"},
	{"areas-alarmed", "nothing on age", watch, "MetricName: ApproximateAgeOfOldestMessage", "MetricName: SentMessageSize"},
	{"dashboards", "cannot be parsed", watch, "\"widgets\": [", "\"widgets\": [,"},
	{"budget", "nobody told", watch, "SubscriptionType: SNS", "SubscriptionType: EMAIL"},
}

var accessFaults = []fault{
	{"one-role-per-service", "one profile for all", migrator, "          Arn: !GetAtt Profile.Arn", "          Name: everything"},
	{"one-role-per-service", "none", relay, "        IamInstanceProfile:\n          Arn: !GetAtt Profile.Arn\n", ""},
	{"no-wildcard-action", "s3:*", web, "Action: [s3:GetObject, s3:DeleteObject]", "Action: s3:*"},
	{"no-wildcard-action", "all but", workers, "                Action: s3:ListBucket", "                NotAction: s3:ListBucket"},
	{"no-wildcard-resource", "every secret", relay, "Resource: !Ref MasterSecretArn", "Resource: \"*\""},
	{"no-wildcard-resource", "every bucket", workers, "Resource: !Sub ${MediaBucketArn}/originals/*", "Resource: \"*\""},
	{"no-wildcard-resource", "every database", web, "Resource: !Sub arn:${AWS::Partition}:rds-db:${AWS::Region}:${AWS::AccountId}:dbuser:${DatabaseResourceId}/showcase_web", "Resource: \"*\""},
	{"no-managed-policy", "administrator", boot, "      MaxSessionDuration: 7200", "      MaxSessionDuration: 7200\n      ManagedPolicyArns: [arn:aws:iam::aws:policy/AdministratorAccess]"},
	{"release-read-only", "hosts write releases", workers, "              - Sid: Release\n                Effect: Allow\n                Action: s3:GetObject", "              - Sid: Release\n                Effect: Allow\n                Action: [s3:GetObject, s3:PutObject]"},
}

var wiringFaults = []fault{
	{"no-secret-input", "database password as a parameter", main, "  AlarmEmail:\n    Type: String", "  AlarmEmail:\n    Type: String\n  DbPassword:\n    Type: String\n    Default: x"},
	{"no-secret-input", "hidden parameter", main, "  AlarmEmail:\n    Type: String", "  AlarmEmail:\n    Type: String\n    NoEcho: true"},
	{"no-secret-input", "secret in user data", web, "'TOKEN_SECRET=${TokenSecretArn}'", "'JWT_KEYS=k:${TokenSecretArn}'"},
	{"no-secret-input", "secret resolved in user data", web, "'TOKEN_SECRET=${TokenSecretArn}'", "'TOKEN={{resolve:secretsmanager:${TokenSecretArn}}}'"},
	{"no-secret-input", "secret in a parameter file", "parameters/small.json", "\"AppPort\"", "\"JwtSecret\": \"x\", \"AppPort\""},
	{"parameter-used", "nothing reads it", workers, "  QueuePrefix:\n    Type: String\n", "  QueuePrefix:\n    Type: String\n  Unused:\n    Type: String\n    Default: x\n"},
	{"parameter-known", "misspelt", "parameters/small.json", "\"WebMin\"", "\"WebMinimum\""},
	{"stacks-fit", "output that is not there", main, "Network.Outputs.WebGroupId", "Network.Outputs.WebGroup"},
	{"stacks-fit", "parameter that is not taken", main, "        VpcCidr: !Ref VpcCidr\n        AppPort", "        Cidr: !Ref VpcCidr\n        VpcCidr: !Ref VpcCidr\n        AppPort"},
	{"stacks-fit", "parameter that is not given", main, "        QueuePrefix: !Sub showcase-${EnvironmentName}-\n\n  Database", "        {}\n\n  Database"},
	{"output-used", "noise", network, "Outputs:\n", "Outputs:\n  Noise:\n    Value: x\n"},
	{"names-replaceable", "bucket with a name", storage, "  MediaBucket:\n    Type: AWS::S3::Bucket\n    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:\n", "  MediaBucket:\n    Type: AWS::S3::Bucket\n    DeletionPolicy: Retain\n    UpdateReplacePolicy: Retain\n    Properties:\n      BucketName: videos\n"},
	{"names-replaceable", "role with a name", web, "    Type: AWS::IAM::Role\n    Properties:\n", "    Type: AWS::IAM::Role\n    Properties:\n      RoleName: web\n"},
	{"migrations-first", "migrations by hand", main, "ReleaseId: !GetAtt Migrator.Outputs.ReleaseId", "ReleaseId: !Ref ReleaseId"},
	{"migrations-first", "not waited for", migrator, "        Count: 1", "        Count: 0"},
	{"visitors-address", "a limit throttles the balancer", web, "'PROXY_LIST=", "'X="},
	{"visitors-address", "nobody believed", "hosts/install.sh", "TRUSTED_PROXIES=$(proxies)", "X=$(proxies)"},
}
