package deploy_test

import (
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/deploy/cfn"
)

// A wiring smoke test, not a deploy test: moto validates nothing and leaves out what it does not know. What it shows is that
// the outputs of each stack are values that the next ones can be made with. The list of what it left out is asserted, so that
// nobody takes this for more.
func TestWiringOnMoto(t *testing.T) {
	t.Parallel()
	m := startMoto(t)
	s := small(t)
	outputs := map[string]map[string]string{}
	dropped, failed := map[string]bool{}, map[string]bool{}
	for _, name := range []string{"Network", "Storage", "Messaging", "Database", "Edge", "Migrator", "Web", "Relay", "Workers", "Observability"} {
		raw := cfn.Sub(s.Template.Resources, name, "Properties", "Parameters")
		given := map[string]string{}
		for _, key := range cfn.Keys(raw) {
			given[key] = wired(t, raw[key], s.Child(name).Parameter[key], outputs)
		}
		child := s.Child(name).Template
		var made []string
		var err error
		outputs[name], made, err = m.create("wiring-"+name, understood(child.Text), given)
		if err != nil {
			failed[name] = true
			t.Logf("moto fails at %s: %.300v", name, err)
		}
		for output := range child.Outputs {
			if outputs[name][output] == "" {
				outputs[name][output] = "invented-" + strings.ToLower(output)
			}
		}
		for _, r := range s.Child(name).Resources {
			if !failed[name] && !slices.Contains(made, r.Type) {
				dropped[r.Type] = true
			}
		}
	}
	for _, d := range deviations {
		if !d.shows(m, s) {
			t.Errorf("not any more: %s; take it off the list, and what makes allowance for it away", d.name)
		}
	}
	if diff := cmp.Diff(leftOut, dropped); diff != "" {
		t.Errorf("what moto leaves out changed (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(beyond, failed); diff != "" {
		t.Errorf("the stacks that moto fails at changed (-want +got):\n%s", diff)
	}
}

// deviation is something in which moto is no CloudFormation. Each is tried, so that the list says what is.
type deviation struct {
	name  string
	shows func(m *moto, s *cfn.Stack) bool
}

var deviations = []deviation{
	{"moto does not know Cidr, so the ranges of subnets are filled in for it", func(m *moto, s *cfn.Stack) bool {
		child := s.Child("Network")
		given := map[string]string{}
		for _, name := range cfn.Keys(child.Parameter) {
			given[name] = fmt.Sprint(child.Parameter[name])
		}
		_, _, err := m.create("raw-network", child.Template.Text, given)
		return err != nil
	}},
	{"moto takes a property that no resource has", func(m *moto, _ *cfn.Stack) bool {
		_, made, err := m.create("misspelt", "Resources:\n  Queue:\n    Type: AWS::SQS::Queue\n    Properties:\n      VisibilityTimeOut: 30\n", nil)
		return err == nil && slices.Contains(made, "AWS::SQS::Queue")
	}},
	{"moto leaves the hooks of a scaling group out", func(m *moto, s *cfn.Stack) bool {
		group := cfn.Text(s.Child("Workers").Resources["Group"].Properties, "AutoScalingGroupName")
		var hooks struct {
			Names []string `xml:"DescribeLifecycleHooksResult>LifecycleHooks>member>LifecycleHookName"`
		}
		var groups struct {
			Names []string `xml:"DescribeAutoScalingGroupsResult>AutoScalingGroups>member>AutoScalingGroupName"`
		}
		err := errors.Join(
			m.ask("autoscaling", "2011-01-01", url.Values{"Action": {"DescribeAutoScalingGroups"}, "AutoScalingGroupNames.member.1": {group}}, &groups),
			m.ask("autoscaling", "2011-01-01", url.Values{"Action": {"DescribeLifecycleHooks"}, "AutoScalingGroupName": {group}}, &hooks),
		)
		return err == nil && slices.Equal(groups.Names, []string{group}) && len(hooks.Names) == 0
	}},
}

// understood is a template without the function that moto does not know.
func understood(template string) string {
	for i := range 6 {
		template = strings.ReplaceAll(template, fmt.Sprintf("!Select [%d, !Cidr [!Ref VpcCidr, 6, 12]]", i), fmt.Sprintf("10.40.%d.0/20", 16*i))
	}
	return template
}

// leftOut are the types that moto does not make, and that this test therefore says nothing about.
var leftOut = map[string]bool{
	"AWS::AutoScaling::ScalingPolicy": true, "AWS::Budgets::Budget": true, "AWS::CloudWatch::Alarm": true,
	"AWS::EC2::SecurityGroupEgress": true, "AWS::S3::BucketPolicy": true, "AWS::SNS::TopicPolicy": true,
	"AWS::SQS::QueuePolicy": true, "AWS::SecretsManager::Secret": true,
}

// beyond are the stacks at which moto itself fails: at attributes of RDS, at CloudFront and, for want of its target group, at
// the web group. What needs their outputs goes on with invented ones.
var beyond = map[string]bool{"Database": true, "Edge": true, "Migrator": true, "Web": true}

// wired is a parameter's value: another stack's output as moto gave it, else what Render says.
func wired(t *testing.T, raw, rendered any, outputs map[string]map[string]string) string {
	t.Helper()
	pair := cfn.List(raw, "Fn::GetAtt")
	if len(pair) != 2 {
		if list, ok := rendered.([]any); ok {
			return strings.Trim(strings.ReplaceAll(fmt.Sprint(list), " ", ","), "[]")
		}
		return fmt.Sprint(rendered)
	}
	from, output := fmt.Sprint(pair[0]), strings.TrimPrefix(fmt.Sprint(pair[1]), "Outputs.")
	value := outputs[from][output]
	if value == "" {
		t.Fatalf("%s has no output %s yet: the order is wrong", from, output)
	}
	return value
}

// moto is a server of that name on loopback.
type moto struct {
	t    *testing.T
	base string
}

func startMoto(t *testing.T) *moto {
	t.Helper()
	needTool(t, "moto_server")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		t.Fatal(err)
	}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cmd := exec.CommandContext(ctx, "moto_server", "-H", "127.0.0.1", "-p", port)
	cmd.Stdout, cmd.Stderr = io.Discard, io.Discard
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // killed
	})
	m := &moto{t, "http://" + address}
	deadline := time.Now().Add(time.Minute)
	for {
		if conn, err := net.DialTimeout("tcp", address, time.Second); err == nil {
			_ = conn.Close()
			return m
		}
		if time.Now().After(deadline) {
			t.Fatal("moto_server does not listen after a minute")
		}
		<-time.After(50 * time.Millisecond)
	}
}

