package main

import (
	"fmt"
	"strings"
)

const preamble = `# The facts

Made from package [events](../events) by ` + "`make generate`" + `; do not edit.

Each fact stands in the log under a position, a stream and a version in that stream, with its type, its schema version,
its data as JSON and [metadata](#metadata). Facts never change: a new field is a new schema version with an upcaster.
A value marked *sealed* is personal: the log holds it as base64 of AES-256-GCM ciphertext under a key of its own for each
account; when that key is destroyed, the value is gone and all else stays.

`

// markdown is the whole page.
func (c catalogue) markdown() string {
	var b strings.Builder
	b.WriteString(preamble)
	b.WriteString("| Fact | Version | Stream | Sealed |\n|---|---|---|---|\n")
	for _, s := range c.streams {
		for _, f := range s.facts {
			fmt.Fprintf(&b, "| [%s](#%s) | %d | `%s` | %s |\n", f.wire, anchor(f.wire), f.schema, s.pattern, f.sealed())
		}
	}
	for _, s := range c.streams {
		s.markdown(&b)
	}
	b.WriteString("\n## Shapes\n")
	for _, s := range c.shapes {
		fmt.Fprintf(&b, "\n### %s\n\n%s\n", s.name, s.doc)
		s.table(&b)
	}
	return b.String()
}

func (s stream) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "\n## %s\n\n`%s`: %s\n", s.name, s.pattern, s.doc)
	for _, f := range s.facts {
		fmt.Fprintf(b, "\n### %s\n\n%s Version %d.", f.wire, f.doc, f.schema)
		if f.subject != "" {
			fmt.Fprintf(b, " Sealed under the key of `%s`.", f.subject)
		}
		b.WriteString("\n")
		f.table(b)
	}
}

func (s shape) table(b *strings.Builder) {
	b.WriteString("\n| Field | JSON | Meaning |\n|---|---|---|\n")
	for _, f := range s.fields {
		kind := f.json
		if f.optional {
			kind += ", optional"
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.name, kind, strings.ReplaceAll(f.doc, "|", `\|`))
	}
}

// sealed lists a fact's personal fields.
func (f fact) sealed() string {
	var names []string
	for _, x := range f.fields {
		if x.personal {
			names = append(names, "`"+x.name+"`")
		}
	}
	return strings.Join(names, ", ")
}

// anchor is where a heading's link leads: the reader's program drops the dots.
func anchor(heading string) string { return strings.ReplaceAll(heading, ".", "") }
