package deploy_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

const release = "0123456789012345678901234567890123456789"

// stage is a copy of what deploy.sh reads, with stand-ins for every tool that would reach out.
type stage struct {
	t     *testing.T
	root  string
	calls string
}

func newStage(t *testing.T) *stage {
	t.Helper()
	root := t.TempDir()
	s := &stage{t, root, filepath.Join(root, "calls")}
	s.copy("deploy.sh", "deploy/deploy.sh", 0o755)
	s.copy("parameters/small.json", "deploy/parameters/small.json", 0o644)
	for _, folder := range []string{"bin", "dist", "handlers/webui/dist"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	s.copy("testdata/bin/aws", "bin/aws", 0o755)
	for _, tool := range []string{"git", "make", "curl", "go", "cfn-lint"} {
		s.copy("testdata/bin/record", "bin/"+tool, 0o755)
	}
	s.copy("testdata/bin/record", "deploy/smoke.sh", 0o755)
	s.write("dist/showcase-linux-arm64.tar.gz.sha256", strings.Repeat("ab", 32)+"  showcase-linux-arm64.tar.gz\n")
	return s
}

func (s *stage) copy(from, to string, mode os.FileMode) {
	s.t.Helper()
	text, err := os.ReadFile(from)
	if err != nil {
		s.t.Fatal(err)
	}
	s.write(to, string(text))
	if err := os.Chmod(filepath.Join(s.root, to), mode); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stage) write(to, text string) {
	s.t.Helper()
	path := filepath.Join(s.root, to)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		s.t.Fatal(err)
	}
}

// run runs a script of the stage with settings KEY=value; it gives the output and whether it ended well.
func (s *stage) run(settings []string, stdin string, command ...string) (string, bool) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(s.root, command[0]), command[1:]...)
	cmd.Dir = s.root
	cmd.Env = append([]string{
		"PATH=" + filepath.Join(s.root, "bin") + ":/usr/bin:/bin", "HOME=" + s.root, "TMPDIR=" + s.root,
		"CALLS=" + s.calls, "AWS_REGION=us-east-1", "ALARM_EMAIL=ops@example.org",
	}, settings...)
	cmd.Stdin = strings.NewReader(stdin)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	if ctx.Err() != nil {
		s.t.Fatalf("%v did not end:\n%s", command, out.String())
	}
	return out.String(), err == nil
}

// called are the calls so far, each with tabs between its arguments.
func (s *stage) called() string {
	s.t.Helper()
	text, err := os.ReadFile(s.calls)
	if err != nil && !os.IsNotExist(err) {
		s.t.Fatal(err)
	}
	return string(text)
}

// inOrder tells whether the calls hold all the patterns, one after the other.
func inOrder(calls string, patterns ...string) string {
	for _, p := range patterns {
		at := regexp.MustCompile(p).FindStringIndex(calls)
		if at == nil {
			return p
		}
		calls = calls[at[1]:]
	}
	return ""
}

func TestAFirstDeployGoesStepByStep(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	out, ok := s.run(nil, "", "deploy/deploy.sh", "small")
	if !ok {
		t.Fatalf("failed:\n%s", out)
	}
	missing := inOrder(s.called(),
		`aws\tsts\tget-caller-identity`, `git\tstatus`, `cfn-lint\t`, `go\ttest\t-count=1\t./deploy/rules`,
		`make\tdist`, `curl\t.*rds-ca\.pem`, `aws\ts3\tcp\t.*showcase-linux-arm64\.tar\.gz\ts3://artifacts/releases/`+release,
		`\.sha256\ts3://artifacts`, `aws\tcloudformation\tpackage`,
		`aws\tcloudformation\tdeploy\t.*--disable-rollback`, `aws\tcloudformation\tdeploy\t.*ReleaseId=`+release+`\tReleaseSha256=(ab){32}`,
		`--enable-termination-protection`, `aws\ts3\tsync\t.*dist/assets\t.*immutable`, `aws\ts3\tsync\t.*no-cache`, `config\.json\t.*no-cache`, `create-invalidation`, `smoke\.sh\tthe-PublicUrl`,
	)
	if missing != "" {
		t.Errorf("%s was not called in its turn; called were:\n%s", missing, s.called())
	}
	if !strings.Contains(out, "the contest: the-PublicUrl") {
		t.Errorf("no address at the end:\n%s", out)
	}
	first := strings.Split(s.called(), "cloudformation\tdeploy")[1]
	if strings.Contains(strings.SplitN(first, "\n", 2)[0], "ReleaseId=") {
		t.Error("the data stacks come with the application")
	}
}

