package deploy_test

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// project is a small copy of what dist.sh packs, with a program that is quickly built, as a repository with one commit.
func project(t *testing.T) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "somewhere")
	for from, to := range map[string]string{"../scripts/dist.sh": "scripts/dist.sh", "sbom/main.go": "deploy/sbom/main.go"} {
		copyInto(t, from, filepath.Join(root, to))
	}
	for _, file := range append(glob(t, "hosts/*.*"), glob(t, "hosts/units/*")...) {
		copyInto(t, file, filepath.Join(root, "deploy", file))
	}
	write := func(path, text string) {
		path = filepath.Join(root, path)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	write("go.mod", "module example.org/small\n\ngo 1.26.0\n")
	write(".gitignore", "/dist/\n")
	write("cmd/showcase/main.go", "package main\n\nfunc main() { println(\"small\") }\n")
	for _, args := range [][]string{
		{"init", "--quiet"},
		{"add", "--all"},
		{"-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false", "commit", "--quiet", "--message=x", "--date=2027-01-02T03:04:05Z"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "GIT_COMMITTER_DATE=2027-01-02T03:04:05Z", "GIT_CONFIG_GLOBAL=/dev/null")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return root
}

func copyInto(t *testing.T, from, to string) {
	t.Helper()
	info, err := os.Stat(from)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(from)
	if err == nil {
		err = errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, text, info.Mode()))
	}
	if err != nil {
		t.Fatal(err)
	}
}

// dist builds the release of one architecture and gives its digest.
func dist(t *testing.T, root string, env ...string) string {
	t.Helper()
	cmd := exec.Command("bash", "-c", "umask "+env[0]+" && exec scripts/dist.sh")
	cmd.Dir, cmd.Env = root, append(os.Environ(), append([]string{"FFMPEG=none", "ARCHES=amd64"}, env[1:]...)...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	text, err := os.ReadFile(filepath.Join(root, "dist/showcase-linux-amd64.tar.gz.sha256"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestTheSameCommitMakesTheSameRelease(t *testing.T) {
	t.Parallel()
	here, there := project(t), project(t)
	later := time.Now().Add(-time.Hour)
	if err := os.Chtimes(filepath.Join(there, "deploy/hosts/install.sh"), later, later); err != nil {
		t.Fatal(err)
	}
	one, two := dist(t, here, "022", "TZ=UTC", "LC_ALL=C"), dist(t, there, "077", "TZ=Asia/Tokyo", "GOFLAGS=-ldflags=-X=main.x=y")
	if one != two {
		t.Errorf("one is\n%s another\n%s", one, two)
	}
	if err := os.WriteFile(filepath.Join(here, "deploy/hosts/watch.sh"), []byte("#!/bin/bash\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if dist(t, here, "022") == one {
		t.Error("another content has the same digest")
	}
}

// What install.sh and the units name below /opt/showcase/current is in the archive, with the right to be run where it is run.
func TestTheReleaseHasWhatHostsAskFor(t *testing.T) {
	t.Parallel()
	root := project(t)
	dist(t, root, "077")
	modes := map[string]int64{}
	var bill []byte
	for name, content := range unpack(t, filepath.Join(root, "dist/showcase-linux-amd64.tar.gz"), modes) {
		if name == "sbom.cdx.json" {
			bill = content
		}
	}
	wanted := map[string]bool{"showcase": true, "hosts/install.sh": true, "hosts/migrate.sh": true, "hosts/tool.sh": true}
	for _, unit := range glob(t, "hosts/units/*") {
		wanted["hosts/units/"+filepath.Base(unit)] = false
		text, err := os.ReadFile(unit)
		if err != nil {
			t.Fatal(err)
		}
		for _, found := range regexp.MustCompile(`(?m)^ExecStart=/opt/showcase/current/(\S+)`).FindAllStringSubmatch(string(text), -1) {
			wanted[found[1]] = true
		}
	}
	script, err := os.ReadFile("hosts/install.sh")
	if err != nil {
		t.Fatal(err)
	}
	for _, found := range regexp.MustCompile(`\$here"?/([a-z-]+\.[a-z]+)`).FindAllStringSubmatch(string(script), -1) {
		wanted["hosts/"+found[1]] = strings.HasSuffix(found[1], ".sh")
	}
	if len(wanted) < 15 {
		t.Fatalf("only %d files are asked for: the patterns see nothing any more", len(wanted))
	}
	for name, run := range wanted {
		mode, there := modes[name]
		switch {
		case !there:
			t.Errorf("%s is not in the archive", name)
		case run != (mode&0o111 == 0o111) || mode&0o444 != 0o444 || mode&0o022 != 0:
			t.Errorf("%s has mode %o", name, mode)
		}
	}
	var document struct {
		BomFormat, SpecVersion string
		Components             []struct{ Name, Version, PURL string }
	}
	if err := json.Unmarshal(bill, &document); err != nil {
		t.Fatalf("the bill of materials: %v", err)
	}
	if document.BomFormat != "CycloneDX" || len(document.Components) == 0 || document.Components[0].Name != "std" {
		t.Errorf("the bill of materials is %s", bill)
	}
}

func unpack(t *testing.T, path string, modes map[string]int64) map[string][]byte {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for archive := tar.NewReader(plain); ; {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimPrefix(h.Name, "./")
		modes[name] = h.Mode
		if files[name], err = io.ReadAll(archive); err != nil {
			t.Fatal(err)
		}
		if h.Uid != 0 || h.Gid != 0 {
			t.Errorf("%s belongs to %d:%d", name, h.Uid, h.Gid)
		}
	}
}
