package hosts_test

import (
	"os"
	"testing"

	"github.com/rising-stars/showcase/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// Only RDS has the role rds_iam, so the test makes one of that name.
func TestLoginsHaveTheApplicationsRightsAndNoMore(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner := pgtest.Pool(t, db.OwnerURL)
	ctx := t.Context()
	text, err := os.ReadFile("logins.sql")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := owner.Acquire(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	// Roles belong to the whole cluster; what is made here is undone at the end.
	for _, statement := range []string{"BEGIN", "CREATE ROLE rds_iam", string(text), string(text)} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			t.Fatalf("%.40s: %v", statement, err)
		}
	}
	for _, login := range []string{"showcase_web", "showcase_relay", "showcase_worker"} {
		var adds, change, token, super bool
		err := conn.QueryRow(ctx, `
			SELECT (SELECT has_function_privilege($1, oid, 'EXECUTE') FROM pg_proc WHERE proname = 'append_events'),
				has_table_privilege($1, 'public.events', 'UPDATE, DELETE, TRUNCATE'),
				pg_has_role($1, 'rds_iam', 'USAGE'),
				(SELECT rolsuper OR rolcreaterole OR rolcreatedb FROM pg_roles WHERE rolname = $1)`, login,
		).Scan(&adds, &change, &token, &super)
		if err != nil {
			t.Fatal(err)
		}
		if !adds || change || !token || super {
			t.Errorf("%s: appends %t, changes %t, logs in by token %t, is powerful %t", login, adds, change, token, super)
		}
	}
	if _, err := conn.Exec(ctx, "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
}
