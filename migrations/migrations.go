// Package migrations holds the schema as numbered SQL files and brings a database up to them.
//
// A file that has landed never changes; a correction is another file. There is no way down: the log cannot be taken
// back, and everything else can be rebuilt from it. The package must not hold any query of the application.
package migrations

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/pressly/goose/v3"

	"github.com/rising-stars/showcase/internal/pause"
)

// FS holds the migrations, NNNN_verb_noun.sql, at its root.
//
//go:embed *.sql
var FS embed.FS

// migratorLock is the advisory lock that one migrator holds per database; the number only has to be ours.
const migratorLock int64 = 0x53484f5743415345

// lockEvery is how often a migrator asks for the lock.
const lockEvery = 100 * time.Millisecond

// Up applies every migration that the database does not have yet. Any number of callers may do so at once: one works
// and the others wait, until ctx ends. databaseURL must belong to the owner of the schema.
func Up(ctx context.Context, databaseURL string) error { return up(ctx, databaseURL, FS) }

func up(ctx context.Context, databaseURL string, files fs.FS) (err error) {
	db, err := sql.Open("pgx", databaseURL)
	if err != nil {
		return fmt.Errorf("open database: %w", err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()

	lock, err := db.Conn(ctx)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer func() { err = errors.Join(err, lock.Close()) }() // ends the session, and the lock with it
	if err := hold(ctx, lock); err != nil {
		return fmt.Errorf("wait for other migrators: %w", err)
	}

	provider, err := goose.NewProvider(goose.DialectPostgres, db, files)
	if err != nil {
		return fmt.Errorf("read migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// hold takes the lock for a session. It asks again and again: a statement that waits for the lock would be what an index
// that is built beside the traffic waits for, and that by whoever holds the lock.
func hold(ctx context.Context, session *sql.Conn) error {
	for {
		var held bool
		if err := session.QueryRowContext(ctx, "SELECT pg_try_advisory_lock($1)", migratorLock).Scan(&held); held || err != nil {
			return err
		}
		if err := pause.For(ctx, lockEvery); err != nil {
			return err
		}
	}
}
