package pgserver

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

const pingTimeout = 2 * time.Second

// ping connects as the superuser and leaves again.
func (p *Server) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, pingTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, p.url(superUser, p.super, "postgres"))
	if err != nil {
		return err
	}
	return conn.Close(ctx)
}

func (p *Server) ensureDatabase(ctx context.Context) error {
	_, err := p.CreateDatabase(ctx, p.cfg.Database)
	return err
}

// CreateDatabase makes a database, unless it is there, and returns its superuser's URL.
func (p *Server) CreateDatabase(ctx context.Context, name string) (url string, err error) {
	return p.url(superUser, p.super, name), withConn(ctx, p.url(superUser, p.super, "postgres"), func(conn *pgx.Conn) error {
		var there bool
		err := conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, name).Scan(&there)
		if err != nil {
			return fmt.Errorf("look for database %s: %w", name, err)
		}
		if there {
			return nil
		}
		if _, err := conn.Exec(ctx, `CREATE DATABASE `+pgx.Identifier{name}.Sanitize()); err != nil {
			return fmt.Errorf("create database %s: %w", name, err)
		}
		return nil
	})
}

// EnsureAppRole makes the login role behind AppURL, or sets its password again. The role has no rights of
// its own, only those that the migrations grant to the group role showcase_app.
func (p *Server) EnsureAppRole(ctx context.Context) error {
	return withConn(ctx, p.SuperURL(), func(conn *pgx.Conn) error {
		// The password is base32 of our own making, so quoting it here is safe; ALTER ROLE takes no parameter.
		_, err := conn.Exec(ctx, ensureRoles+`ALTER ROLE `+appLogin+` LOGIN PASSWORD '`+p.app+`'`)
		if err != nil {
			return fmt.Errorf("make role %s: %w", appLogin, err)
		}
		return nil
	})
}

// ensureRoles runs as one implicit transaction.
const ensureRoles = `
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'showcase_app') THEN
        CREATE ROLE showcase_app NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '` + appLogin + `') THEN
        CREATE ROLE ` + appLogin + ` LOGIN;
    END IF;
END
$$;
GRANT showcase_app TO ` + appLogin + `;
`

func withConn(ctx context.Context, url string, use func(*pgx.Conn) error) error {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	defer conn.Close(ctx)
	return use(conn)
}
