package pgtest_test

import (
	"errors"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/rising-stars/showcase/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestEachTestHasItsOwnMigratedDatabase(t *testing.T) {
	t.Parallel()
	for range 2 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			owner := pgtest.Pool(t, pgtest.New(t).OwnerURL)
			// fails in the second test if both had the same database
			if _, err := owner.Exec(t.Context(), `CREATE TABLE only_mine (n int)`); err != nil {
				t.Fatal(err)
			}
			var migrated bool
			if err := owner.QueryRow(t.Context(), `SELECT to_regclass('events') IS NOT NULL`).Scan(&migrated); err != nil || !migrated {
				t.Errorf("no table events: %v", err)
			}
		})
	}
}

func TestTheApplicationMayReadAndNotChangeTheLog(t *testing.T) {
	t.Parallel()
	app := pgtest.Pool(t, pgtest.New(t).AppURL)
	if _, err := app.Exec(t.Context(), `SELECT FROM events`); err != nil {
		t.Errorf("read: %v", err)
	}
	for _, forbidden := range []string{`DELETE FROM events`, `TRUNCATE events`, `UPDATE events SET log_id = 0`} {
		_, err := app.Exec(t.Context(), forbidden)
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) || pgErr.Code != "42501" {
			t.Errorf("%s: %v, want insufficient privilege", forbidden, err)
		}
	}
}

func TestEmptyHasNoSchema(t *testing.T) {
	t.Parallel()
	owner := pgtest.Pool(t, pgtest.Empty(t).OwnerURL)
	var tables int
	err := owner.QueryRow(t.Context(), `SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`).Scan(&tables)
	if err != nil || tables != 0 {
		t.Errorf("%d tables, %v", tables, err)
	}
}

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		pgtest.New(b)
	}
}
