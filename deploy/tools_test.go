package deploy_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/deploy/rules"
)

// install is how a tool that the tests use comes onto a machine.
var install = map[string]string{
	"cfn-lint":        "pip install cfn-lint==1.51.0",
	"moto_server":     "pip install 'moto[server]==5.2.1'",
	"shellcheck":      "apt-get install shellcheck",
	"systemd-analyze": "apt-get install systemd",
	"curl":            "apt-get install curl",
	"haproxy":         "apt-get install haproxy",
}

// passedOver are tools without which CI goes on, and says so: only Python's registry has them, which make setup-test does
// not use. In cfn-lint's place always run the rules of grammar, references, policies and values, types_test.go and cfn-guard.
var passedOver = []string{"cfn-lint", "moto_server"}

// needTool fails in CI when a tool is missing; elsewhere, and for those that are passed over, it skips.
func needTool(t *testing.T, name string) {
	t.Helper()
	if _, err := exec.LookPath(name); err == nil {
		return
	}
	if os.Getenv("CI") != "" && !slices.Contains(passedOver, name) {
		t.Fatalf("%s is not installed: %s", name, install[name])
	}
	t.Skipf("%s is not installed, so this was not checked: %s", name, install[name])
}

// "go test" keeps to itself what a test says that it passes over, so make test says it, for these tools and no others.
func TestWhatIsPassedOverIsSaid(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	cmd := exec.Command("/bin/sh", "../scripts/unchecked.sh")
	cmd.Env, cmd.Stderr = []string{"PATH=" + t.TempDir()}, &out
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	for name, line := range install {
		if said := strings.Contains(out.String(), line); said != slices.Contains(passedOver, name) {
			t.Errorf("%s is said to be missing: %t\n%s", name, said, out.String())
		}
	}
	makefile := read(t, "../Makefile")
	if said, tests := strings.Index(makefile, "@scripts/unchecked.sh"), strings.Index(makefile, "go test -race"); said < 0 || tests < said {
		t.Error("make test does not say it before the tests")
	}
}

// small is the small size, rendered.
func small(t *testing.T) *cfn.Stack {
	t.Helper()
	d, err := rules.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	s, err := d.Render("small")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func tool(t *testing.T, name string, arguments ...string) (string, error) {
	t.Helper()
	needTool(t, name)
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, name, arguments...).CombinedOutput()
	return string(out), err
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	found, err := filepath.Glob(pattern)
	if err != nil || len(found) == 0 {
		t.Fatalf("%s: nothing there (%v)", pattern, err)
	}
	return found
}

// Warnings are errors; the exceptions are in .cfnlintrc, with their reasons.
func TestCfnLint(t *testing.T) {
	t.Parallel()
	arguments := append([]string{"--config-file", ".cfnlintrc", "--non-zero-exit-code", "informational"}, glob(t, "cloudformation/*.yaml")...)
	if out, err := tool(t, "cfn-lint", arguments...); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

func TestShellcheck(t *testing.T) {
	t.Parallel()
	scripts := slices.Concat(glob(t, "*.sh"), glob(t, "hosts/*.sh"), glob(t, "../scripts/*.sh"), []string{"../.ci/run"})
	if out, err := tool(t, "shellcheck", scripts...); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}

// User data as a host would get it, with every name filled in.
func TestShellcheckOfUserData(t *testing.T) {
	t.Parallel()
	s := small(t)
	for _, name := range []string{"Web", "Relay", "Workers", "Migrator"} {
		text := cfn.Text(s.Child(name).Resources["Template"].Properties, "LaunchTemplateData", "UserData")
		if strings.Contains(text, "${") {
			t.Errorf("%s: a name was left open:\n%s", name, text)
		}
		path := filepath.Join(t.TempDir(), name+".sh")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		// SC2154 and SC2016: the trap's code is set inside it, and settings are meant literally.
		if out, err := tool(t, "shellcheck", "--exclude", "SC2154,SC2016", path); err != nil {
			t.Errorf("%s: %v:\n%s", name, err, out)
		}
	}
}

// A unit may expose no more than this; systemd's scale is from 0, safe, to 10. Services of the application have no root.
const mostExposed = 2.0

func TestSystemdUnits(t *testing.T) {
	t.Parallel()
	units := glob(t, "hosts/units/*")
	out, err := tool(t, "systemd-analyze", append([]string{"verify", "--man=no"}, units...)...)
	for line := range strings.SplitSeq(strings.TrimSpace(out), "\n") {
		// The program is on hosts only, and a container's own units are not ours.
		if line != "" && strings.Contains(line, "showcase") && !strings.Contains(line, "is not executable") {
			t.Error(line)
		}
	}
	if out == "" && err != nil {
		t.Error(err)
	}
	exposure := regexp.MustCompile(`exposure level for \S+: ([0-9.]+)`)
	for _, unit := range glob(t, "hosts/units/*.service") {
		out, err := tool(t, "systemd-analyze", "security", "--offline=true", "--no-pager", unit)
		found := exposure.FindStringSubmatch(out)
		if found == nil {
			t.Fatalf("%s: %v:\n%s", unit, err, out)
		}
		if level, err := strconv.ParseFloat(found[1], 64); err != nil || level > mostExposed {
			t.Errorf("%s is exposed at %s, at most %.1f wanted (%v)", unit, found[1], mostExposed, err)
		}
	}
}

// deploy.sh has no JSON parser: it reads one setting a line.
func TestParameterFilesAreReadByTheScriptToo(t *testing.T) {
	t.Parallel()
	line := regexp.MustCompile(`(?m)^ *"([A-Za-z0-9]*)": *"([^"]*)",?$`) // as deploy.sh reads them
	d, err := rules.Read(os.DirFS("."))
	if err != nil {
		t.Fatal(err)
	}
	for size, parameters := range d.Sizes {
		text, err := os.ReadFile("parameters/" + size + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if got := len(line.FindAllStringSubmatch(string(text), -1)); got != len(parameters) {
			t.Errorf("%s: the script reads %d of %d settings", size, got, len(parameters))
		}
	}
}
