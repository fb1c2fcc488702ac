package httpapi

import (
	"bytes"
	"cmp"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"
)

// docFile is what the page shows of the description.
type docFile struct {
	Info struct {
		Title       string `yaml:"title"`
		Summary     string `yaml:"summary"`
		Description string `yaml:"description"`
	} `yaml:"info"`
	Tags  []docTag  `yaml:"tags"`
	Paths yaml.Node `yaml:"paths"`

	Base  string       `yaml:"-"`
	Style template.CSS `yaml:"-"`
	root  yaml.Node
}

type docTag struct {
	Name        string         `yaml:"name"`
	Description string         `yaml:"description"`
	Operations  []docOperation `yaml:"-"`
}

type docOperation struct {
	Tags        []string               `yaml:"tags"`
	Summary     string                 `yaml:"summary"`
	Description string                 `yaml:"description"`
	Security    []map[string][]any     `yaml:"security"`
	Parameters  []docRef[docParameter] `yaml:"parameters"`
	RequestBody docBody                `yaml:"requestBody"`
	Responses   map[string]docRef[docBody]

	Method, Path, Anchor string
	Given                []docField // parameters and body
	Answers              []docAnswer
}

// Signed reports whether the operation needs a token.
func (o docOperation) Signed() bool { return len(o.Security) > 0 }

type docParameter struct {
	Name        string    `yaml:"name"`
	In          string    `yaml:"in"`
	Required    bool      `yaml:"required"`
	Description string    `yaml:"description"`
	Schema      docSchema `yaml:"schema"`
}

type docBody struct {
	Description string                                `yaml:"description"`
	Content     map[string]struct{ Schema docSchema } `yaml:"content"`
}

type docSchema struct {
	Ref         string      `yaml:"$ref"`
	Type        yaml.Node   `yaml:"type"`
	Format      string      `yaml:"format"`
	Const       string      `yaml:"const"`
	Description string      `yaml:"description"`
	Required    []string    `yaml:"required"`
	Enum        []string    `yaml:"enum"`
	AllOf       []docSchema `yaml:"allOf"`
	Items       *docSchema  `yaml:"items"`
	Properties  yaml.Node   `yaml:"properties"`
}

// docRef is a value, or a reference to one.
type docRef[T any] struct {
	Ref   string `yaml:"$ref"`
	Value T      `yaml:",inline"`
}

// docField is one line of a table.
type docField struct {
	Name, Where, Kind, Text string
	Required                bool
}

type docAnswer struct {
	Code, Text string
	Fields     []docField
}

// described is the description as the page shows it; it is read once in a process.
var described = sync.OnceValues(func() (f docFile, err error) {
	if err := yaml.Unmarshal(openAPI, &f.root); err != nil {
		return f, err
	}
	if err := f.root.Decode(&f); err != nil {
		return f, err
	}
	return f, f.sortOperations()
})

// describe makes the page from the description.
func describe(base string) ([]byte, error) {
	f, err := described()
	if err != nil {
		return nil, err
	}
	f.Base, f.Style = base, template.CSS(docsStyle) //nolint:gosec // it is our own file
	page, err := template.New("docs").Funcs(template.FuncMap{"prose": prose}).Parse(docsPage)
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = page.Execute(&out, f)
	return out.Bytes(), err
}

// sortOperations puts every operation under its first tag, in the order of the file.
func (f *docFile) sortOperations() error {
	return each(f.Paths, func(path string, node yaml.Node) error {
		var shared struct {
			Parameters []docRef[docParameter] `yaml:"parameters"`
		}
		if err := node.Decode(&shared); err != nil {
			return fmt.Errorf("path %s: %w", path, err)
		}
		return each(node, func(method string, node yaml.Node) error {
			if method == "parameters" {
				return nil
			}
			o := docOperation{Method: strings.ToUpper(method), Path: path}
			if err := node.Decode(&o); err != nil {
				return fmt.Errorf("%s %s: %w", o.Method, path, err)
			}
			o.Parameters = append(shared.Parameters, o.Parameters...)
			return f.add(o)
		})
	})
}

