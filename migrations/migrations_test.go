package migrations_test

import (
	"context"
	"errors"
	"io/fs"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/migrations"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestMigratorsAtOnce has several processes start on one new database, and on another of the same cluster.
func TestMigratorsAtOnce(t *testing.T) {
	t.Parallel()
	var starts sync.WaitGroup
	urls := []string{pgtest.Empty(t).OwnerURL, pgtest.Empty(t).OwnerURL}
	for i := range 6 {
		starts.Go(func() {
			if err := migrations.Up(t.Context(), urls[i%2]); err != nil {
				t.Error(err)
			}
		})
	}
	starts.Wait()
	files, err := fs.Glob(migrations.FS, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, url := range urls {
		pool := pgtest.Pool(t, url)
		var applied int
		err := pool.QueryRow(t.Context(), `SELECT count(*) FROM goose_db_version WHERE version_id > 0`).Scan(&applied)
		if err != nil || applied != len(files) {
			t.Errorf("%d migrations applied of %d, %v", applied, len(files), err)
		}
		if err := migrations.Up(t.Context(), url); err != nil {
			t.Errorf("once more: %v", err)
		}
	}
}

func TestUpFails(t *testing.T) {
	t.Parallel()
	if err := migrations.Up(t.Context(), "postgres://%zz"); err == nil {
		t.Error("a malformed URL is taken")
	}
	url := pgtest.Empty(t).OwnerURL
	ended, end := context.WithCancel(t.Context())
	end()
	if err := migrations.Up(ended, url); !errors.Is(err, context.Canceled) {
		t.Errorf("Up = %v", err)
	}
	// A database that holds something else under one of our names is left as it is.
	pool := pgtest.Pool(t, url)
	if _, err := pool.Exec(t.Context(), `CREATE TABLE events (n int)`); err != nil {
		t.Fatal(err)
	}
	if err := migrations.Up(t.Context(), url); err == nil || !strings.Contains(err.Error(), "migrate") {
		t.Errorf("Up = %v", err)
	}
	var heads *string
	if err := pool.QueryRow(t.Context(), `SELECT to_regclass('heads')::text`).Scan(&heads); err != nil || heads != nil {
		t.Errorf("half a migration stayed: %v, %v", heads, err)
	}
}

// TestWaitingForAnotherMigrator is bounded by the context.
func TestWaitingForAnotherMigrator(t *testing.T) {
	t.Parallel()
	url := pgtest.Empty(t).OwnerURL
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(t.Context(), `SELECT pg_advisory_lock($1)`, int64(0x53484f5743415345)); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- migrations.Up(ctx, url) }()
	for waiting := 0; waiting == 0; {
		if err := conn.QueryRow(t.Context(), `
			SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE '%pg_try_advisory_lock%'`).
			Scan(&waiting); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("Up = %v", err)
	}
}

// TestEverythingIsDocumented finds tables without a comment, and rights of the application that no migration means.
func TestEverythingIsDocumented(t *testing.T) {
	t.Parallel()
	pool := pgtest.Pool(t, pgtest.New(t).OwnerURL)
	rows, err := pool.Query(t.Context(), `
		SELECT c.relname FROM pg_class c
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'v', 'm', 'p')
			AND c.relname <> 'goose_db_version' AND obj_description(c.oid, 'pg_class') IS NULL`)
	if err != nil {
		t.Fatal(err)
	}
	silent, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil || len(silent) > 0 {
		t.Errorf("tables without a comment: %q, %v", silent, err)
	}
	rows, err = pool.Query(t.Context(), `
		SELECT privilege_type FROM information_schema.role_table_grants
		WHERE grantee IN ('showcase_app', 'PUBLIC') AND table_schema = 'public' AND table_name IN ('events', 'heads')
			AND privilege_type <> 'SELECT'`)
	if err != nil {
		t.Fatal(err)
	}
	if rights, err := pgx.CollectRows(rows, pgx.RowTo[string]); err != nil || len(rights) > 0 {
		t.Errorf("the application may %q on the log, %v", rights, err)
	}
	var anybody bool
	err = pool.QueryRow(t.Context(), `
		SELECT EXISTS (
			SELECT FROM information_schema.role_routine_grants
			WHERE grantee = 'PUBLIC' AND routine_schema = 'public' AND routine_name = 'append_events'
		)`).Scan(&anybody)
	if err != nil || anybody {
		t.Errorf("anybody may append: %t, %v", anybody, err)
	}
}

func TestFileNames(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(migrations.FS, "*")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	named := regexp.MustCompile(`^\d{4}_[a-z]+(_[a-z]+)+\.sql$`)
	for _, file := range files {
		if !named.MatchString(file) {
			t.Errorf("%s is not NNNN_verb_noun.sql", file)
		}
	}
}
