package rules_test

import (
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/deploy/rules"
)

// fault is something that went wrong elsewhere, put back into our own files by replacing old with new everywhere in file.
type fault struct {
	rule, name, file, old, new string
}

func faults() []fault {
	return slices.Concat(
		networkFaults, dataFaults, hostFaults, scalingFaults, watchFaults, accessFaults, wiringFaults, templateFaults, referenceFaults, policyFaults, valueFaults,
	)
}

func TestEveryFaultIsFoundByName(t *testing.T) {
	t.Parallel()
	ours := snapshot(t)
	set, err := cfn.Load(os.DirFS("../cloudformation"))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range faults() {
		t.Run(f.rule+"/"+f.name, func(t *testing.T) {
			t.Parallel()
			d := broken(t, set, ours, f)
			for _, r := range rules.All() {
				if r.Name == f.rule && len(r.Check(d)) > 0 {
					return
				}
			}
			t.Errorf("%s was not found; found were %v", f.rule, rules.Check(d))
		})
	}
}

// A rule that no fault breaks may be asleep.
func TestEveryRuleHasAFault(t *testing.T) {
	t.Parallel()
	faulty := map[string]bool{}
	for _, f := range faults() {
		faulty[f.rule] = true
	}
	seen := map[string]bool{}
	for _, r := range rules.All() {
		if !faulty[r.Name] {
			t.Errorf("no fault breaks %s", r.Name)
		}
		if seen[r.Name] {
			t.Errorf("two rules are called %s", r.Name)
		}
		seen[r.Name] = true
		if r.Why == "" {
			t.Errorf("%s says no reason", r.Name)
		}
	}
}

// snapshot is what the rules read, in memory.
func snapshot(t *testing.T) fstest.MapFS {
	t.Helper()
	files := fstest.MapFS{}
	for _, folder := range []string{"cloudformation", "parameters", "hosts"} {
		err := fs.WalkDir(os.DirFS(".."), folder, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			text, err := os.ReadFile("../" + path)
			files[path] = &fstest.MapFile{Data: text}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("../metrics.json")
	if err != nil {
		t.Fatal(err)
	}
	files["metrics.json"] = &fstest.MapFile{Data: text}
	return files
}

// broken are our files with the fault in them.
func broken(t *testing.T, set cfn.Set, ours fstest.MapFS, f fault) *rules.Deployment {
	t.Helper()
	files := fstest.MapFS{}
	for name, file := range ours {
		// One size shows a fault as well as three, and in a third of the time.
		if name == f.file || !strings.HasPrefix(name, "parameters/") || name == "parameters/small.json" {
			files[name] = file
		}
	}
	text := string(files[f.file].Data)
	if !strings.Contains(text, f.old) {
		t.Fatalf("%s does not hold %q, so the fault cannot be put back", f.file, f.old)
	}
	text = strings.ReplaceAll(text, f.old, f.new)
	files[f.file] = &fstest.MapFile{Data: []byte(text)}
	set = maps.Clone(set)
	var err error
	if name, template := strings.CutPrefix(f.file, "cloudformation/"); template {
		if set[name], err = cfn.Parse(name, []byte(text)); err != nil {
			t.Fatalf("the fault is no template any more: %v", err)
		}
	}
	d, err := rules.Assemble(set, files)
	if err != nil {
		t.Fatalf("the fault is no template any more: %v", err)
	}
	return d
}
