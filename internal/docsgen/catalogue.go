package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/token"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

var (
	errNoComment = errors.New("there is no comment")
	errNoField   = errors.New("method Subject does not return a field")
	errNoKind    = errors.New("its type has no JSON name here")
	errNoName    = errors.New("it has no name of its own in JSON")
)

// catalogue is what docs/events.md shows.
type catalogue struct {
	streams []stream
	shapes  []shape
}

type stream struct {
	name, pattern, doc string
	facts              []fact
}

type fact struct {
	shape
	wire    string
	schema  int
	subject string // field with the account under whose key personal values are sealed; empty when there are none
}

type shape struct {
	name, doc string
	fields    []field
}

type field struct {
	name, json, doc string
	personal        bool
	optional        bool
}

// catalogue makes one stream of each sum type. schema gives a fact's newest version, 0 for an unknown one.
func (p *pkg) catalogue(schema func(typ string) int) (catalogue, error) {
	var c catalogue
	for _, name := range p.order {
		if !p.types[name].sum {
			continue
		}
		s, err := p.stream(name, schema)
		if err != nil {
			return catalogue{}, fmt.Errorf("%s: %w", name, err)
		}
		c.streams = append(c.streams, s)
	}
	for _, name := range p.referred(c) {
		s, err := p.shape(name)
		if err != nil {
			return catalogue{}, fmt.Errorf("%s: %w", name, err)
		}
		c.shapes = append(c.shapes, s)
	}
	return c, nil
}

// complete refuses a catalogue that lacks a registered fact.
func (c catalogue) complete(registered []string) error {
	var listed []string
	for _, s := range c.streams {
		for _, f := range s.facts {
			listed = append(listed, f.wire)
		}
	}
	slices.Sort(listed)
	if !slices.Equal(listed, registered) {
		return fmt.Errorf("the source has %q, the registry %q", listed, registered)
	}
	return nil
}

func (p *pkg) stream(sum string, schema func(string) int) (stream, error) {
	pattern, err := returned(p.funcs[sum+"Stream"])
	if err != nil {
		return stream{}, fmt.Errorf("function %sStream: %w", sum, err)
	}
	s := stream{name: sum, pattern: join(pattern), doc: line(p.funcs[sum+"Stream"].Doc.Text())}
	marker := strings.ToLower(sum)
	for _, name := range p.order {
		if _, ok := p.methods[name][marker]; !ok {
			continue
		}
		f, err := p.fact(name, schema)
		if err != nil {
			return stream{}, fmt.Errorf("%s: %w", name, err)
		}
		s.facts = append(s.facts, f)
	}
	return s, nil
}

func (p *pkg) fact(name string, schema func(string) int) (fact, error) {
	s, err := p.shape(name)
	if err != nil {
		return fact{}, err
	}
	wire, err := returned(p.methods[name]["EventType"])
	if err != nil {
		return fact{}, fmt.Errorf("method EventType: %w", err)
	}
	f := fact{shape: s, wire: join(wire)}
	if f.schema = schema(f.wire); f.schema == 0 {
		return fact{}, fmt.Errorf("%s is not in the registry", f.wire)
	}
	if slices.ContainsFunc(s.fields, func(f field) bool { return f.personal }) {
		f.subject, err = p.subject(name)
	}
	return f, err
}

// subject is the JSON name of the field that a fact's Subject returns.
func (p *pkg) subject(name string) (string, error) {
	expr, err := returned(p.methods[name]["Subject"])
	if err != nil {
		return "", fmt.Errorf("method Subject: %w", err)
	}
	selected, ok := expr.(*ast.SelectorExpr)
	if !ok {
		return "", errNoField
	}
	for _, f := range structOf(p.types[name]) {
		if f.Names[0].Name == selected.Sel.Name {
			json, _ := jsonName(f)
			return json, nil
		}
	}
	return "", fmt.Errorf("there is no field %s", selected.Sel.Name)
}

func structOf(t typ) []*ast.Field {
	if s, ok := t.expr.(*ast.StructType); ok {
		return s.Fields.List
	}
	return nil
}

func (p *pkg) shape(name string) (shape, error) {
	t := p.types[name]
	if t.doc == "" {
		return shape{}, errNoComment
	}
	s := shape{name: name, doc: t.doc}
	for _, f := range structOf(t) {
		json, optional := jsonName(f)
		kind, personal, err := p.kind(f.Type)
		if err != nil {
			return shape{}, fmt.Errorf("field %v: %w", f.Names, err)
		}
		if json == "" || len(f.Names) != 1 {
			return shape{}, fmt.Errorf("field %v: %w", f.Names, errNoName)
		}
		doc := line(f.Doc.Text() + " " + f.Comment.Text())
		s.fields = append(s.fields, field{name: json, json: kind, doc: doc, personal: personal, optional: optional})
	}
	return s, nil
}

func jsonName(f *ast.Field) (name string, optional bool) {
	if f.Tag == nil {
		return "", false
	}
	tag, err := strconv.Unquote(f.Tag.Value)
	if err != nil {
		return "", false
	}
	name, options, _ := strings.Cut(reflect.StructTag(tag).Get("json"), ",")
	return name, strings.Contains(options, "omit")
}

// kinds are the JSON types of what fields are made of, aside from the package's own structs.
var kinds = map[string]string{
	"ID": "string, UUID", "string": "string", "bool": "boolean", "int": "integer", "int64": "integer",
	"time.Time": "string, RFC 3339",
}

func (p *pkg) kind(expr ast.Expr) (json string, personal bool, err error) {
	switch t := expr.(type) {
	case *ast.Ident:
		if json, ok := kinds[t.Name]; ok {
			return json, false, nil
		}
		if structOf(p.types[t.Name]) != nil {
			return link(t.Name), false, nil
		}
	case *ast.SelectorExpr:
		if x, ok := t.X.(*ast.Ident); ok && kinds[x.Name+"."+t.Sel.Name] != "" {
			return kinds[x.Name+"."+t.Sel.Name], false, nil
		}
	case *ast.ArrayType:
		of, personal, err := p.kind(t.Elt)
		return "array of " + of, personal, err
	case *ast.IndexExpr:
		if x, ok := t.X.(*ast.Ident); ok && x.Name == "Sealed" {
			of, _, err := p.kind(t.Index)
			return of + ", sealed", true, err
		}
	}
	return "", false, errNoKind
}

// referred are the package's structs that facts are made of, and the metadata around each fact, in order.
func (p *pkg) referred(c catalogue) []string {
	names := map[string]bool{"Metadata": true}
	for _, s := range c.streams {
		for _, f := range s.facts {
			for _, x := range f.fields {
				for _, name := range p.order {
					if strings.Contains(x.json, link(name)) {
						names[name] = true
					}
				}
			}
		}
	}
	return slices.DeleteFunc(slices.Clone(p.order), func(name string) bool { return !names[name] })
}

func link(shape string) string { return "[" + shape + "](#" + strings.ToLower(shape) + ")" }

// join shows how a text is put together: literals as they are, all else as {name}.
func join(expr ast.Expr) string {
	switch e := expr.(type) {
	case *ast.BinaryExpr:
		return join(e.X) + join(e.Y)
	case *ast.CallExpr:
		if len(e.Args) == 1 {
			return join(e.Args[0])
		}
		return join(e.Fun)
	case *ast.SelectorExpr:
		return join(e.X)
	case *ast.Ident:
		return "{" + e.Name + "}"
	case *ast.BasicLit:
		if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
			return text
		}
	}
	return "{?}"
}
