// Package export writes the log to files that other tools read: JSON Lines, which is the whole of it, or Parquet and CSV,
// which are flat. There is one file a day, and a manifest that says what each holds and its SHA-256.
//
// A file has its name only when it is complete; a run that broke off goes on after the last one. Memory does not grow with
// the log. Personal values are left out unless they are asked for; password hashes always are.
package export

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/internal/vault"
)

// The formats.
const (
	JSONL   = "jsonl"
	Parquet = "parquet"
	CSV     = "csv"
)

// Config says what to export, and where to.
type Config struct {
	Pool     *pgxpool.Pool
	Vault    *vault.Vault // needed for Personal
	Out      Place
	Format   string
	From, To int64    // positions, inclusive
	Types    []string // empty: all
	Personal bool
	Now      func() time.Time
	Progress func(position, upTo int64)
}

// Manifest says what an export holds.
type Manifest struct {
	Format    string    `json:"format"`
	From      int64     `json:"from"` // positions that were asked for
	To        int64     `json:"to"`
	Types     []string  `json:"types,omitempty"` // empty: all
	Personal  bool      `json:"personal"`
	Complete  bool      `json:"complete"`
	Rows      int64     `json:"rows"`
	Files     []File    `json:"files"`
	Schema    []Column  `json:"schema"`
	WrittenAt time.Time `json:"written_at"`
}

// File is one day.
type File struct {
	Path   string `json:"path"`
	Day    string `json:"day"`
	Rows   int64  `json:"rows"`
	First  int64  `json:"first_position"`
	Last   int64  `json:"last_position"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Column is a column of the flat formats, or a field of a line of JSON.
type Column struct {
	Name string `json:"name"`
	Type string `json:"type"`
	What string `json:"what"`
}

// ErrOther refuses a directory that holds another export.
var ErrOther = errors.New("the directory holds an export that was asked for otherwise; take another, or remove its manifest.json")

// ErrUsed refuses a directory with files that are not an export.
var ErrUsed = errors.New("the directory is not empty and has no manifest.json")

const manifestName = "manifest.json"

// Run exports, or goes on with what was begun in the directory.
func Run(ctx context.Context, cfg Config) (Manifest, error) {
	m, err := begun(ctx, cfg)
	if err != nil || m.Complete {
		return m, err
	}
	after := cfg.From - 1
	if n := len(m.Files); n > 0 {
		after = m.Files[n-1].Last
	}
	w := &days{cfg: cfg, ctx: ctx, manifest: &m}
	if err := pass(ctx, cfg, after, w.row); err != nil {
		w.abandon()
		return m, fmt.Errorf("export: %w", err)
	}
	if err := w.closeDay(); err != nil {
		return m, fmt.Errorf("export: %w", err)
	}
	m.Complete = true
	return m, writeManifest(ctx, cfg, &m)
}

func begun(ctx context.Context, cfg Config) (Manifest, error) {
	m := Manifest{Format: cfg.Format, From: cfg.From, To: cfg.To, Types: cfg.Types, Personal: cfg.Personal, Files: []File{}, Schema: schema(cfg)}
	b, err := cfg.Out.Read(ctx, manifestName)
	if errors.Is(err, fs.ErrNotExist) {
		used, err := cfg.Out.Used(ctx)
		if err == nil && used {
			err = ErrUsed
		}
		if err != nil {
			return m, err
		}
		return m, writeManifest(ctx, cfg, &m)
	}
	if err != nil {
		return m, fmt.Errorf("read manifest: %w", err)
	}
	var old Manifest
	if err := json.Unmarshal(b, &old); err != nil {
		return m, fmt.Errorf("read manifest: %w", err)
	}
	if old.Format != m.Format || old.From != m.From || old.To != m.To || old.Personal != m.Personal || !slices.Equal(old.Types, m.Types) {
		return m, ErrOther
	}
	return old, nil
}

// Begun is the end of the export that a place holds, so that one of a growing log goes on to where it was asked to.
func Begun(ctx context.Context, place Place) (to int64, ok bool) {
	b, err := place.Read(ctx, manifestName)
	var m Manifest
	if err != nil || json.Unmarshal(b, &m) != nil {
		return 0, false
	}
	return m.To, true
}

func writeManifest(ctx context.Context, cfg Config, m *Manifest) error {
	m.WrittenAt = cfg.Now().UTC().Truncate(time.Second)
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	out, err := cfg.Out.Create(ctx, manifestName)
	if err != nil {
		return fmt.Errorf("write manifest: %w", full(err))
	}
	defer out.Abandon()
	if _, err = out.Write(append(b, '\n')); err == nil {
		err = out.Commit()
	}
	if err != nil {
		return fmt.Errorf("write manifest: %w", full(err))
	}
	return nil
}

// encoder writes the rows of one file.
type encoder interface {
	write(r *row) error
	close() error
}

func (c Config) encoder(w io.Writer) (encoder, error) {
	switch c.Format {
	case JSONL:
		return newLines(w), nil
	case CSV:
		return newCSV(w)
	case Parquet:
		return newParquet(w), nil
	}
	return nil, fmt.Errorf("there is no format %q; there are %s, %s and %s", c.Format, JSONL, Parquet, CSV)
}

// row is an event, open where that was asked for.
type row struct {
	position, version           int64
	at                          time.Time
	schema                      int16
	id, stream, typ, data, meta string // data and meta are JSON
	ballot                      bool
	plain                       *flat // of facts that are not ballots
}
