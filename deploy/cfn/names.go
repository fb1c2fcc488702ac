package cfn

import (
	"errors"
	"fmt"
	"strings"
)

// ref is what !Ref gives: a parameter's value, a pseudo parameter, or the name of a resource.
func (s *Stack) ref(name string) (any, error) {
	switch name {
	case "AWS::NoValue":
		return noValue{}, nil
	case "AWS::Region":
		return Region, nil
	case "AWS::AccountId":
		return Account, nil
	case "AWS::Partition":
		return Partition, nil
	case "AWS::StackName":
		return s.Name, nil
	}
	if value, ok := s.Parameter[name]; ok {
		return value, nil
	}
	raw := Sub(s.Template.Resources, name)
	if raw == nil {
		return nil, fmt.Errorf("%s is neither parameter nor resource", name)
	}
	return s.physical(name, raw)
}

// physical is the name that a resource gets: its own if it has one, else stack, logical name and a suffix.
func (s *Stack) physical(name string, raw Map) (any, error) {
	own := map[string]string{
		"AWS::SQS::Queue": "QueueName", "AWS::Logs::LogGroup": "LogGroupName",
		"AWS::AutoScaling::AutoScalingGroup": "AutoScalingGroupName",
	}
	kind := Text(raw, "Type")
	if property := own[kind]; property != "" {
		if value := At(raw, "Properties", property); value != nil {
			return s.eval(value)
		}
	}
	invented := strings.ToLower(s.Name + "-" + name + "-0a1b2c")
	switch kind {
	case "AWS::SecretsManager::Secret":
		return arn("secretsmanager", "secret:"+name+"-0a1b2c"), nil
	case "AWS::SNS::Topic":
		return arn("sns", invented), nil
	case "AWS::ElasticLoadBalancingV2::LoadBalancer", "AWS::ElasticLoadBalancingV2::TargetGroup",
		"AWS::ElasticLoadBalancingV2::Listener", "AWS::ElasticLoadBalancingV2::ListenerRule":
		return arn("elasticloadbalancing", invented), nil
	default:
		return invented, nil
	}
}

func arn(service, rest string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:%s", Partition, service, Region, Account, rest)
}

// attribute is what !GetAtt gives: an output of a nested stack, or something of a resource.
func (s *Stack) attribute(argument any) (any, error) {
	pair, _ := argument.([]any)
	if len(pair) != 2 {
		return nil, errors.New("a GetAtt takes a name and an attribute")
	}
	name, attribute := fmt.Sprint(pair[0]), fmt.Sprint(pair[1])
	raw := Sub(s.Template.Resources, name)
	if raw == nil {
		return nil, fmt.Errorf("%s.%s: no such resource", name, attribute)
	}
	if output, ok := strings.CutPrefix(attribute, "Outputs."); ok && Text(raw, "Type") == nested {
		c, err := s.child(name)
		if err != nil {
			return nil, err
		}
		value, ok := c.outputs[output]
		if !ok {
			return nil, fmt.Errorf("%s has no output %s", name, output)
		}
		return value, nil
	}
	physical, err := s.physical(name, raw)
	if err != nil {
		return nil, err
	}
	return invent(Text(raw, "Type"), attribute, fmt.Sprint(physical)), nil
}

// invent is an attribute in the form that policies and settings see.
func invent(kind, attribute, physical string) string {
	switch kind + "." + attribute {
	case "AWS::S3::Bucket.Arn":
		return "arn:" + Partition + ":s3:::" + physical
	case "AWS::SQS::Queue.Arn":
		return arn("sqs", physical)
	case "AWS::SQS::Queue.QueueName":
		return physical
	case "AWS::Logs::LogGroup.Arn":
		return arn("logs", "log-group:"+physical+":*")
	case "AWS::IAM::Role.Arn", "AWS::IAM::InstanceProfile.Arn":
		return "arn:" + Partition + ":iam::" + Account + ":role/showcase/" + physical
	case "AWS::RDS::DBInstance.DbiResourceId":
		return "db-0A1B2C3D4E"
	case "AWS::RDS::DBInstance.Endpoint.Address":
		return "database.internal"
	case "AWS::RDS::DBInstance.MasterUserSecret.SecretArn":
		return arn("secretsmanager", "secret:rds!db-0a1b2c")
	case "AWS::CloudFront::Distribution.DomainName":
		return "d0a1b2c3.cloudfront.net"
	default:
		return physical + "." + attribute
	}
}
