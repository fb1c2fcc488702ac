package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/rising-stars/showcase/events"
)

const sample = `package events

// Note is the sum of all notes.
//
//sumtype:decl
type Note interface{ note() }

// Ink is what a note is written with.
type Ink struct {
	Colour string ` + "`json:\"colour,omitempty\"`" + ` // red | blue
}

// NoteWritten says that somebody wrote a note,
// on paper.
type NoteWritten struct {
	By   ID           ` + "`json:\"by\"`" + `
	Inks []Ink        ` + "`json:\"inks\"`" + `
	Text Sealed[Page] ` + "`json:\"text\"`" + `
}

// Page is a text.
type Page struct {
	Number int ` + "`json:\"number\"`" + `
}

// Metadata is around a note.
type Metadata struct{}

func (NoteWritten) EventType() string { return "note.written" }
func (NoteWritten) note()             {}
func (e NoteWritten) Subject() ID     { return e.By }

// NoteStream is a note's stream.
func NoteStream(by ID, n []byte) string { return "note-" + by.String() + "-" + hex.EncodeToString(n) }
`

func first(string) int { return 1 }

func TestSample(t *testing.T) {
	t.Parallel()
	p, err := parse(fstest.MapFS{"note.go": {Data: []byte(sample)}, "x_test.go": {Data: []byte("not Go")}})
	if err != nil {
		t.Fatal(err)
	}
	c, err := p.catalogue(first)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.complete([]string{"note.written"}); err != nil {
		t.Error(err)
	}
	if err := c.complete([]string{"note.torn", "note.written"}); err == nil {
		t.Error("a registered fact that the source lacks was not missed")
	}
	page := c.markdown()
	for _, want := range []string{
		"| [note.written](#notewritten) | 1 | `note-{by}-{n}` | `text` |\n",
		"`note-{by}-{n}`: NoteStream is a note's stream.\n",
		"NoteWritten says that somebody wrote a note, on paper. Version 1. Sealed under the key of `by`.\n",
		"| `by` | string, UUID |  |\n",
		"| `inks` | array of [Ink](#ink) |  |\n",
		"| `text` | [Page](#page), sealed |  |\n",
		"### Ink\n",
		"| `colour` | string, optional | red \\| blue |\n",
		"### Page\n",
		"### Metadata\n",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %q", want)
		}
	}
}

func TestWhatIsNotUnderstoodIsRefused(t *testing.T) {
	t.Parallel()
	for name, change := range map[string][2]string{
		"a field without a JSON name": {"`json:\"by\"`", ""},
		"a field of another type":     {"[]Ink ", "map[string]Ink "},
		"a fact without a comment":    {"// NoteWritten says that somebody wrote a note,\n// on paper.", ""},
		"a fact without a type":       {`EventType() string { return "note.written" }`, `Type() string { return "note.written" }`},
		"a subject that is computed":  {"return e.By", "return other(e)"},
		"a stream without a name":     {"func NoteStream", "func Stream"},
		"a text that is not Go":       {"package events", "events"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text := strings.Replace(sample, change[0], change[1], 1)
			if text == sample {
				t.Fatal("the sample was not changed")
			}
			p, err := parse(fstest.MapFS{"note.go": {Data: []byte(text)}})
			if err == nil {
				_, err = p.catalogue(first)
			}
			if err == nil {
				t.Error("it was accepted")
			}
		})
	}
}

func TestFactThatIsNotRegisteredIsRefused(t *testing.T) {
	t.Parallel()
	p, err := parse(fstest.MapFS{"note.go": {Data: []byte(sample)}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.catalogue(func(string) int { return 0 }); err == nil {
		t.Error("it was accepted")
	}
}

func TestFolderWithoutSourceIsRefused(t *testing.T) {
	t.Parallel()
	if err := run(&bytes.Buffer{}, fstest.MapFS{}); err == nil {
		t.Error("it was accepted")
	}
}

func TestEveryFactIsListed(t *testing.T) {
	t.Parallel()
	var page bytes.Buffer
	if err := run(&page, os.DirFS("../../events")); err != nil {
		t.Fatal(err)
	}
	for _, name := range events.Types() {
		if !strings.Contains(page.String(), "\n### "+name+"\n") {
			t.Errorf("%s is not on the page", name)
		}
	}
}
