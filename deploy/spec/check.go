package spec

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/rising-stars/showcase/deploy/cfn"
)

// Finding is a place that CloudFormation would not take.
type Finding struct {
	Where string // resource and property, such as Queue.RedrivePolicy
	Text  string
}

func (f Finding) String() string { return f.Where + ": " + f.Text }

// Check tells what is wrong with a template's resources, raw or rendered, and with the attributes that its outputs ask
// for. Of intrinsic functions whose value is not known it looks at the branches of If, at what kind of resource a Ref or
// GetAtt names, and lets the others pass.
func (t *Types) Check(resources, outputs cfn.Map) []Finding {
	c := &check{types: t, resources: resources}
	for _, name := range cfn.Keys(resources) {
		c.resource(name, cfn.Sub(resources, name))
	}
	for _, ref := range slices.Sorted(maps.Keys(cfn.Refs([]any{resources, outputs}))) {
		c.attribute(resources, ref)
	}
	return c.found
}

type check struct {
	types     *Types
	resources cfn.Map
	found     []Finding
}

func (c *check) report(where, format string, args ...any) {
	c.found = append(c.found, Finding{where, fmt.Sprintf(format, args...)})
}

// attributes of a resource that are none of its properties.
var resourceAttributes = []string{
	"Type", "Properties", "Condition", "DependsOn", "Metadata", "DeletionPolicy", "UpdateReplacePolicy", "UpdatePolicy", "CreationPolicy",
}

func (c *check) resource(name string, raw cfn.Map) {
	for _, key := range cfn.Keys(raw) {
		if !slices.Contains(resourceAttributes, key) {
			c.report(name, "a resource has no %s", key)
		}
	}
	r, known := c.types.resources[cfn.Text(raw, "Type")]
	if !known {
		c.report(name, "there is no type %s", cfn.Text(raw, "Type"))
		return
	}
	c.structure(name, r.Type, r.Properties, cfn.Sub(raw, "Properties"))
}

// structure holds a mapping to the properties that it may and must have.
func (c *check) structure(where, what string, properties map[string]property, given cfn.Map) {
	for _, name := range cfn.Keys(given) {
		p, known := properties[name]
		if !known {
			c.report(where, "%s has no property %s", what, name)
			continue
		}
		if p.Deprecated != "" {
			c.report(where+"."+name, "%s is deprecated", name)
		}
		c.related(where+"."+name, p, given[name])
		c.value(where+"."+name, p, given[name])
	}
	for name, p := range properties {
		if _, there := given[name]; p.Required && !there {
			c.report(where, "%s must have %s", what, name)
		}
	}
}

// related holds a Ref or GetAtt to the types of resource that the property names.
func (c *check) related(where string, p property, value any) {
	if list, ok := value.([]any); ok {
		for _, item := range list {
			c.related(where, p, item)
		}
		return
	}
	if branches, _ := function(value); len(branches) > 0 {
		c.related(where, p, branches)
		return
	}
	name, attribute := cfn.Text(value, "Ref"), ""
	if pair := cfn.List(value, "Fn::GetAtt"); len(pair) == 2 {
		name, attribute = fmt.Sprint(pair[0]), fmt.Sprint(pair[1])
	}
	named, known := c.types.resources[cfn.Text(c.resources, name, "Type")]
	if !known || len(p.Relations) == 0 {
		return
	}
	if attribute == "" && len(named.Identifier) == 1 {
		attribute = named.Identifier[0]
	}
	var wanted []string
	for _, relation := range p.Relations {
		// What is an Id in one place is a GroupId in another.
		if relation.Type == named.Type && (strings.HasSuffix(attribute, relation.Property) || strings.HasSuffix(relation.Property, attribute)) {
			return
		}
		wanted = append(wanted, relation.Type+"."+relation.Property)
	}
	c.report(where, "%s.%s of %s, where one of %v is wanted", named.Type, attribute, name, wanted)
}

// value holds a value to a property; what an older description allowed is taken still.
func (c *check) value(where string, p property, value any) {
	problems := c.of(where, p.Type, value)
	for _, older := range p.Previous {
		if len(problems) == 0 {
			return
		}
		if len(c.of(where, older, value)) == 0 {
			return
		}
	}
	c.found = append(c.found, problems...)
}

