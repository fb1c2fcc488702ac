package e2e

import (
	"slices"
	"strings"
	"testing"
)

// projections are the read models, as operators name them.
var projections = []string{"accounts", "dashboard", "gallery", "ranking"}

// CheckReadModels waits until the read models are up to date, has each made anew from the log by its operator's tools, and
// requires the same rows. env is where the production binary finds the contest.
func CheckReadModels(t testing.TB, env []string) {
	t.Helper()
	tool := func(args ...string) string {
		return Run(t, Command{Path: Program(t, "showcase"), Args: args, Env: env})
	}
	Eventually(t, "read models at the head of the log", func() bool { return upToDate(t, tool("project", "status")) })
	tables := NewTables(t, Lookup(t, env, "DATABASE_URL"))
	before := tables.Dump()
	for _, name := range projections {
		if out := tool("project", "rebuild", name); !strings.HasPrefix(out, name) {
			t.Errorf("project rebuild %s prints %q", name, out)
		}
	}
	tables.Same(before, tables.Dump())
	tables.CheckLog()
	tool("verify")
}

// upToDate reads what `project status` prints, and says whether every projection is there, well and at the head.
func upToDate(t testing.TB, status string) bool {
	t.Helper()
	var seen []string
	current := true
	for line := range strings.Lines(status) {
		fields := strings.Fields(line)
		if len(fields) < 4 || fields[0] == "projection" {
			continue
		}
		if fields[3] != "ok" {
			t.Fatalf("project status says: %s", line)
		}
		seen = append(seen, fields[0])
		current = current && fields[2] == "0"
	}
	slices.Sort(seen)
	if !slices.Equal(seen, projections) {
		t.Fatalf("project status tells of %v, want %v:\n%s", seen, projections, status)
	}
	return current
}