func TestASecondRunBuildsNothingAnew(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	out, ok := s.run([]string{"STATE=UPDATE_COMPLETE", "RELEASED=" + strings.Repeat("cd", 32)}, "", "deploy/deploy.sh", "small")
	if !ok {
		t.Fatalf("failed:\n%s", out)
	}
	calls := s.called()
	if strings.Contains(calls, "make\t") || strings.Count(calls, "cloudformation\tdeploy") != 1 {
		t.Errorf("built or deployed more than needed:\n%s", calls)
	}
	if !strings.Contains(calls, "ReleaseSha256="+strings.Repeat("cd", 32)) {
		t.Error("the digest is not that of the release in the bucket")
	}
	if missing := inOrder(calls, `aws\ts3\tsync\t.*dist/assets`, `aws\tcloudformation\tdeploy`, `aws\ts3\tsync\t.*no-cache`); missing != "" {
		t.Errorf("%s was not called in its turn: new hosts name assets that are not there; called were:\n%s", missing, calls)
	}
	if strings.Contains(calls, "--disable-rollback") {
		t.Error("an update that fails would not be rolled back")
	}
}

func TestADryRunAsksNothingAndChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	out, ok := s.run(nil, "", "deploy/deploy.sh", "small", "--dry-run")
	if !ok {
		t.Fatalf("failed:\n%s", out)
	}
	if calls := s.called(); strings.Contains(calls, "aws\t") || strings.Contains(calls, "make\t") || strings.Contains(calls, "curl\t") {
		t.Errorf("called:\n%s", calls)
	}
	if missing := inOrder(out, "would run: make dist", "would run: aws cloudformation package", "would run: aws cloudformation deploy", "would run: deploy/smoke.sh"); missing != "" {
		t.Errorf("%q is not said:\n%s", missing, out)
	}
}

func TestAPlanChangesNothing(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if out, ok := s.run([]string{"STATE=CREATE_COMPLETE"}, "", "deploy/deploy.sh", "small", "--plan"); !ok {
		t.Fatalf("failed:\n%s", out)
	}
	calls := s.called()
	if missing := inOrder(calls, `create-change-set\t.*--include-nested-stacks.*ReleaseId,UsePreviousValue=true`, `describe-change-set`, `delete-change-set`); missing != "" {
		t.Errorf("%s was not called:\n%s", missing, calls)
	}
	if strings.Contains(calls, "execute-change-set") || strings.Contains(calls, "cloudformation\tdeploy") {
		t.Errorf("something was changed:\n%s", calls)
	}
}

