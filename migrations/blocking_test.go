package migrations_test

import (
	"io/fs"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/migrations"
)

// landedBlocking are those that the rule would refuse: one makes the log, and one landed before there was a rule. That one
// holds up appends while it reads the log, some seconds for ten million events.
var landedBlocking = []string{"0001_create_event_log.sql", "0035_index_facts.sql"}

const onEvents = `\s+on\s+(only\s+)?("?public"?\.)?"?events"?[\s(]`

var (
	comment      = regexp.MustCompile(`(?m)--.*$`)
	indexOfLog   = regexp.MustCompile(`(?s)create\s+(unique\s+)?index\b([^;]*?)` + onEvents)
	concurrently = regexp.MustCompile(`^\s+concurrently\s+("?[a-z_]+"?)`)
	constraint   = regexp.MustCompile(`(?s)alter\s+table\s+(only\s+)?("?public"?\.)?"?events"?\s[^;]*\badd\b[^;]*\b(unique|primary\s+key|exclude)\b[^;]*;`)
	usingIndex   = regexp.MustCompile(`\busing\s+index\b`)
)

// blocks says why a migration would hold up appends to a log of any size; empty when it would not.
func blocks(text string) string {
	sql := strings.ToLower(comment.ReplaceAllString(text, ""))
	if c := constraint.FindString(sql); c != "" && !usingIndex.MatchString(c) {
		return "a constraint builds its index while appends wait; build the index first, and add the constraint USING INDEX"
	}
	for _, made := range indexOfLog.FindAllStringSubmatch(sql, -1) {
		name := concurrently.FindStringSubmatch(made[2])
		dropped := false
		if name != nil {
			dropped = regexp.MustCompile(`drop\s+index\s+concurrently\s+if\s+exists\s+(public\.)?` + name[1] + `\b`).MatchString(sql)
		}
		switch {
		case name == nil:
			return "an index on events holds up appends while it is built; write CREATE INDEX CONCURRENTLY"
		case !strings.Contains(text, "-- +goose NO TRANSACTION"):
			return "CREATE INDEX CONCURRENTLY cannot run in a transaction; write -- +goose NO TRANSACTION at the top"
		case !dropped:
			return "a build that is cut off leaves its index behind, invalid; write DROP INDEX CONCURRENTLY IF EXISTS before it"
		}
	}
	return ""
}

// TestIndexesOfTheLogAreBuiltBesideTheTraffic holds new migrations to it, and shows that the rule sees what it should.
func TestIndexesOfTheLogAreBuiltBesideTheTraffic(t *testing.T) {
	t.Parallel()
	for dir, files := range map[string]fs.FS{".": migrations.FS, "blocking": os.DirFS("testdata/blocking"), "beside": os.DirFS("testdata/beside")} {
		names, err := fs.Glob(files, "*.sql")
		if err != nil || len(names) == 0 {
			t.Fatalf("%s has %v, %v", dir, names, err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(files, name)
			if err != nil {
				t.Fatal(err)
			}
			why := blocks(string(text))
			if should := dir == "blocking" || slices.Contains(landedBlocking, name); should != (why != "") {
				t.Errorf("%s/%s: it should be refused: %t; it was for %q", dir, name, should, why)
			}
		}
	}
}

// TestAnIndexIsBuiltWhileOthersWait has migrators at once build an index beside the traffic: they do not wait for each
// other, and one whose index is already there builds it anew.
func TestAnIndexIsBuiltWhileOthersWait(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{}
	for _, source := range []fs.FS{migrations.FS, os.DirFS("testdata/beside")} {
		names, err := fs.Glob(source, "*.sql")
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			text, err := fs.ReadFile(source, name)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = &fstest.MapFile{Data: text}
		}
	}
	url := pgtest.New(t).OwnerURL // with everything that has landed
	pool := pgtest.Pool(t, url)
	if _, err := pool.Exec(t.Context(), `CREATE INDEX events_streams_idx ON events (stream)`); err != nil {
		t.Fatal(err)
	}
	var migrators sync.WaitGroup
	for range 4 {
		migrators.Go(func() {
			if err := migrations.UpFrom(t.Context(), url, files); err != nil {
				t.Error(err)
			}
		})
	}
	migrators.Wait()
	var made string
	if err := pool.QueryRow(t.Context(), `SELECT indexdef FROM pg_indexes WHERE indexname = 'events_streams_idx'`).Scan(&made); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(made, "(log_id, stream)") {
		t.Errorf("the index is %s", made)
	}
}
