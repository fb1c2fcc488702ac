package deploy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// service is what is looked at of a service in compose.yaml.
type service struct {
	Command     []string
	Image       string
	ReadOnly    bool     `yaml:"read_only"`
	CapDrop     []string `yaml:"cap_drop"`
	SecurityOpt []string `yaml:"security_opt"`
	MemLimit    string   `yaml:"mem_limit"`
	Ports       []string
	Environment map[string]string
}

func compose(t *testing.T) (services map[string]service, haproxy string) {
	t.Helper()
	text, err := os.ReadFile("compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Services map[string]service
		Configs  map[string]struct{ Content string }
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Services, file.Configs["haproxy"].Content
}

func TestContainersAreAsNarrowAsUnits(t *testing.T) {
	t.Parallel()
	services, _ := compose(t)
	entry, err := os.ReadFile("../cmd/showcase/main.go")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range services {
		if name != "postgres" && (!s.ReadOnly || !slices.Contains(s.CapDrop, "ALL") || !slices.Contains(s.SecurityOpt, "no-new-privileges:true")) {
			t.Errorf("%s is not confined: %+v", name, s)
		}
		if name != "balancer" && len(s.Ports) > 0 {
			t.Errorf("%s can be reached around the balancer", name)
		}
		if strings.HasSuffix(s.Image, ":latest") || s.Image != "" && !strings.Contains(s.Image, ":") {
			t.Errorf("%s: the image %s moves", name, s.Image)
		}
		for key := range s.Environment {
			if regexp.MustCompile(`PASSWORD$|KEY`).MatchString(key) {
				t.Errorf("%s: %s is a secret in a file of the repository", name, key)
			}
		}
		if s.Image == "" && !regexp.MustCompile(`name:"`+s.Command[0]+`"|(?i)\b`+s.Command[0]+` +\w+Cmd`).Match(entry) {
			t.Errorf("%s runs %q, which the program does not know", name, s.Command)
		}
	}
	for _, role := range []string{"api", "relay", "project", "transcode"} {
		if services[role].MemLimit == "" {
			t.Errorf("%s has no memory limit", role)
		}
	}
}

func TestTheImageRunsAsNobodySpecial(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	file := string(text)
	for _, want := range []string{"\nUSER 10001", "\nHEALTHCHECK", "\nENTRYPOINT [\"showcase\"]", "--no-install-recommends", "COPY --from=build"} {
		if !strings.Contains(file, want) {
			t.Errorf("%q is missing", strings.TrimSpace(want))
		}
	}
	for _, bad := range []string{":latest", "\nADD ", "sudo"} {
		if strings.Contains(file, bad) {
			t.Errorf("%q is there", strings.TrimSpace(bad))
		}
	}
	if last := file[strings.LastIndex(file, "\nUSER "):]; strings.Contains(last, "apt-get") {
		t.Error("something is installed after root was left")
	}
}

func TestTheBalancersSettings(t *testing.T) {
	t.Parallel()
	_, text := compose(t)
	path := filepath.Join(t.TempDir(), "haproxy.cfg")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := tool(t, "haproxy", "-c", "-f", path); err != nil {
		t.Errorf("%v:\n%s", err, out)
	}
}