// What an operator asks in the night changes nothing, says what it asks for, and what to look at when it cannot.
func TestLookingChangesNothing(t *testing.T) {
	t.Parallel()
	for word, wanted := range map[string][]string{
		"status": {
			`describe-stacks\t--stack-name\tshowcase-small\t`, `describe-auto-scaling-groups\t--filters\tName=tag:Environment,Values=small\t`,
			`describe-alarms\t--alarm-name-prefix\tshowcase-small\t--state-value\tALARM`,
		},
		"outputs": {`describe-stacks\t--stack-name\tshowcase-small\t.*OutputKey, OutputValue`},
	} {
		s := newStage(t)
		out, ok := s.run([]string{"STATE=UPDATE_COMPLETE"}, "", "deploy/deploy.sh", "small", word)
		calls := s.called()
		if missing := inOrder(calls, wanted...); !ok || missing != "" {
			t.Errorf("%s: %t, %s was not called:\n%s%s", word, ok, missing, calls, out)
		}
		for call := range strings.Lines(calls) {
			if !regexp.MustCompile(`^aws\t\w+\t(get|describe)-`).MatchString(call) {
				t.Errorf("%s is more than a look: %s", word, call)
			}
		}
		s = newStage(t)
		out, ok = s.run([]string{"FAIL_ON=describe-"}, "", "deploy/deploy.sh", "small", word)
		if ok || !strings.Contains(out, "next: is small deployed in this account and region?") {
			t.Errorf("%s of nothing ends with %t:\n%s", word, ok, out)
		}
	}
	s := newStage(t)
	if out, ok := s.run(nil, "", "deploy/deploy.sh", "small", "status"); !ok || !strings.Contains(out, "showcase-small: not there") {
		t.Errorf("status before the first deploy: %t\n%s", ok, out)
	}
}

func TestTheOldFormIsExplainedAndRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	out, ok := s.run(nil, "", "deploy/deploy.sh", "small", "my-key", "hunter2hunter2", "jwt-hush-hush")
	if ok || !strings.Contains(out, "Session Manager") || !strings.Contains(out, "shell's history") {
		t.Errorf("ok %t:\n%s", ok, out)
	}
	if strings.Contains(out, "hunter2") || strings.Contains(out, "hush") {
		t.Errorf("it repeats the secrets:\n%s", out)
	}
	if s.called() != "" {
		t.Errorf("it called:\n%s", s.called())
	}
}