func (f *docFile) add(o docOperation) error {
	o.Anchor = strings.Trim(strings.NewReplacer("/", "-", "{", "", "}", "", ".", "-").Replace(strings.ToLower(o.Method)+o.Path), "-")
	for _, ref := range o.Parameters {
		p := ref.Value
		if err := f.follow(ref.Ref, &p); err != nil {
			return err
		}
		o.Given = append(o.Given, docField{Name: p.Name, Where: p.In, Kind: p.Schema.kind(), Text: plain(p.Description), Required: p.Required})
	}
	for kind, content := range o.RequestBody.Content {
		fields, err := f.fields(content.Schema, kind)
		if err != nil {
			return err
		}
		o.Given = append(o.Given, fields...)
	}
	for code := 200; code < 600; code++ {
		if err := f.addAnswer(&o, strconv.Itoa(code)); err != nil {
			return err
		}
	}
	for i := range f.Tags {
		if f.Tags[i].Name == o.Tags[0] {
			f.Tags[i].Operations = append(f.Tags[i].Operations, o)
		}
	}
	return nil
}

func (f *docFile) addAnswer(o *docOperation, code string) error {
	ref, ok := o.Responses[code]
	if !ok {
		return nil
	}
	if err := f.follow(ref.Ref, &ref.Value); err != nil {
		return err
	}
	a := docAnswer{Code: code, Text: ref.Value.Description}
	var err error
	if content, ok := ref.Value.Content["application/json"]; ok {
		a.Fields, err = f.fields(content.Schema, "")
	}
	o.Answers = append(o.Answers, a)
	return err
}

// fields are the properties of an object, or of the objects of a list, references followed.
func (f *docFile) fields(s docSchema, where string) ([]docField, error) {
	if err := f.follow(s.Ref, &s); err != nil {
		return nil, err
	}
	if s.Items != nil {
		return f.fields(*s.Items, where)
	}
	var out []docField
	for _, part := range s.AllOf {
		fields, err := f.fields(part, where)
		if err != nil {
			return nil, err
		}
		out = append(out, fields...)
	}
	err := each(s.Properties, func(name string, node yaml.Node) error {
		var p docSchema
		if err := node.Decode(&p); err != nil {
			return err
		}
		text := p.Description
		if err := f.follow(p.Ref, &p); err != nil {
			return err
		}
		out = append(out, docField{Name: name, Where: where, Kind: p.kind(), Text: plain(cmp.Or(text, p.Description)), Required: slices.Contains(s.Required, name)})
		return nil
	})
	return out, err
}

// kind says in a few words what values there are.
func (s docSchema) kind() string {
	switch {
	case s.Const != "":
		return strconv.Quote(s.Const)
	case len(s.Enum) > 0:
		return strings.Trim(strings.Join(s.Enum, " | "), " |")
	case s.Type.Kind == yaml.SequenceNode:
		return s.Type.Content[0].Value + " or null"
	case s.Format != "":
		return s.Format
	}
	return s.Type.Value
}

// follow decodes what a reference points at; an empty one points at nothing.
func (f *docFile) follow(ref string, to any) error {
	if ref == "" {
		return nil
	}
	node := *f.root.Content[0]
	for name := range strings.SplitSeq(strings.TrimPrefix(ref, "#/"), "/") {
		found := false
		if err := each(node, func(key string, value yaml.Node) error {
			if key == name {
				node, found = value, true
			}
			return nil
		}); err != nil || !found {
			return fmt.Errorf("%s is not there: %w", ref, err)
		}
	}
	return node.Decode(to)
}

// each goes through a mapping in its order.
func each(node yaml.Node, do func(key string, value yaml.Node) error) error {
	if node.Alias != nil {
		node = *node.Alias
	}
	for i := 0; i+1 < len(node.Content); i += 2 {
		if err := do(node.Content[i].Value, *node.Content[i+1]); err != nil {
			return err
		}
	}
	return nil
}

// prose turns a description's paragraphs and `code` into HTML; everything else in it stays text.
func prose(s string) template.HTML {
	var out strings.Builder
	for paragraph := range strings.SplitSeq(strings.TrimSpace(s), "\n\n") {
		out.WriteString("<p>")
		for i, span := range strings.Split(strings.ReplaceAll(paragraph, "**", ""), "`") {
			if i%2 == 1 {
				span = "<code>" + template.HTMLEscapeString(span) + "</code>"
			} else {
				span = template.HTMLEscapeString(span)
			}
			out.WriteString(span)
		}
		out.WriteString("</p>\n")
	}
	return template.HTML(out.String()) //nolint:gosec // every part of it was escaped
}

// plain is a description for a table, where `code` is not set apart.
func plain(s string) string { return strings.ReplaceAll(s, "`", "") }