// of is what is wrong with a value of a kind.
func (c *check) of(where string, k kind, value any) []Finding {
	inner := &check{types: c.types, resources: c.resources}
	inner.is(where, k, value)
	return inner.found
}

func (c *check) is(where string, k kind, value any) {
	if branches, intrinsic := function(value); intrinsic {
		for _, branch := range branches {
			c.is(where, k, branch)
		}
		return
	}
	switch k.Name {
	case "json":
	case "union":
		c.union(where, k, value)
	case "array":
		c.array(where, k, value)
	case "map":
		m, ok := value.(cfn.Map)
		if !ok {
			c.report(where, "a mapping is wanted, not %v", value)
			return
		}
		for _, key := range cfn.Keys(m) {
			c.is(where+"."+key, *k.Element, m[key])
		}
	case "tag":
		c.structure(where, "a tag", tag, mapping(value))
	case "ref":
		c.reference(where, k, value)
	default:
		c.scalar(where, k, value)
	}
}

// tag is the structure of the built-in kind of that name; PropagateAtLaunch is the scaling groups'.
var tag = map[string]property{
	"Key": {Required: true, Type: kind{Name: "string"}}, "Value": {Required: true, Type: kind{Name: "string"}},
	"PropagateAtLaunch": {Type: kind{Name: "boolean"}},
}

func mapping(value any) cfn.Map {
	m, _ := value.(cfn.Map)
	return m
}

func (c *check) union(where string, k kind, value any) {
	var least []Finding
	for i, one := range k.Types {
		problems := c.of(where, one, value)
		if i == 0 || len(problems) < len(least) {
			least = problems
		}
	}
	c.found = append(c.found, least...)
}

func (c *check) array(where string, k kind, value any) {
	list, ok := value.([]any)
	if !ok {
		list = []any{value} // CloudFormation takes one for a list of one
	}
	for i, item := range list {
		c.is(where+"["+strconv.Itoa(i)+"]", *k.Element, item)
	}
}

func (c *check) reference(where string, k kind, value any) {
	d, known := c.types.definitions[k.Reference.ID]
	m, ok := value.(cfn.Map)
	switch {
	case !known:
		c.report(where, "the description does not say what it is")
	case !ok:
		c.report(where, "%s is wanted, not %v", d.Name, value)
	default:
		c.structure(where, d.Name, d.Properties, m)
	}
}

// scalar holds a single value to its kind. CloudFormation takes numbers and truths as text, and numbers for text.
func (c *check) scalar(where string, k kind, value any) {
	switch value.(type) {
	case cfn.Map, []any, nil:
		c.report(where, "one %s is wanted, not %v", k.Name, value)
		return
	}
	text := fmt.Sprint(value)
	ok := true
	switch k.Name {
	case "integer":
		_, err := strconv.ParseInt(text, 10, 64)
		ok = err == nil
	case "number":
		_, err := strconv.ParseFloat(text, 64)
		ok = err == nil
	case "boolean":
		ok = text == "true" || text == "false"
	}
	if !ok {
		c.report(where, "%s is wanted, not %q", k.Name, text)
	}
	if len(k.Allowed) > 0 && !slices.ContainsFunc(k.Allowed, func(v any) bool { return fmt.Sprint(v) == text }) {
		c.report(where, "%q is none of %v", text, k.Allowed)
	}
}

// function says whether a value is an intrinsic function, and which values it may have as far as they are known.
func function(value any) (branches []any, intrinsic bool) {
	m, ok := value.(cfn.Map)
	if !ok || len(m) != 1 {
		return nil, false
	}
	for name, argument := range m {
		if name == "Fn::If" {
			if list, _ := argument.([]any); len(list) == 3 {
				return list[1:], true
			}
		}
		if name == "Ref" || strings.HasPrefix(name, "Fn::") {
			return nil, true
		}
	}
	return nil, false
}

// attribute looks at a reference to a resource's attribute.
func (c *check) attribute(resources cfn.Map, ref string) {
	name, attribute, ok := strings.Cut(ref, ".")
	kind := cfn.Text(resources, name, "Type")
	if !ok || kind == "" || strings.HasPrefix(attribute, "Outputs.") {
		return
	}
	r, known := c.types.resources[kind]
	if !known {
		return // said already
	}
	if _, there := r.Attributes[attribute]; !there {
		c.report(name, "%s has no attribute %s", kind, attribute)
	}
}
