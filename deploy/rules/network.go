package rules

import (
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

var networkRules = []Rule{
	{"no-ssh", "Session Manager needs no open port and no key pair, and leaves a trail.", noSSH},
	{"no-world-ingress", "Groups admit groups or CloudFront's list; an address range lets strangers around the balancer.", noWorldIngress},
	{"balancer-not-bypassed", "Only our distribution may reach the application, or limits and headers at the edge are for show.", balancerGuarded},
	{"database-isolated", "A database whose subnets route to the Internet is one mistake away from it.", databaseIsolated},
	{"two-zones", "One zone lost must not be the contest lost.", twoZones},
	{"private-hosts", "Public subnets are for the balancer alone.", privateHosts},
	{"objects-endpoint", "Without it every video byte passes through the NAT gateway, which charges by the byte.", objectsEndpoint},
	{"https", "Passwords and tokens travel: TLS wherever a certificate can be had.", https},
}

func noSSH(d *Deployment, report reporter) {
	for _, p := range d.place {
		cfn.Walk(p.Properties, func(v any) {
			m, ok := v.(cfn.Map)
			if !ok {
				return
			}
			from, to := number(m["FromPort"]), number(m["ToPort"])
			if _, ports := m["FromPort"]; ports && from <= 22 && to >= 22 {
				report(p.where(), "port 22 is open")
			}
			if _, key := m["KeyName"]; key {
				report(p.where(), "a key pair is installed")
			}
		})
	}
	for name, t := range d.Set {
		for _, parameter := range cfn.Keys(t.Parameters) {
			if strings.Contains(cfn.Text(t.Parameters, parameter, "Type"), "KeyPair") {
				report(name+" "+parameter, "a key pair is asked for")
			}
		}
	}
}

func noWorldIngress(d *Deployment, report reporter) {
	check := func(p placed, rule any) {
		for _, key := range []string{"CidrIp", "CidrIpv6"} {
			if cidr := cfn.Text(rule, key); cidr != "" {
				report(p.where(), "admits the addresses %s instead of a group", cidr)
			}
		}
		if cfn.Text(rule, "IpProtocol") == "-1" {
			report(p.where(), "admits every protocol")
		}
	}
	for _, p := range d.ofType("AWS::EC2::SecurityGroup") {
		for _, rule := range cfn.List(p.Properties, "SecurityGroupIngress") {
			check(p, rule)
		}
		if len(cfn.List(p.Properties, "SecurityGroupEgress")) == 0 {
			report(p.where(), "has no egress rule, so it may call everybody")
		}
	}
	for _, p := range d.ofType("AWS::EC2::SecurityGroupIngress") {
		check(p, p.Properties)
	}
}

func balancerGuarded(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::ElasticLoadBalancingV2::Listener") {
		for _, action := range cfn.List(p.Properties, "DefaultActions") {
			if cfn.Text(action, "Type") == "forward" {
				report(p.where(), "forwards what does not come from our distribution")
			}
		}
	}
	for _, p := range d.ofType("AWS::ElasticLoadBalancingV2::ListenerRule") {
		guarded := false
		for _, condition := range cfn.List(p.Properties, "Conditions") {
			for _, value := range cfn.List(condition, "HttpHeaderConfig", "Values") {
				guarded = guarded || strings.HasPrefix(value.(string), "{{resolve:secretsmanager:")
			}
		}
		if !guarded {
			report(p.where(), "asks for no secret header")
		}
	}
	for _, p := range d.ofType("AWS::ElasticLoadBalancingV2::LoadBalancer") {
		if !hasAttribute(p.Properties, "LoadBalancerAttributes", "routing.http.drop_invalid_header_fields.enabled", "true") {
			report(p.where(), "lets malformed headers through")
		}
	}
}

