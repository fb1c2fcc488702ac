// Command docsgen prints docs/events.md: every fact with its stream, schema version and fields, read from the source
// of package events and checked against its registry. `make generate` runs it in the module's folder.
//
// It prints only what the source says; a fact, a comment or a field that it does not understand is an error.
package main

import (
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/rising-stars/showcase/events"
)

func main() {
	if err := run(os.Stdout, os.DirFS("events")); err != nil {
		fmt.Fprintln(os.Stderr, "docsgen:", err)
		os.Exit(1)
	}
}

func run(w io.Writer, source fs.FS) error {
	p, err := parse(source)
	if err != nil {
		return err
	}
	c, err := p.catalogue(events.Schema)
	if err != nil {
		return err
	}
	if err := c.complete(events.Types()); err != nil {
		return err
	}
	_, err = io.WriteString(w, c.markdown())
	return err
}
