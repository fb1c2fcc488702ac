package cfn

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"gopkg.in/yaml.v3"
)

// Map is a YAML mapping. Short tags are expanded: !Ref x is Map{"Ref": "x"}, !Sub x is Map{"Fn::Sub": "x"}.
type Map = map[string]any

// Template is one file.
type Template struct {
	Name       string // file name, such as 10-network.yaml
	Parameters Map
	Conditions Map
	Resources  Map
	Outputs    Map
	Root       Map // all of it, also the sections that have no field
	Text       string
}

// Set is a master and its nested templates, by file name.
type Set map[string]*Template

// Load reads every .yaml file at the top of fsys.
func Load(fsys fs.FS) (Set, error) {
	names, err := fs.Glob(fsys, "*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list templates: %w", err)
	}
	if len(names) == 0 {
		return nil, errors.New("list templates: none here")
	}
	set := Set{}
	for _, name := range names {
		text, err := fs.ReadFile(fsys, name)
		if err != nil {
			return nil, fmt.Errorf("read template: %w", err)
		}
		if set[name], err = Parse(name, text); err != nil {
			return nil, fmt.Errorf("parse %s: %w", name, err)
		}
	}
	return set, nil
}

// Parse reads one template.
func Parse(name string, text []byte) (*Template, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(text, &doc); err != nil {
		return nil, err
	}
	if len(doc.Content) != 1 {
		return nil, errors.New("one document is wanted")
	}
	value, err := plain(doc.Content[0])
	if err != nil {
		return nil, err
	}
	root, ok := value.(Map)
	if !ok {
		return nil, errors.New("a mapping is wanted")
	}
	return &Template{
		Name: path.Base(name), Root: root, Text: string(text),
		Parameters: Sub(root, "Parameters"), Conditions: Sub(root, "Conditions"),
		Resources: Sub(root, "Resources"), Outputs: Sub(root, "Outputs"),
	}, nil
}

// plain turns a node into maps, slices and scalars.
func plain(n *yaml.Node) (any, error) {
	if tag, ok := strings.CutPrefix(n.Tag, "!"); ok && !strings.HasPrefix(tag, "!") {
		return short(tag, n)
	}
	switch n.Kind {
	case yaml.MappingNode:
		return mapping(n)
	case yaml.SequenceNode:
		list := make([]any, len(n.Content))
		for i, item := range n.Content {
			v, err := plain(item)
			if err != nil {
				return nil, err
			}
			list[i] = v
		}
		return list, nil
	case yaml.ScalarNode:
		var v any
		if err := n.Decode(&v); err != nil {
			return nil, fmt.Errorf("line %d: %w", n.Line, err)
		}
		return v, nil
	default:
		return nil, fmt.Errorf("line %d: anchors and aliases are not for templates", n.Line)
	}
}

func mapping(n *yaml.Node) (any, error) {
	m := Map{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i].Value
		if _, twice := m[key]; twice {
			return nil, fmt.Errorf("line %d: %s stands here twice", n.Content[i].Line, key)
		}
		v, err := plain(n.Content[i+1])
		if err != nil {
			return nil, err
		}
		m[key] = v
	}
	return m, nil
}

// short expands a short tag, such as !GetAtt Queue.Arn.
func short(tag string, n *yaml.Node) (any, error) {
	bare := *n
	bare.Tag = ""
	if bare.Kind == yaml.ScalarNode {
		bare.Tag = "!!str"
	}
	v, err := plain(&bare)
	if err != nil {
		return nil, err
	}
	switch tag {
	case "Ref", "Condition":
		return Map{tag: v}, nil
	case "GetAtt":
		if s, ok := v.(string); ok {
			name, attribute, _ := strings.Cut(s, ".")
			v = []any{name, attribute}
		}
	}
	return Map{"Fn::" + tag: v}, nil
}
