package spec

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

// Actions is what IAM's own reference says of services: which actions there are, on which resources each may be allowed,
// and which keys its conditions may ask for.
type Actions struct {
	folder   fs.FS
	services map[string]*service
}

// service is one service of AWS by the name that stands before the colon of its actions.
type service struct {
	actions   map[string]action
	resources map[string]struct{ ARN string }
}

type action struct {
	Name          string
	ConditionKeys []string
	ResourceTypes []struct {
		Name          string
		ConditionKeys []string
	}
}

// ReadActions takes the folder of the description, which is read service by service as policies ask for them.
func ReadActions(folder fs.FS) (*Actions, error) {
	if _, err := fs.Stat(folder, "actions/s3.json"); err != nil {
		return nil, fmt.Errorf("open actions of IAM: %w", err)
	}
	return &Actions{folder: folder, services: map[string]*service{}}, nil
}

// service gives nil for one that there is not.
func (a *Actions) service(name string) (*service, error) {
	if s, known := a.services[name]; known {
		return s, nil
	}
	s := &service{}
	for file, into := range map[string]any{"actions": &s.actions, "resourceTypes": &s.resources} {
		text, err := fs.ReadFile(a.folder, file+"/"+name+".json")
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
			s = nil
			break
		}
		if err == nil {
			err = json.Unmarshal(text, into)
		}
		if err != nil {
			return nil, fmt.Errorf("read actions of %s: %w", name, err)
		}
	}
	a.services[name] = s
	return s, nil
}

// Check tells which statements of a policy, rendered, cannot mean what they say. An action that IAM compares with no
// resource is allowed by "*" alone; one that it compares with resources of other forms is allowed by none of these.
func (a *Actions) Check(where string, policy cfn.Map) ([]Finding, error) {
	c := &check{}
	for _, statement := range cfn.List(policy, "Statement") {
		for _, given := range cfn.List(statement, "Action") {
			prefix, name, _ := strings.Cut(fmt.Sprint(given), ":")
			s, err := a.service(prefix)
			if err != nil {
				return nil, err
			}
			switch {
			case s == nil:
				c.report(where, "there is no service %s", prefix)
			case name == "*":
			case s.actions[strings.ToLower(name)].Name != name:
				c.report(where, "there is no action %s", given)
			default:
				c.permission(where+"."+cfn.Text(statement, "Sid"), prefix+":"+name, s, statement)
			}
		}
	}
	return c.found, nil
}

var placeholder = regexp.MustCompile(`\$\{[^}]*\}`)

// permission looks at one action of a statement: its resources and the keys of its condition.
func (c *check) permission(where, name string, s *service, statement any) {
	_, plain, _ := strings.Cut(name, ":")
	described := s.actions[strings.ToLower(plain)]
	keys := slices.Clone(described.ConditionKeys)
	var forms []string
	for _, kind := range described.ResourceTypes {
		keys = append(keys, kind.ConditionKeys...)
		forms = append(forms, placeholder.ReplaceAllString(s.resources[strings.ToLower(kind.Name)].ARN, "*"))
	}
	fits := func(resource any) bool {
		return resource == "*" || slices.ContainsFunc(forms, func(form string) bool { return meet(fmt.Sprint(resource), form) })
	}
	if given := cfn.List(statement, "Resource"); len(given) > 0 && !slices.ContainsFunc(given, fits) {
		c.report(where, "%s is compared with %q, so %v allows nothing", name, forms, given)
	}
	for operator, asked := range cfn.Sub(statement, "Condition") {
		for _, key := range cfn.Keys(cfn.Sub(asked)) {
			if !strings.HasPrefix(key, "aws:") && !slices.Contains(keys, key) {
				c.report(where, "%s by %s: %s knows no such key", operator, key, name)
			}
		}
	}
}

// meet tells whether two patterns, in which * stands for any text, have a text in common.
func meet(a, b string) bool {
	switch {
	case a == "":
		return strings.Trim(b, "*") == ""
	case b == "":
		return strings.Trim(a, "*") == ""
	case a[0] == '*':
		return meet(a[1:], b) || meet(a, b[1:])
	case b[0] == '*':
		return meet(a, b[1:]) || meet(a[1:], b)
	}
	return a[0] == b[0] && meet(a[1:], b[1:])
}
