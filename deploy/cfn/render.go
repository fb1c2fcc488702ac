package cfn

import (
	"fmt"
	"strconv"
	"strings"
)

// What only AWS knows is invented, always the same.
const (
	Region    = "us-east-1"
	Account   = "123456789012"
	Partition = "aws"
	image     = "ami-0123456789abcdef0"
)

// Stack is a template with its parameters filled in.
type Stack struct {
	Name      string // such as showcase-test-Web
	Template  *Template
	Parameter Map
	Resources map[string]Resource // those whose condition holds
	outputs   Map
	children  map[string]*Stack
	set       Set
}

// Resource is one resource with every intrinsic function worked out.
type Resource struct {
	Type       string
	Properties Map
	Attributes Map // DeletionPolicy, UpdatePolicy and the like
}

// noValue is what !Ref AWS::NoValue gives: the property is left out.
type noValue struct{}

// Render fills parameters into the template called name and into all that it nests. A parameter that is not given
// takes its default.
func Render(set Set, name, stack string, parameters Map) (*Stack, error) {
	t, ok := set[name]
	if !ok {
		return nil, fmt.Errorf("render %s: no such template", name)
	}
	s := &Stack{
		Name: stack, Template: t, Parameter: Map{}, set: set,
		Resources: map[string]Resource{}, outputs: Map{}, children: map[string]*Stack{},
	}
	if err := s.fill(parameters); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	if err := s.render(); err != nil {
		return nil, fmt.Errorf("render %s: %w", name, err)
	}
	return s, nil
}

func (s *Stack) fill(given Map) error {
	for key := range given {
		if _, ok := s.Template.Parameters[key]; !ok {
			return fmt.Errorf("parameter %s is given and not declared", key)
		}
	}
	for _, key := range Keys(s.Template.Parameters) {
		value, ok := given[key]
		if !ok {
			if value, ok = Sub(s.Template.Parameters, key)["Default"]; !ok {
				return fmt.Errorf("parameter %s is declared and not given", key)
			}
		}
		kind := Text(s.Template.Parameters, key, "Type")
		switch {
		case strings.HasPrefix(kind, "AWS::SSM::Parameter::Value"):
			value = image
		case strings.HasPrefix(kind, "List<"):
			value = split(value)
		case kind == "Number":
			if n, err := strconv.Atoi(fmt.Sprint(value)); err == nil {
				value = n
			}
		default:
			value = fmt.Sprint(value)
		}
		s.Parameter[key] = value
	}
	return nil
}

func split(v any) any {
	text, ok := v.(string)
	if !ok {
		return v
	}
	var list []any
	for item := range strings.SplitSeq(text, ",") {
		list = append(list, item)
	}
	return list
}

func (s *Stack) render() error {
	for _, name := range Keys(s.Template.Resources) {
		raw := Sub(s.Template.Resources, name)
		wanted, err := s.holds(raw)
		if err != nil {
			return fmt.Errorf("resource %s: %w", name, err)
		}
		if !wanted {
			continue
		}
		value, err := s.eval(raw)
		if err != nil {
			return fmt.Errorf("resource %s: %w", name, err)
		}
		m, ok := value.(Map)
		if !ok {
			return fmt.Errorf("resource %s: a mapping is wanted", name)
		}
		s.Resources[name] = Resource{Type: Text(m, "Type"), Properties: Sub(m, "Properties"), Attributes: m}
		if Text(m, "Type") == nested {
			if _, err := s.child(name); err != nil {
				return err
			}
		}
	}
	for _, name := range Keys(s.Template.Outputs) {
		value, err := s.eval(At(s.Template.Outputs, name, "Value"))
		if err != nil {
			return fmt.Errorf("output %s: %w", name, err)
		}
		s.outputs[name] = value
	}
	return nil
}

const nested = "AWS::CloudFormation::Stack"

// Child is the nested stack of that logical name, or nil when its condition does not hold.
func (s *Stack) Child(name string) *Stack { return s.children[name] }

// Children are the logical names of the nested stacks, sorted.
func (s *Stack) Children() []string {
	m := Map{}
	for name := range s.children {
		m[name] = nil
	}
	return Keys(m)
}

func (s *Stack) child(name string) (*Stack, error) {
	switch c, begun := s.children[name]; {
	case c != nil:
		return c, nil
	case begun:
		return nil, fmt.Errorf("%s takes from itself, through the stacks between", name)
	}
	s.children[name] = nil
	properties := Sub(s.Template.Resources, name, "Properties")
	parameters, err := s.eval(Sub(properties, "Parameters"))
	if err != nil {
		return nil, fmt.Errorf("parameters of %s: %w", name, err)
	}
	given, _ := parameters.(Map)
	file := strings.TrimPrefix(Text(properties, "TemplateURL"), "./")
	c, err := Render(s.set, file, s.Name+"-"+name, given)
	if err != nil {
		return nil, err
	}
	s.children[name] = c
	return c, nil
}

func (s *Stack) holds(raw Map) (bool, error) {
	name := Text(raw, "Condition")
	if name == "" {
		return true, nil
	}
	return s.condition(name)
}

func (s *Stack) condition(name string) (bool, error) {
	raw, ok := s.Template.Conditions[name]
	if !ok {
		return false, fmt.Errorf("condition %s is not declared", name)
	}
	v, err := s.eval(raw)
	if err != nil {
		return false, fmt.Errorf("condition %s: %w", name, err)
	}
	b, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("condition %s is no yes or no", name)
	}
	return b, nil
}
