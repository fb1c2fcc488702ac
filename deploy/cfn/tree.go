package cfn

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Sub is the mapping at the keys under v, or nil when there is none.
func Sub(v any, keys ...string) Map {
	m, _ := At(v, keys...).(Map)
	return m
}

// At is what stands at the keys under v, or nil.
func At(v any, keys ...string) any {
	for _, key := range keys {
		m, ok := v.(Map)
		if !ok {
			return nil
		}
		v = m[key]
	}
	return v
}

// List is the sequence at the keys under v; a single value is a sequence of one, as in policies.
func List(v any, keys ...string) []any {
	switch found := At(v, keys...).(type) {
	case nil:
		return nil
	case []any:
		return found
	default:
		return []any{found}
	}
}

// Text is what stands at the keys under v, as text; "" when there is nothing or no scalar.
func Text(v any, keys ...string) string {
	switch found := At(v, keys...).(type) {
	case nil, Map, []any:
		return ""
	case string:
		return found
	default:
		return fmt.Sprint(found)
	}
}

// Keys are the keys of m, sorted, so that findings and renderings come in a fixed order.
func Keys(m Map) []string { return slices.Sorted(maps.Keys(m)) }

// Walk calls visit for v and everything under it, parents first, in a fixed order.
func Walk(v any, visit func(v any)) {
	visit(v)
	switch found := v.(type) {
	case Map:
		for _, key := range Keys(found) {
			Walk(found[key], visit)
		}
	case []any:
		for _, item := range found {
			Walk(item, visit)
		}
	}
}

// OfType are the logical names of the template's resources of a type, sorted.
func (t *Template) OfType(kind string) []string {
	var names []string
	for _, name := range Keys(t.Resources) {
		if Text(t.Resources, name, "Type") == kind {
			names = append(names, name)
		}
	}
	return names
}

// Refs are the names that v refers to by Ref, GetAtt or ${…} in a Sub; an attribute is written Name.Attribute.
func Refs(v any) map[string]bool {
	found := map[string]bool{}
	Walk(v, func(v any) {
		m, ok := v.(Map)
		if !ok {
			return
		}
		if name := Text(m, "Ref"); name != "" {
			found[name] = true
		}
		if pair := List(m, "Fn::GetAtt"); len(pair) == 2 {
			found[fmt.Sprint(pair[0])+"."+fmt.Sprint(pair[1])] = true
		}
		if text := subText(m); text != "" {
			for _, name := range Placeholders(text) {
				found[name] = true
			}
		}
	})
	return found
}

func subText(m Map) string {
	if text := Text(m, "Fn::Sub"); text != "" {
		return text
	}
	if pair := List(m, "Fn::Sub"); len(pair) == 2 {
		return fmt.Sprint(pair[0])
	}
	return ""
}

// Placeholders are the names in ${…}, without the escaped ${!…}.
func Placeholders(text string) []string {
	var names []string
	for {
		_, rest, ok := strings.Cut(text, "${")
		if !ok {
			return names
		}
		name, after, ok := strings.Cut(rest, "}")
		if !ok {
			return names
		}
		if !strings.HasPrefix(name, "!") {
			names = append(names, strings.TrimSpace(name))
		}
		text = after
	}
}
