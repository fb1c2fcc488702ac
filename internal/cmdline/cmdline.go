// Package cmdline reads the command lines of our programs, and says in one line what is wrong with one. Standard output is
// for data, so that goes to standard error.
package cmdline

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rising-stars/showcase/internal/obs"
)

// Parse reads a command line into c, a program's commands. Asked for help or the version, it prints that and ends the
// program.
func Parse(c any, program, description string, args []string, options ...kong.Option) (*kong.Context, error) {
	parser, err := kong.New(c, append(options, kong.Name(program), kong.Description(description), kong.Vars{"version": obs.Version()})...)
	if err != nil {
		return nil, err
	}
	return parser.Parse(args)
}

// oneLine keeps a message on its line, and says in words where the command line ended too early.
var oneLine = strings.NewReplacer("\n", " ", `"EOL" (<EOL>)`, "nothing")

// Misused says what Parse found wrong, and where to read how it is right.
func Misused(to io.Writer, program string, err error) {
	command := program
	if wrong, ok := errors.AsType[*kong.ParseError](err); ok {
		if node := wrong.Context.Selected(); node != nil {
			command = node.FullPath()
		}
	}
	fmt.Fprintf(to, "%s: %s\nTry \"%s --help\".\n", program, oneLine.Replace(err.Error()), command)
}
