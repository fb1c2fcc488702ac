package main

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/rising-stars/showcase/internal/obs"
)

// parse reads the command line into c. Asked for help or the version, it prints that and ends the program.
func parse(c *cli, options ...kong.Option) (*kong.Context, error) {
	parser, err := kong.New(c, append(options, kong.Name("showcase"), kong.Description("Video talent contests on an event log."),
		kong.Vars{"version": obs.Version()})...)
	if err != nil {
		return nil, err
	}
	return parser.Parse(os.Args[1:])
}

// oneLine keeps a message on its line, and says in words where the command line ended too early.
var oneLine = strings.NewReplacer("\n", " ", `"EOL" (<EOL>)`, "nothing")

// misused says what is wrong with the command line, and where to read how it is right. Standard output is for data.
func misused(err error) {
	command := "showcase"
	if wrong, ok := errors.AsType[*kong.ParseError](err); ok {
		if node := wrong.Context.Selected(); node != nil {
			command = node.FullPath()
		}
	}
	fmt.Fprintf(os.Stderr, "showcase: %s\nTry \"%s --help\".\n", oneLine.Replace(err.Error()), command)
}