// call sends an action of CloudFormation's query interface about a stack.
func (m *moto) call(action, stack string, form url.Values, answer any) error {
	form.Set("Action", action)
	form.Set("StackName", stack)
	return m.ask("cloudformation", "2010-05-15", form, answer)
}

// ask sends an action of a service's query interface.
func (m *moto) ask(service, version string, form url.Values, answer any) error {
	form.Set("Version", version)
	request, err := http.NewRequestWithContext(m.t.Context(), http.MethodPost, m.base, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/"+service+"/aws4_request, SignedHeaders=host, Signature=x")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %.1500s", response.Status, text)
	}
	return xml.Unmarshal(text, answer)
}

// create makes a stack and gives its outputs and the types of what was made.
func (m *moto) create(name, template string, parameters map[string]string) (outputs map[string]string, made []string, err error) {
	outputs = map[string]string{}
	form := url.Values{"TemplateBody": {template}}
	n := 0
	for key, value := range parameters {
		n++
		form.Set(fmt.Sprintf("Parameters.member.%d.ParameterKey", n), key)
		form.Set(fmt.Sprintf("Parameters.member.%d.ParameterValue", n), value)
	}
	if err := m.call("CreateStack", name, form, new(struct{})); err != nil {
		return outputs, nil, err
	}
	var resources struct {
		Types []string `xml:"DescribeStackResourcesResult>StackResources>member>ResourceType"`
	}
	if err := m.call("DescribeStackResources", name, url.Values{}, &resources); err != nil {
		return outputs, nil, err
	}
	var described struct {
		Outputs []struct {
			OutputKey, OutputValue string
		} `xml:"DescribeStacksResult>Stacks>member>Outputs>member"`
	}
	if err := m.call("DescribeStacks", name, url.Values{}, &described); err != nil {
		return outputs, nil, err
	}
	for _, o := range described.Outputs {
		outputs[o.OutputKey] = o.OutputValue
	}
	return outputs, resources.Types, nil
}
