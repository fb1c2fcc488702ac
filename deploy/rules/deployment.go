package rules

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

// master is the template that nests the others; bootstrap stands alone.
const (
	master    = "main.yaml"
	bootstrap = "00-bootstrap.yaml"
)

// Deployment is what is in deploy: the templates, rendered for every file in parameters, and the files that hosts read.
type Deployment struct {
	Set   cfn.Set
	Sizes map[string]cfn.Map // parameter files by name, without .json
	Files fs.FS
	place []placed
	// unrendered are the sizes that could not be worked out, and why; the rule stacks-fit reports them.
	unrendered map[string]error
}

// placed is a resource of one rendered stack.
type placed struct {
	Size     string
	Template string
	Name     string
	cfn.Resource
	stack *cfn.Stack
}

func (p placed) where() string { return p.Template + " " + p.Name }

// Read loads the folder deploy.
func Read(deploy fs.FS) (*Deployment, error) {
	templates, err := fs.Sub(deploy, "cloudformation")
	if err != nil {
		return nil, fmt.Errorf("open templates: %w", err)
	}
	set, err := cfn.Load(templates)
	if err != nil {
		return nil, err
	}
	return Assemble(set, deploy)
}

// Assemble is Read with templates that are there already.
func Assemble(set cfn.Set, deploy fs.FS) (*Deployment, error) {
	d := &Deployment{Set: set, Sizes: map[string]cfn.Map{}, Files: deploy, unrendered: map[string]error{}}
	names, err := fs.Glob(deploy, "parameters/*.json")
	if err != nil {
		return nil, fmt.Errorf("list parameter files: %w", err)
	}
	for _, name := range names {
		if err := d.size(name); err != nil {
			return nil, err
		}
	}
	if len(d.Sizes) == 0 {
		return nil, errors.New("list parameter files: none in parameters/")
	}
	if err := d.whole(); err != nil {
		d.unrendered[everything] = err
	}
	s, err := cfn.Render(set, bootstrap, "showcase-bootstrap", cfn.Map{
		"DeployerPrincipalArn": "arn:aws:iam::" + cfn.Account + ":role/ci",
	})
	if err != nil {
		return nil, err
	}
	d.add(bootstrap, s)
	return d, nil
}

// size reads a parameter file and renders the whole for it.
func (d *Deployment) size(name string) error {
	text, err := fs.ReadFile(d.Files, name)
	if err != nil {
		return fmt.Errorf("read parameters: %w", err)
	}
	var given cfn.Map
	if err := json.Unmarshal(text, &given); err != nil {
		return fmt.Errorf("parse %s: %w", name, err)
	}
	size := strings.TrimSuffix(path.Base(name), ".json")
	d.Sizes[size] = given
	s, err := d.Render(size)
	if err != nil {
		d.unrendered[size] = err
		return nil //nolint:nilerr // the rule stacks-fit tells it
	}
	d.add(size, s)
	return nil
}

// everything is the small size with all that is optional switched on, so that rules see both branches of every choice.
const everything = "small with its own names"

var optional = cfn.Map{
	"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1", "OriginDomain": "origin.example.org", "SiteDomain": "contest.example.org",
	"SiteCertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/2", "HostedZoneId": "Z0123456789ABC", "SiteOrigin": "https://contest.example.org",
	"DatabaseSnapshot": "showcase-last", "NatPerZone": "true", "DatabaseMultiAz": "true",
}

func (d *Deployment) whole() error {
	parameters := parameters(d.Sizes["small"])
	maps.Copy(parameters, optional)
	s, err := cfn.Render(d.Set, master, "showcase-test", parameters)
	if err == nil {
		d.add(everything, s)
	}
	return err
}

// Render is the master of one size, with a release installed.
func (d *Deployment) Render(size string) (*cfn.Stack, error) {
	return cfn.Render(d.Set, master, "showcase-test", parameters(d.Sizes[size]))
}

// parameters are those that deploy.sh gives, and then a size's own.
func parameters(size cfn.Map) cfn.Map {
	given := cfn.Map{
		"EnvironmentName": "test", "ArtifactBucketName": "showcase-artifacts", "CloudFrontPrefixListId": "pl-0a1b2c3d",
		"AlarmEmail":    "operator@example.org",
		"ReleaseId":     strings.Repeat("0123456789", 4),
		"ReleaseSha256": strings.Repeat("01234567", 8),
		"RaiseAt":       "2027-03-01T16:00:00Z", "LowerAt": "2027-03-02T04:00:00Z",
	}
	maps.Copy(given, size)
	return given
}

func (d *Deployment) add(size string, s *cfn.Stack) {
	m := cfn.Map{}
	for name := range s.Resources {
		m[name] = nil
	}
	for _, name := range cfn.Keys(m) {
		d.place = append(d.place, placed{size, s.Template.Name, name, s.Resources[name], s})
	}
	for _, name := range s.Children() {
		d.add(size, s.Child(name))
	}
}

// ofType are the rendered resources of a type, for every size.
func (d *Deployment) ofType(kind string) []placed {
	var found []placed
	for _, p := range d.place {
		if p.Type == kind {
			found = append(found, p)
		}
	}
	return found
}

// file is the text of a file in deploy, or "" when there is none, which the rules that ask report.
func (d *Deployment) file(name string) string {
	text, err := fs.ReadFile(d.Files, name)
	if err != nil {
		return ""
	}
	return string(text)
}
