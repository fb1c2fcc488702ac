package arch

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

const module = "github.com/rising-stars/showcase"

// source is one Go file.
type source struct {
	path    string // relative to the module, with slashes
	imports []string
	lines   int
}

func (s source) pkg() string  { return path.Dir(s.path) }
func (s source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// check returns one sentence for each breach of the rules.
func check(files []source) []string {
	var breaches []string
	for _, f := range files {
		for _, reason := range f.breaches() {
			breaches = append(breaches, f.path+" "+reason)
		}
	}
	return breaches
}

func (s source) breaches() []string {
	r, ok := find(s.pkg())
	if !ok {
		return []string{"is in a package without a row in internal/arch/rules.go"}
	}
	var found []string
	limit := maxLines
	if s.isTest() {
		limit = maxTestLines
	}
	if s.lines > limit {
		found = append(found, fmt.Sprintf("has %d lines, more than %d", s.lines, limit))
	}
	for _, imported := range s.imports {
		if reason := s.refuses(r, imported); reason != "" {
			found = append(found, "imports "+imported+", "+reason)
		}
	}
	return found
}

// refuses is the reason why a file of that row may not import a path; empty when it may.
func (s source) refuses(r row, imported string) string {
	local, ours := strings.CutPrefix(imported, module+"/")
	switch {
	case ours:
		return s.refusesOurs(r, local)
	case !strings.Contains(strings.Split(imported, "/")[0], "."):
		return s.refusesStandard(r, imported)
	default:
		return s.refusesLibrary(r, imported)
	}
}

func (s source) refusesOurs(r row, imported string) string {
	of, ok := find(imported)
	switch {
	case !ok:
		return "which has no row"
	case imported == r.path:
		return "" // an outside test of the package itself
	case of.tests && !s.forTests(r):
		return "which is for tests"
	case s.isTest() && !r.pure, s.isTest() && of.tests:
		return ""
	case !matches(r.sees, imported):
		return "which it may not see"
	}
	return ""
}

func (s source) refusesStandard(r row, imported string) string {
	switch {
	case strings.HasPrefix(imported, "testing") && !s.forTests(r):
		return "which is for tests"
	case r.pure && !s.isTest() && slices.ContainsFunc(impure, below(imported)) && !slices.Contains(pureBelow, imported):
		return "which is not pure"
	}
	return ""
}

func (s source) refusesLibrary(r row, imported string) string {
	var home *library
	for i, l := range libraries {
		if below(imported)(l.path) && (home == nil || len(l.path) > len(home.path)) {
			home = &libraries[i]
		}
	}
	switch {
	case home == nil:
		return "a library without a home"
	case s.forTests(r):
		return ""
	case home.tests:
		return "which is for tests"
	case !matches(home.homes, r.path):
		return "whose home is elsewhere"
	}
	return ""
}

// forTests reports whether a file is only ever built for tests.
func (s source) forTests(r row) bool { return s.isTest() || r.tests }

func find(pkg string) (row, bool) {
	i := slices.IndexFunc(rows, func(r row) bool { return r.path == pkg })
	if i < 0 {
		return row{}, false
	}
	return rows[i], true
}

func matches(patterns []string, pkg string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		ok, err := path.Match(pattern, pkg)
		return ok && err == nil
	})
}

// below tells whether an import path is a path or lies below it.
func below(imported string) func(parent string) bool {
	return func(parent string) bool { return imported == parent || strings.HasPrefix(imported, parent+"/") }
}