func TestAFailedStepSaysWhatNext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings []string
		want     string
	}{
		"no credentials":      {[]string{"FAIL_ON=sts get-caller-identity"}, "next: log in"},
		"no region":           {[]string{"AWS_REGION="}, "AWS_REGION is not set"},
		"uncommitted":         {[]string{"DIRTY=1"}, "next: commit or stash"},
		"no bootstrap":        {[]string{"BUCKET=None"}, "next: run deploy/deploy.sh bootstrap"},
		"nobody hears alarms": {[]string{"ALARM_EMAIL="}, "ALARM_EMAIL is not set"},
		"in progress":         {[]string{"STATE=UPDATE_IN_PROGRESS"}, "is being changed"},
		"dead stack":          {[]string{"STATE=ROLLBACK_COMPLETE"}, "can only be deleted"},
		"stack fails":         {[]string{"FAIL_ON=cloudformation deploy"}, "nothing was rolled back"},
		"migrations fail":     {[]string{"FAIL_ON=ReleaseId="}, "aws logs tail /showcase/small/migrator"},
		"upload fails":        {[]string{"FAIL_ON=s3 cp --only-show-errors dist"}, "next: run this again"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t)
			out, ok := s.run(test.settings, "", "deploy/deploy.sh", "small")
			if ok || !strings.Contains(out, test.want) {
				t.Errorf("ok %t, want %q in:\n%s", ok, test.want, out)
			}
			if left, _ := filepath.Glob(filepath.Join(s.root, "tmp.*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestDestroyAsksAndKeepsASnapshot(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	if out, ok := s.run([]string{"STATE=UPDATE_COMPLETE"}, "yes\n", "deploy/deploy.sh", "small", "destroy"); ok || !strings.Contains(out, "nothing was done") {
		t.Errorf("a wrong answer was taken:\n%s", out)
	}
	if strings.Contains(s.called(), "delete-stack") || strings.Contains(s.called(), "snapshot") {
		t.Errorf("called:\n%s", s.called())
	}
	if out, ok := s.run([]string{"STATE=UPDATE_COMPLETE"}, "small\n", "deploy/deploy.sh", "small", "destroy"); !ok {
		t.Fatalf("failed:\n%s", out)
	}
	if missing := inOrder(s.called(), `create-db-snapshot`, `wait\tdb-snapshot-available`, `no-deletion-protection`, `delete-stack`, `stack-delete-complete`); missing != "" {
		t.Errorf("%s was not called in its turn:\n%s", missing, s.called())
	}
	if out, ok := s.run([]string{"FAIL_ON=create-db-snapshot"}, "small\n", "deploy/deploy.sh", "small", "destroy"); ok || !strings.Contains(out, "nothing was deleted") {
		t.Errorf("without a snapshot it went on:\n%s", out)
	}
}

func TestUnknownWordsAreRefused(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, arguments := range [][]string{{"huge"}, {"../small"}, {"small", "explode"}} {
		if out, ok := s.run(nil, "", append([]string{"deploy/deploy.sh"}, arguments...)...); ok {
			t.Errorf("%v was taken:\n%s", arguments, out)
		}
	}
	if out, ok := s.run(nil, "", "deploy/deploy.sh", "--help"); !ok || !strings.Contains(out, "usage:") {
		t.Errorf("no help:\n%s", out)
	}
	for _, word := range []string{"status", "outputs"} {
		if out, ok := s.run([]string{"STATE=CREATE_COMPLETE"}, "", "deploy/deploy.sh", "small", word); !ok {
			t.Errorf("%s failed:\n%s", word, out)
		}
	}
	if out, ok := s.run(nil, "", "deploy/deploy.sh", "bootstrap"); !ok || !strings.Contains(s.called(), "DeployerPrincipalArn=arn:aws:iam::123456789012:root") {
		t.Errorf("bootstrap:\n%s\n%s", out, s.called())
	}
}

func TestTheSmokeTestOnAWSIsOptIn(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.copy("aws-smoke.sh", "deploy/aws-smoke.sh", 0o755)
	if out, ok := s.run(nil, "", "deploy/aws-smoke.sh"); ok || !strings.Contains(out, "AWS_SMOKE=yes") || s.called() != "" {
		t.Errorf("ok %t, called %s:\n%s", ok, s.called(), out)
	}
}

// smokeStage lets git say where its list of ignored files is.
func smokeStage(t *testing.T) *stage {
	t.Helper()
	s := newStage(t)
	s.copy("aws-smoke.sh", "deploy/aws-smoke.sh", 0o755)
	s.write("bin/git", "#!/bin/bash\ncase \"$*\" in *rev-parse*--git-path*) echo \"$HOME/exclude\" ;; *rev-parse*) echo "+release+" ;; esac\n")
	if err := os.Chmod(filepath.Join(s.root, "bin/git"), 0o755); err != nil {
		t.Fatal(err)
	}
	return s
}

func TestTheSmokeTestOnAWSTakesEverythingDown(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		settings []string
		ok       bool
	}{
		"well":                {[]string{"STATE=CREATE_COMPLETE"}, true},
		"the deployment ends": {[]string{"STATE=CREATE_COMPLETE", "FAIL_ON=cloudformation deploy"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := smokeStage(t)
			out, ok := s.run(append(test.settings, "AWS_SMOKE=yes"), "", "deploy/aws-smoke.sh")
			if ok != test.ok {
				t.Errorf("ok %t:\n%s", ok, out)
			}
			if missing := inOrder(s.called(), `create-change-set\t.*showcase-smoke`, `cloudformation\tdeploy`, `delete-stack\t.*showcase-smoke`, `stack-delete-complete`); missing != "" {
				t.Errorf("%s was not called in its turn:\n%s\n%s", missing, s.called(), out)
			}
			if _, err := os.Stat(filepath.Join(s.root, "deploy/parameters/smoke.json")); err == nil {
				t.Error("its parameters are left behind")
			}
		})
	}
}
