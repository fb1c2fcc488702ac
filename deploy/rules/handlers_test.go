package rules_test

import (
	"os"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/deploy/cfn"
)

// handlers are the actions that CloudFormation takes to make, read, change and delete a resource of each type, as its own
// schemas list them, without those for properties that we do not set. A type that is not here has not been looked up.
var handlers = map[string]string{
	"AWS::AutoScaling::ScalingPolicy":           "autoscaling: PutScalingPolicy DescribePolicies DeletePolicy",
	"AWS::AutoScaling::ScheduledAction":         "autoscaling: PutScheduledUpdateGroupAction DescribeScheduledActions DeleteScheduledAction",
	"AWS::CloudFront::Distribution":             "cloudfront: CreateDistribution GetDistribution GetDistributionConfig UpdateDistribution DeleteDistribution ListTagsForResource TagResource UntagResource",
	"AWS::CloudFront::Function":                 "cloudfront: CreateFunction PublishFunction DescribeFunction GetFunction UpdateFunction DeleteFunction",
	"AWS::CloudFront::OriginAccessControl":      "cloudfront: CreateOriginAccessControl GetOriginAccessControl UpdateOriginAccessControl DeleteOriginAccessControl",
	"AWS::CloudFront::ResponseHeadersPolicy":    "cloudfront: CreateResponseHeadersPolicy GetResponseHeadersPolicy UpdateResponseHeadersPolicy DeleteResponseHeadersPolicy",
	"AWS::CloudWatch::Alarm":                    "cloudwatch: PutMetricAlarm DescribeAlarms DeleteAlarms ListTagsForResource TagResource UntagResource",
	"AWS::CloudWatch::Dashboard":                "cloudwatch: PutDashboard GetDashboard DeleteDashboards",
	"AWS::EC2::EIP":                             "ec2: AllocateAddress DescribeAddresses ReleaseAddress DisassociateAddress CreateTags DeleteTags",
	"AWS::EC2::InternetGateway":                 "ec2: CreateInternetGateway DescribeInternetGateways DeleteInternetGateway CreateTags DeleteTags",
	"AWS::EC2::LaunchTemplate":                  "ec2: CreateLaunchTemplate CreateLaunchTemplateVersion DescribeLaunchTemplates DeleteLaunchTemplate CreateTags DeleteTags",
	"AWS::EC2::NatGateway":                      "ec2: CreateNatGateway DescribeNatGateways DeleteNatGateway CreateTags DeleteTags",
	"AWS::EC2::Route":                           "ec2: CreateRoute ReplaceRoute DeleteRoute DescribeRouteTables DescribeNetworkInterfaces",
	"AWS::EC2::RouteTable":                      "ec2: CreateRouteTable DescribeRouteTables DeleteRouteTable CreateTags DeleteTags",
	"AWS::EC2::SecurityGroup":                   "ec2: CreateSecurityGroup DescribeSecurityGroups AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress RevokeSecurityGroupEgress DescribeInstances DeleteSecurityGroup CreateTags DeleteTags",
	"AWS::EC2::SecurityGroupIngress":            "ec2: AuthorizeSecurityGroupIngress DescribeSecurityGroupRules DescribeSecurityGroups UpdateSecurityGroupRuleDescriptionsIngress RevokeSecurityGroupIngress",
	"AWS::EC2::Subnet":                          "ec2: CreateSubnet ModifySubnetAttribute DescribeSubnets DescribeNetworkAcls DeleteSubnet CreateTags DeleteTags",
	"AWS::EC2::SubnetRouteTableAssociation":     "ec2: AssociateRouteTable ReplaceRouteTableAssociation DisassociateRouteTable DescribeSubnets DescribeRouteTables",
	"AWS::EC2::VPC":                             "ec2: CreateVpc ModifyVpcAttribute DescribeVpcs DescribeVpcAttribute DescribeSecurityGroups DescribeNetworkAcls DeleteVpc CreateTags DeleteTags",
	"AWS::EC2::VPCEndpoint":                     "ec2: CreateVpcEndpoint ModifyVpcEndpoint DescribeVpcEndpoints DescribeSubnets DescribeSecurityGroups DeleteVpcEndpoints CreateTags DeleteTags",
	"AWS::EC2::VPCGatewayAttachment":            "ec2: AttachInternetGateway DetachInternetGateway DescribeInternetGateways DescribeVpnGateways",
	"AWS::ElasticLoadBalancingV2::ListenerRule": "elasticloadbalancing: CreateRule DescribeRules ModifyRule SetRulePriorities DeleteRule",
	"AWS::ElasticLoadBalancingV2::LoadBalancer": "elasticloadbalancing: CreateLoadBalancer DescribeLoadBalancers DescribeLoadBalancerAttributes ModifyLoadBalancerAttributes SetSubnets SetSecurityGroups DeleteLoadBalancer AddTags RemoveTags DescribeTags",
	"AWS::ElasticLoadBalancingV2::TargetGroup":  "elasticloadbalancing: CreateTargetGroup DescribeTargetGroups DescribeTargetGroupAttributes DescribeTargetHealth ModifyTargetGroup ModifyTargetGroupAttributes DeleteTargetGroup AddTags RemoveTags DescribeTags",
	"AWS::IAM::InstanceProfile":                 "iam: CreateInstanceProfile PassRole AddRoleToInstanceProfile RemoveRoleFromInstanceProfile GetInstanceProfile DeleteInstanceProfile",
	"AWS::IAM::Role":                            "iam: CreateRole PutRolePolicy GetRole GetRolePolicy ListRolePolicies ListAttachedRolePolicies UpdateAssumeRolePolicy DeleteRolePolicy DeleteRole TagRole UntagRole",
	"AWS::Logs::LogGroup":                       "logs: CreateLogGroup PutRetentionPolicy DeleteRetentionPolicy DescribeLogGroups DescribeIndexPolicies GetDataProtectionPolicy DeleteLogGroup ListTagsForResource TagResource UntagResource",
	"AWS::RDS::DBInstance":                      "rds: CreateDBInstance RestoreDBInstanceFromDBSnapshot DescribeDBInstances DescribeDBSnapshots DescribeDBEngineVersions DescribeDBParameterGroups DescribeEvents ModifyDBInstance RebootDBInstance CreateDBSnapshot DeleteDBInstance AddTagsToResource RemoveTagsFromResource",
	"AWS::RDS::DBParameterGroup":                "rds: CreateDBParameterGroup DescribeDBParameterGroups DescribeDBParameters DescribeEngineDefaultParameters ModifyDBParameterGroup ResetDBParameterGroup DeleteDBParameterGroup ListTagsForResource",
	"AWS::RDS::DBSubnetGroup":                   "rds: CreateDBSubnetGroup DescribeDBSubnetGroups ModifyDBSubnetGroup DeleteDBSubnetGroup ListTagsForResource",
	"AWS::S3::BucketPolicy":                     "s3: PutBucketPolicy GetBucketPolicy DeleteBucketPolicy",
	"AWS::SNS::Topic":                           "sns: CreateTopic Subscribe Unsubscribe GetTopicAttributes SetTopicAttributes ListSubscriptionsByTopic GetDataProtectionPolicy DeleteTopic ListTagsForResource TagResource UntagResource",
	"AWS::SQS::Queue":                           "sqs: CreateQueue GetQueueUrl GetQueueAttributes SetQueueAttributes DeleteQueue ListQueueTags TagQueue UntagQueue",
	"AWS::SQS::QueuePolicy":                     "sqs: SetQueueAttributes",
	"AWS::SecretsManager::Secret":               "secretsmanager: CreateSecret GetRandomPassword DescribeSecret UpdateSecret DeleteSecret TagResource UntagResource",
}

func TestCloudFormationMayDoWhatItsHandlersDo(t *testing.T) {
	t.Parallel()
	set, err := cfn.Load(os.DirFS("../cloudformation"))
	if err != nil {
		t.Fatal(err)
	}
	s := bootstrap(t, set)
	may := map[string]bool{}
	for _, policy := range append(cfn.List(s.Resources["Execution"].Properties, "Policies"), s.Resources["ExecutionNamed"].Properties) {
		for _, statement := range cfn.List(policy, "PolicyDocument", "Statement") {
			for _, action := range cfn.List(statement, "Action") {
				may[action.(string)] = true
			}
		}
	}
	used := map[string]bool{}
	for _, template := range set {
		for name := range template.Resources {
			used[cfn.Text(template.Resources, name, "Type")] = true
		}
	}
	for kind, list := range handlers {
		service, actions, _ := strings.Cut(list, ": ")
		for action := range strings.FieldsSeq(actions) {
			if !may[service+":"+action] {
				t.Errorf("%s: CloudFormation may not %s:%s", kind, service, action)
			}
		}
		if !used[kind] {
			t.Errorf("%s is not in the templates any more", kind)
		}
	}
}
