package export_test

import (
	"bufio"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/export"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/seed"
	"github.com/rising-stars/showcase/internal/vault"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

const size = 3000

func config(t *testing.T) export.Config {
	t.Helper()
	cfg, _ := generated(t, size)
	return cfg
}

// big is a log that does not fit into what lies between the server and its client.
func big(t *testing.T) (cfg export.Config, owner string) {
	t.Helper()
	return generated(t, 60_000)
}

func generated(t *testing.T, size int64) (cfg export.Config, owner string) {
	t.Helper()
	db := pgtest.New(t)
	pool := pgtest.Pool(t, db.AppURL)
	v := vault.New(pool, [32]byte{1}, nil)
	l, err := seed.New(seed.Config{
		Events: size, Seed: 1, Days: 3, Start: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC), Contest: events.ID{1}, Vault: v,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := seed.Copy(t.Context(), db.OwnerURL, l, nil); err != nil {
		t.Fatal(err)
	}
	if err := seed.Copy(t.Context(), db.OwnerURL, l, nil); !errors.Is(err, seed.ErrNotEmpty) {
		t.Errorf("a second log: %v", err)
	}
	return export.Config{
		Pool: pool, Vault: v, Out: export.Dir(filepath.Join(t.TempDir(), "out")), From: 1, To: size, Now: func() time.Time { return time.Time{} },
	}, db.OwnerURL
}

func dirOf(cfg export.Config) string { return string(cfg.Out.(export.Dir)) }

func lines(t *testing.T, cfg export.Config, m export.Manifest) (all []string) {
	t.Helper()
	for _, f := range m.Files {
		b, err := os.ReadFile(filepath.Join(dirOf(cfg), f.Path))
		if err != nil {
			t.Fatal(err)
		}
		if sum := sha256.Sum256(b); hex.EncodeToString(sum[:]) != f.SHA256 || int64(len(b)) != f.Bytes {
			t.Errorf("%s is not what the manifest says", f.Path)
		}
		for s := bufio.NewScanner(strings.NewReader(string(b))); s.Scan(); {
			all = append(all, s.Text())
		}
	}
	return all
}

// TestEveryEventOnce exports in each format: every position is there once and in order, and nothing personal is.
func TestEveryEventOnce(t *testing.T) {
	t.Parallel()
	base := config(t)
	for _, format := range []string{export.JSONL, export.CSV, export.Parquet} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			cfg := base
			cfg.Format, cfg.Out = format, export.Dir(filepath.Join(t.TempDir(), format))
			m, err := export.Run(t.Context(), cfg)
			if err != nil || !m.Complete || m.Rows != size || len(m.Files) != 3 {
				t.Fatalf("%+v, %v", m, err)
			}
			for i, position := range positions(t, cfg, m) {
				if position != int64(i+1) {
					t.Fatalf("row %d is position %d", i+1, position)
				}
			}
			for _, line := range lines(t, cfg, m) {
				for _, personal := range []string{"first_name", "seed.example", "credentials", "Mi mejor jugada"} {
					if strings.Contains(line, personal) {
						t.Fatalf("personal: %s", line)
					}
				}
			}
			again, err := export.Run(t.Context(), cfg)
			if err != nil || again.Rows != size {
				t.Errorf("again: %+v, %v", again, err)
			}
			cfg.To--
			if _, err := export.Run(t.Context(), cfg); !errors.Is(err, export.ErrOther) {
				t.Errorf("another export into the directory: %v", err)
			}
		})
	}
}

func positions(t *testing.T, cfg export.Config, m export.Manifest) (all []int64) {
	t.Helper()
	if cfg.Format == export.Parquet {
		type narrow struct {
			Position int64  `parquet:"position"`
			Type     string `parquet:"type"`
			VoterID  string `parquet:"voter_id,optional"`
		}
		for _, f := range m.Files {
			rows, err := parquet.ReadFile[narrow](filepath.Join(dirOf(cfg), f.Path))
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range rows {
				if (r.VoterID != "") != (r.Type == "ballot.cast") {
					t.Fatalf("%+v", r)
				}
				all = append(all, r.Position)
			}
		}
		return all
	}
	for _, line := range lines(t, cfg, m) {
		var e struct{ Position int64 }
		if cfg.Format == export.CSV {
			record, err := csv.NewReader(strings.NewReader(line)).Read()
			if err != nil || strings.HasSuffix(record[0], "position") {
				continue
			}
			if err := json.Unmarshal([]byte(record[0]), &e.Position); err != nil {
				t.Fatal(err)
			}
		} else if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatal(err)
		}
		all = append(all, e.Position)
	}
	return all
}

// TestABrokenExportGoesOn breaks an export on its second day and runs it again.
func TestABrokenExportGoesOn(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.Format, cfg.Personal = export.JSONL, true
	blocked := filepath.Join(dirOf(cfg), "day=2026-11-02")
	first, err := export.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	// Take the manifest back to its first file, as a kill on the second day leaves it, with half a file beside it.
	broken := first
	broken.Files, broken.Complete, broken.Rows = first.Files[:1:1], false, first.Files[0].Rows
	b, err := json.Marshal(broken)
	if err != nil {
		t.Fatal(err)
	}
	for path, data := range map[string][]byte{
		filepath.Join(dirOf(cfg), "manifest.json"):  b,
		filepath.Join(blocked, "events.jsonl.part"): []byte("half"),
	} {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m, err := export.Run(t.Context(), cfg)
	if err != nil || m.Rows != size || len(m.Files) != len(first.Files) || m.Files[1].SHA256 != first.Files[1].SHA256 {
		t.Fatalf("%+v, %v", m, err)
	}
	all := strings.Join(lines(t, cfg, m), "\n")
	if !strings.Contains(all, "person1@seed.example") || strings.Contains(all, "password") {
		t.Error("personal values are missing, or a password hash is there")
	}
	full := cfg
	full.Out = export.Dir(filepath.Join(t.TempDir(), "full"))
	if err := os.MkdirAll(filepath.Join(dirOf(full), "day=2026-11-01", "events.jsonl.part"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := export.Run(t.Context(), full); !errors.Is(err, export.ErrUsed) {
		t.Errorf("a directory in use: %v", err)
	}
}
