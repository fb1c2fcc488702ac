package cfn_test

import (
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/deploy/cfn"
)

func load(t *testing.T, text string) cfn.Set {
	t.Helper()
	set, err := cfn.Load(fstest.MapFS{"a.yaml": &fstest.MapFile{Data: []byte(text)}})
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func TestShortTagsAreExpanded(t *testing.T) {
	t.Parallel()
	set := load(t, `
Resources:
  A:
    Type: T
    Properties:
      ref: !Ref P
      att: !GetAtt Q.Endpoint.Address
      sub: !Sub "${P}-${!kept}-${AWS::Region}"
      yes: true
      digits: !Sub 443
`)
	got := cfn.Sub(set["a.yaml"].Resources, "A", "Properties")
	want := cfn.Map{
		"ref": cfn.Map{"Ref": "P"}, "att": cfn.Map{"Fn::GetAtt": []any{"Q", "Endpoint.Address"}},
		"sub": cfn.Map{"Fn::Sub": "${P}-${!kept}-${AWS::Region}"}, "yes": true, "digits": cfn.Map{"Fn::Sub": "443"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	refs := cfn.Refs(got)
	for _, name := range []string{"P", "Q.Endpoint.Address", "AWS::Region"} {
		if !refs[name] {
			t.Errorf("%s is not among the references %v", name, refs)
		}
	}
	if len(refs) != 3 {
		t.Errorf("references %v, want three", refs)
	}
}

func TestRenderWorksOutFunctions(t *testing.T) {
	t.Parallel()
	set := load(t, `
Parameters:
  Size: {Type: Number, Default: 2}
  Names: {Type: "List<String>", Default: "x,y"}
Conditions:
  Two: !Equals [!Ref Size, "2"]
  Other: !And [!Condition Two, !Not [!Condition Two]]
Resources:
  Kept:
    Type: AWS::SQS::Queue
    Condition: Two
    Properties:
      QueueName: !Sub q-${Size}
      Second: !Select [1, !Ref Names]
      Joined: !Join ["+", !Ref Names]
      Choice: !If [Other, no, !Ref "AWS::NoValue"]
      Arn: !GetAtt Kept.Arn
  Gone: {Type: T, Condition: Other}
`)
	s, err := cfn.Render(set, "a.yaml", "st", nil)
	if err != nil {
		t.Fatal(err)
	}
	want := cfn.Map{"QueueName": "q-2", "Second": "y", "Joined": "x+y", "Arn": "arn:aws:sqs:us-east-1:123456789012:q-2"}
	if diff := cmp.Diff(want, s.Resources["Kept"].Properties); diff != "" {
		t.Error(diff)
	}
	if _, there := s.Resources["Gone"]; there {
		t.Error("a resource whose condition does not hold is there")
	}
}

func TestWhatCannotBeRenderedIsAnError(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ text, want string }{
		"unknown function":  {"Resources: {A: {Type: T, P: !Transform x}}", "not known"},
		"unknown name":      {"Resources: {A: {Type: T, P: !Ref Nobody}}", "neither"},
		"missing parameter": {"Parameters: {P: {Type: String}}\nResources: {}", "not given"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := cfn.Render(load(t, test.text), "a.yaml", "st", nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

func TestBadTemplatesAreRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"a: &x 1\nb: *x", "- list", "a: 1\na: 2", ": :"} {
		if _, err := cfn.Load(fstest.MapFS{"a.yaml": &fstest.MapFile{Data: []byte(text)}}); err == nil {
			t.Errorf("%q was read", text)
		}
	}
	if _, err := cfn.Load(fstest.MapFS{}); err == nil {
		t.Error("an empty folder was read")
	}
}

// The whole of our own set, with nested outputs, must render: an output or a parameter that does not exist fails here.
func TestTheMasterRenders(t *testing.T) {
	t.Parallel()
	set, err := cfn.Load(os.DirFS("../cloudformation"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := cfn.Render(set, "main.yaml", "showcase-test", cfn.Map{
		"EnvironmentName": "test", "ArtifactBucketName": "artifacts", "CloudFrontPrefixListId": "pl-0a1b",
		"AlarmEmail": "ops@example.org", "ReleaseId": strings.Repeat("a", 40), "ReleaseSha256": strings.Repeat("b", 64),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Children()); got != 10 {
		t.Errorf("%d nested stacks, want 10", got)
	}
	group := s.Child("Workers").Resources["Group"].Properties
	if got := cfn.Text(group, "AutoScalingGroupName"); got != "showcase-test-workers" {
		t.Errorf("worker group is called %q", got)
	}
}
