package main

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/rising-stars/showcase/internal/e2e"
)

// TestMisuse calls every command with a flag that it does not have, with an argument too many and with a flag cut short:
// one line on standard error says what is wrong, another where to read on, and nothing is printed as data.
func TestMisuse(t *testing.T) {
	t.Parallel()
	var c cli
	parser, err := kong.New(&c, kong.Vars{"version": ""})
	if err != nil {
		t.Fatal(err)
	}
	program := e2e.Program(t, "showcase")
	leaves := parser.Model.Leaves(false)
	if len(leaves) < 30 {
		t.Errorf("only %d commands", len(leaves))
	}
	for _, leaf := range leaves {
		path := strings.Fields(leaf.Path())
		misuse(t, program, "unknown flag --no-such", append(path, "--no-such=1")...)
		misuse(t, program, "unexpected argument", append(path, "9", "9", "c\nd")...)
		if slices.ContainsFunc(leaf.Flags, func(f *kong.Flag) bool { return f.Name == "json" }) {
			misuse(t, program, "unknown flag --no-such", append(path, "--json", "--no-such")...)
		}
	}
	misuse(t, program, "unknown flag --no-such", "--no-such")
	misuse(t, program, "expected one of")
	misuse(t, program, "expected one of", "ballots")
	misuse(t, program, "expected int value but got nothing", "rank", "--top")
	misuse(t, program, "but got \"xml\"", "events", "export", "--out", "x", "--format", "xml")
	misuse(t, program, "no such file", "recount", "--rule", "/no/such/rule.yaml")
}

func misuse(t *testing.T, program, why string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, args...)
	var stdout, stderr bytes.Buffer
	cmd.Env, cmd.Stdout, cmd.Stderr = e2e.Environment("DATABASE_URL=postgres://127.0.0.1:1/x", "MASTER_KEY=x"), &stdout, &stderr
	_ = cmd.Run() // the exit code is looked at
	said := strings.SplitAfter(stderr.String(), "\n")
	if cmd.ProcessState.ExitCode() != 2 || stdout.Len() > 0 || len(said) != 3 || said[2] != "" ||
		!strings.HasPrefix(said[0], "showcase: ") || !strings.HasPrefix(said[1], `Try "showcase `) {
		t.Errorf("%q ends with %d\nand prints %q\nand %q", args, cmd.ProcessState.ExitCode(), stdout.String(), stderr.String())
		return
	}
	if !strings.Contains(said[0], why) {
		t.Errorf("%q is refused with %q; want %q", args, said[0], why)
	}
}