func databaseIsolated(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::RDS::DBInstance") {
		if p.Properties["PubliclyAccessible"] != false {
			report(p.where(), "may be reached from the Internet")
		}
	}
	for _, p := range d.ofType("AWS::EC2::Route") {
		if strings.Contains(cfn.Text(p.Properties, "RouteTableId"), "database") {
			report(p.where(), "leads out of the database's subnets")
		}
	}
}

func twoZones(d *Deployment, report reporter) {
	zones := map[string]map[string]bool{} // by size and subnet
	for _, p := range d.ofType("AWS::EC2::Subnet") {
		if zones[p.Size] == nil {
			zones[p.Size] = map[string]bool{}
		}
		zones[p.Size][kindOfSubnet(p.Name)+cfn.Text(p.Properties, "AvailabilityZone")] = true
	}
	for size, seen := range zones {
		for _, kind := range []string{"Public", "Host", "Database"} {
			if n := countPrefix(seen, kind); n < 2 {
				report("10-network.yaml", "%s subnets are in %d zone(s) in size %s", kind, n, size)
			}
		}
	}
	for _, p := range d.ofType("AWS::AutoScaling::AutoScalingGroup") {
		if n := len(cfn.List(p.Properties, "VPCZoneIdentifier")); n < 2 {
			report(p.where(), "stands in %d zone(s)", n)
		}
		if len(cfn.List(p.Properties, "TargetGroupARNs")) > 0 && number(p.Properties["MinSize"]) < 2 {
			report(p.where(), "may fall to one host, and one host is in one zone")
		}
	}
	if lowest := number(cfn.At(d.Set[master].Parameters, "WebMin", "MinValue")); lowest < 2 {
		report(master+" WebMin", "allows one web host")
	}
	for _, p := range d.ofType("AWS::RDS::DBInstance") {
		if p.Size == "production" && cfn.Text(p.Properties, "MultiAZ") != "true" {
			report(p.where(), "has no standby in production")
		}
	}
}

func kindOfSubnet(name string) string { return name[:max(0, strings.Index(name, "Subnet"))] }

func countPrefix(set map[string]bool, prefix string) (n int) {
	for key := range set {
		if strings.HasPrefix(key, prefix) {
			n++
		}
	}
	return n
}

func privateHosts(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::AutoScaling::AutoScalingGroup") {
		for _, subnet := range cfn.List(p.Properties, "VPCZoneIdentifier") {
			if strings.Contains(subnet.(string), "publicsubnet") {
				report(p.where(), "stands in a public subnet")
			}
		}
	}
	for _, p := range d.ofType("AWS::EC2::Subnet") {
		if p.Properties["MapPublicIpOnLaunch"] == true {
			report(p.where(), "gives every host a public address")
		}
	}
}

func objectsEndpoint(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::EC2::VPCEndpoint") {
		if strings.HasSuffix(cfn.Text(p.Properties, "ServiceName"), ".s3") && len(cfn.List(p.Properties, "RouteTableIds")) >= 2 {
			return
		}
	}
	report("10-network.yaml", "no S3 gateway endpoint for both host routes")
}

func https(d *Deployment, report reporter) {
	for _, p := range d.ofType("AWS::CloudFront::Distribution") {
		config := cfn.Sub(p.Properties, "DistributionConfig")
		for _, behaviour := range append(cfn.List(config, "CacheBehaviors"), config["DefaultCacheBehavior"]) {
			if policy := cfn.Text(behaviour, "ViewerProtocolPolicy"); policy != "redirect-to-https" && policy != "https-only" {
				report(p.where(), "%s allows plain HTTP", cfn.Text(behaviour, "PathPattern"))
			}
		}
	}
	listener := cfn.Sub(d.Set["60-edge.yaml"].Resources, "Listener", "Properties")
	if !cfn.Refs(listener)["CertificateArn"] || !strings.Contains(mustText(listener["SslPolicy"]), "TLS13") {
		report("60-edge.yaml Listener", "cannot take a certificate and a TLS 1.2+ policy")
	}
}
