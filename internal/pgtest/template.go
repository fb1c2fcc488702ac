package pgtest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/migrations"
)

const templateTimeout = 2 * time.Minute

// templateLock is the advisory lock under which one process makes a template on a shared server.
const templateLock int64 = 0x70677465_73740001

// schemaHash names the schema: the names and texts of all migrations.
func schemaHash() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(migrations.FS, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := migrations.FS.ReadFile(path)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n", path, len(text))
		h.Write(text)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("read migrations: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil))[:16], nil
}

// ensureTemplate makes the migrated database that the others are copied from, unless it is there. It has
// its name only when it is complete.
func (s *server) ensureTemplate(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, templateTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.ownerURL("postgres"))
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	defer conn.Close(ctx) // ends the session, and the lock with it
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, templateLock); err != nil {
		return fmt.Errorf("wait for other makers of the template: %w", err)
	}
	var there bool
	err = conn.QueryRow(ctx, `SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)`, s.template).Scan(&there)
	if err != nil || there {
		return err
	}
	half := s.template + "_half"
	for _, statement := range []string{
		`DROP DATABASE IF EXISTS ` + quote(half) + ` WITH (FORCE)`,
		`CREATE DATABASE ` + quote(half) + ` TEMPLATE template0`,
	} {
		if _, err := conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("make template: %w", err)
		}
	}
	if err := migrations.Up(ctx, s.ownerURL(half)); err != nil {
		return fmt.Errorf("migrate template: %w", err)
	}
	if _, err := conn.Exec(ctx, `ALTER DATABASE `+quote(half)+` RENAME TO `+quote(s.template)); err != nil {
		return fmt.Errorf("name template: %w", err)
	}
	return nil
}
