package arch

import (
	"slices"
	"strings"
	"testing"
)

func TestModuleObeysTheRules(t *testing.T) {
	t.Parallel()
	files, err := load("../..")
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 100 {
		t.Fatalf("only %d files found; the rules were not really tried", len(files))
	}
	for _, breach := range check(files) {
		t.Error(breach)
	}
	for _, r := range rows {
		if !slices.ContainsFunc(files, func(f source) bool { return f.pkg() == r.path }) {
			t.Errorf("%s has a row and no files", r.path)
		}
	}
}

func TestBreachesAreFound(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, imported, want string }{
		"an aggregate with a context":             {"aggregates/ballot/x.go", "context", "not pure"},
		"an aggregate with randomness":            {"aggregates/ballot/x.go", "math/rand/v2", "not pure"},
		"an aggregate that sees another":          {"aggregates/ballot/x.go", module + "/aggregates/video", "may not see"},
		"an aggregate's test with the store":      {"aggregates/ballot/x_test.go", module + "/internal/eventstore", "may not see"},
		"facts with I/O":                          {"events/x.go", "os", "not pure"},
		"facts with a library":                    {"events/x.go", "github.com/google/uuid", "elsewhere"},
		"a projection that sees another":          {"projections/ranking/x.go", module + "/projections/gallery", "may not see"},
		"a projection that sees a rule":           {"projections/ranking/x.go", module + "/aggregates/ballot", "may not see"},
		"a handler with SQL":                      {"handlers/httpapi/x.go", "github.com/jackc/pgx/v5/pgxpool", "elsewhere"},
		"a handler that sees the store":           {"handlers/httpapi/x.go", module + "/internal/eventstore", "may not see"},
		"a handler that sees another":             {"handlers/httpapi/x.go", module + "/handlers/transcode", "may not see"},
		"production with a stand-in":              {"cmd/showcase/x.go", module + "/internal/local", "may not see"},
		"the composition root with a stand-in":    {"internal/app/x.go", module + "/internal/local/loopsqs", "may not see"},
		"a token outside auth":                    {"internal/bus/x.go", "github.com/golang-jwt/jwt/v5", "elsewhere"},
		"the stock SQS publisher outside the bus": {"internal/relay/x.go", "github.com/ThreeDotsLabs/watermill-aws/sqs", "elsewhere"},
		"a test library in a program":             {"internal/app/x.go", "pgregory.net/rapid", "for tests"},
		"testing in a program":                    {"internal/app/x.go", "testing", "for tests"},
		"test databases in a program":             {"internal/app/x.go", module + "/internal/pgtest", "for tests"},
		"a library without a home":                {"internal/app/x.go", "github.com/nobody/nothing", "without a home"},
		"a library whose name begins the same":    {"internal/eventstore/x.go", "github.com/jackc/pgx/v5extra", "without a home"},
		"a package without a row":                 {"internal/util/x.go", "fmt", "without a row"},
		"an import without a row":                 {"internal/app/x.go", module + "/internal/util", "no row"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			breaches := check([]source{parsed(t, c.file, c.imported)})
			if len(breaches) != 1 || !strings.Contains(breaches[0], c.want) || !strings.HasPrefix(breaches[0], c.file) {
				t.Errorf("got %q, want one breach with %q", breaches, c.want)
			}
		})
	}
}

func TestGoodImportsPass(t *testing.T) {
	t.Parallel()
	for file, imported := range map[string]string{
		"aggregates/ballot/ballot.go":      module + "/events",
		"aggregates/ballot/ballot_test.go": module + "/aggregates/scenario",
		"aggregates/account/fields.go":     "net/mail",
		"events/envelope.go":               "time",
		"cmd/showcase-local/main.go":       module + "/internal/local",
		"handlers/httpapi/votes_test.go":   "github.com/jackc/pgx/v5",
		"internal/pgtest/pgtest.go":        "testing",
		"projections/ranking/query.go":     "github.com/jackc/pgx/v5/pgxpool",
	} {
		if breaches := check([]source{parsed(t, file, imported)}); len(breaches) > 0 {
			t.Error(breaches)
		}
	}
}

func TestLongFilesAreFound(t *testing.T) {
	t.Parallel()
	for path, limit := range map[string]int{"events/x.go": maxLines, "events/x_test.go": maxTestLines} {
		for lines, want := range map[int]int{limit: 0, limit + 1: 1} {
			text := "package x\n" + strings.Repeat("\n", lines-1)
			file, err := parse(path, []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			if got := check([]source{file}); len(got) != want {
				t.Errorf("%s with %d lines: %q", path, lines, got)
			}
		}
	}
}

// parsed is a file with one import, read as a real one is.
func parsed(t *testing.T, path, imported string) source {
	t.Helper()
	file, err := parse(path, []byte("package x\n\nimport _ \""+imported+"\"\n"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}
