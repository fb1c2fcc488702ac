// Command sbom writes what a release is made of, as a CycloneDX 1.5 document: the modules that the linker put into a program,
// as the program itself says, and the packages of a bundle of foreign programs, as its ORIGIN file says. The same input gives
// the same bytes: there is no time and no random number in it.
//
//	sbom PROGRAM [ORIGIN]
package main

import (
	"bufio"
	"debug/buildinfo"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "sbom:", err)
		os.Exit(1)
	}
}

// document is as much of CycloneDX as we say.
type document struct {
	Format     string      `json:"bomFormat"`
	Spec       string      `json:"specVersion"`
	Version    int         `json:"version"`
	Metadata   metadata    `json:"metadata"`
	Components []component `json:"components"`
}

type metadata struct {
	Component component `json:"component"`
}

type component struct {
	Type       string     `json:"type"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	PURL       string     `json:"purl"`
	Hashes     []hash     `json:"hashes,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Alg     string `json:"alg"`
	Content string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

var errUsage = errors.New("usage: sbom PROGRAM [ORIGIN]")

func run(args []string, out io.Writer) error {
	if len(args) < 1 || len(args) > 2 {
		return errUsage
	}
	info, err := buildinfo.ReadFile(args[0])
	if err != nil {
		return fmt.Errorf("read how %s was built: %w", args[0], err)
	}
	d := document{Format: "CycloneDX", Spec: "1.5", Version: 1}
	d.Metadata.Component = program(info)
	d.Components = append(d.Components, component{
		Type: "library", Name: "std", Version: strings.TrimPrefix(info.GoVersion, "go"), PURL: "pkg:golang/std@" + strings.TrimPrefix(info.GoVersion, "go"),
	})
	for _, dep := range info.Deps {
		c, err := module(dep)
		if err != nil {
			return err
		}
		d.Components = append(d.Components, c)
	}
	if len(args) == 2 {
		packages, err := bundle(args[1])
		if err != nil {
			return err
		}
		d.Components = append(d.Components, packages...)
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(d)
}

// program is the program itself, with the settings that decide what it is.
func program(info *buildinfo.BuildInfo) component {
	c := component{Type: "application", Name: info.Main.Path, Version: info.Main.Version, PURL: "pkg:golang/" + info.Main.Path + "@" + info.Main.Version}
	for _, s := range info.Settings {
		if slices.Contains([]string{"CGO_ENABLED", "GOARCH", "GOOS", "vcs.revision", "vcs.modified"}, s.Key) {
			c.Properties = append(c.Properties, property{"go:" + s.Key, s.Value})
		}
	}
	return c
}

// module is a module with the sum that go.sum has of it.
func module(dep *debug.Module) (component, error) {
	if dep.Replace != nil {
		dep = dep.Replace
	}
	c := component{Type: "library", Name: dep.Path, Version: dep.Version, PURL: "pkg:golang/" + dep.Path + "@" + dep.Version}
	if sum, ok := strings.CutPrefix(dep.Sum, "h1:"); ok {
		raw, err := base64.StdEncoding.DecodeString(sum)
		if err != nil {
			return c, fmt.Errorf("read the sum of %s: %w", dep.Path, err)
		}
		// Of the list of the module's files with their own sums, as go.sum keeps it.
		c.Properties = append(c.Properties, property{"go:h1", hex.EncodeToString(raw)})
	}
	return c, nil
}

// bundle reads "name version sha256" lines, as hosts/ffmpeg-bundle.sh writes them.
func bundle(path string) ([]component, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var list []component
	for scan := bufio.NewScanner(f); scan.Scan(); {
		fields := strings.Fields(scan.Text())
		if len(fields) == 0 || fields[0] == "#" {
			continue
		}
		if len(fields) != 3 {
			return nil, fmt.Errorf("read %s: %q is no package", path, scan.Text())
		}
		list = append(list, component{
			Type: "library", Name: fields[0], Version: fields[1], PURL: "pkg:deb/debian/" + fields[0] + "@" + fields[1],
			Hashes: []hash{{"SHA-256", fields[2]}},
		})
	}
	return list, nil
}
