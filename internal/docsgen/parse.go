package main

import (
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"slices"
	"strings"
)

// pkg is the parsed source of package events.
type pkg struct {
	types   map[string]typ
	order   []string                            // names of types as they are declared
	methods map[string]map[string]*ast.FuncDecl // by receiver, then name
	funcs   map[string]*ast.FuncDecl
}

// typ is a declared type with its comment.
type typ struct {
	expr ast.Expr
	doc  string
	sum  bool // marked //sumtype:decl
}

func parse(source fs.FS) (*pkg, error) {
	names, err := fs.Glob(source, "*.go")
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	p := &pkg{types: map[string]typ{}, methods: map[string]map[string]*ast.FuncDecl{}, funcs: map[string]*ast.FuncDecl{}}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(source, name)
		if err != nil {
			return nil, err
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, text, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			p.add(decl)
		}
	}
	if len(p.types) == 0 {
		return nil, errors.New("no types found; run it in the module's folder")
	}
	return p, nil
}

func (p *pkg) add(decl ast.Decl) {
	switch d := decl.(type) {
	case *ast.FuncDecl:
		p.addFunc(d)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			if t, ok := spec.(*ast.TypeSpec); ok {
				p.addType(d, t)
			}
		}
	}
}

func (p *pkg) addFunc(f *ast.FuncDecl) {
	if f.Recv == nil {
		p.funcs[f.Name.Name] = f
		return
	}
	receiver, ok := f.Recv.List[0].Type.(*ast.Ident)
	if !ok {
		return // a pointer's or a generic type's; facts are plain values
	}
	if p.methods[receiver.Name] == nil {
		p.methods[receiver.Name] = map[string]*ast.FuncDecl{}
	}
	p.methods[receiver.Name][f.Name.Name] = f
}

func (p *pkg) addType(d *ast.GenDecl, t *ast.TypeSpec) {
	doc := t.Doc
	if doc == nil {
		doc = d.Doc
	}
	sum := doc != nil && slices.ContainsFunc(doc.List, func(c *ast.Comment) bool { return c.Text == "//sumtype:decl" })
	p.types[t.Name.Name] = typ{expr: t.Type, doc: line(doc.Text()), sum: sum}
	p.order = append(p.order, t.Name.Name)
}

// line is a comment on one line.
func line(comment string) string { return strings.Join(strings.Fields(comment), " ") }

// returned is the one expression that a function's body returns.
func returned(f *ast.FuncDecl) (ast.Expr, error) {
	if f == nil || f.Body == nil || len(f.Body.List) != 1 {
		return nil, errors.New("there is no function that only returns something")
	}
	r, ok := f.Body.List[0].(*ast.ReturnStmt)
	if !ok || len(r.Results) != 1 {
		return nil, fmt.Errorf("%s does not return one value", f.Name.Name)
	}
	return r.Results[0], nil
}
