package eventstore

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/local/pgserver"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// program finds a program that comes with the server.
func program(t *testing.T, name string) string {
	t.Helper()
	binaries, err := pgserver.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(binaries.Dir, name)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		t.Skipf("%s comes with PostgreSQL's client programs, which are not in %s", name, binaries.Dir)
	}
	return path
}

func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program(t, name), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

// readAll reads the log in pages of three.
func readAll(t *testing.T, s *Store, after int64) (all []events.Recorded) {
	t.Helper()
	for {
		page, err := s.ReadPage(t.Context(), after, 3, nil)
		if err != nil {
			t.Fatal(err)
		}
		if page.Last == after {
			return all
		}
		all = append(all, page.Events...)
		after = page.Last
	}
}

// TestDumpAndRestore moves a log to another database: a reader goes on from where it was, a command sent again is still
// a duplicate, and the next event gets the next position.
func TestDumpAndRestore(t *testing.T) {
	t.Parallel()
	before, after := pgtest.New(t), pgtest.Empty(t)
	old := start(t, pgtest.Pool(t, before.AppURL), Config{})
	item := several("s", NoStream, 5)
	mustAppend(t, old, item)
	mixed(t, old, 20)
	mustExec(t, pgtest.Pool(t, before.OwnerURL), `INSERT INTO checkpoints (name, position) VALUES ('reader', 7)`)

	dump := filepath.Join(t.TempDir(), "dump")
	run(t, "pg_dump", "--format=custom", "--file="+dump, before.OwnerURL)
	// What happens after the dump is not in it.
	mustAppend(t, old, one("later", NoStream))
	run(t, "pg_restore", "--exit-on-error", "--dbname="+after.OwnerURL, dump)

	restored := start(t, pgtest.Pool(t, after.AppURL), Config{})
	want := readAll(t, old, 0)[:25]
	if diff := cmp.Diff(want, readAll(t, restored, 0)); diff != "" {
		t.Errorf("the log is another one (-before +after):\n%s", diff)
	}
	var checkpoint int64
	err := restored.pool.QueryRow(t.Context(), `SELECT position FROM checkpoints WHERE name = 'reader'`).Scan(&checkpoint)
	if err != nil || checkpoint != 7 {
		t.Errorf("checkpoint %d, %v", checkpoint, err)
	}
	if diff := cmp.Diff(want[7:], readAll(t, restored, checkpoint)); diff != "" {
		t.Errorf("behind the checkpoint (-before +after):\n%s", diff)
	}
	for _, step := range []struct {
		name string
		item Append
		want Outcome
	}{
		{"the same command", item, Outcome{Duplicate, 5, 5}},
		{"a taken stream", one("s", NoStream), Outcome{Conflict, 5, 0}},
		{"the next event", one("s", 5), Outcome{Appended, 6, 26}},
		{"a new stream", several("next", NoStream, 2), Outcome{Appended, 2, 28}},
	} {
		if got := mustAppend(t, restored, step.item); got != step.want {
			t.Errorf("%s: %v, want %v", step.name, got, step.want)
		}
	}
	if head, err := restored.Head(t.Context()); err != nil || head != 28 || len(readAll(t, restored, 25)) != 3 {
		t.Errorf("the log ends at %d, %v", head, err)
	}
	if _, err := restored.pool.Exec(t.Context(), `DELETE FROM events`); sqlState(err) != "42501" {
		t.Errorf("after the restore the log can be changed: %v", err)
	}
}
