package export_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/rising-stars/showcase/internal/export"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// disk is a directory with room for so many bytes.
type disk struct {
	export.Dir
	room    int
	onWrite func()
}

func (d *disk) Create(ctx context.Context, name string) (export.Draft, error) {
	draft, err := d.Dir.Create(ctx, name)
	return &small{draft, d}, err
}

type small struct {
	export.Draft
	disk *disk
}

func (s *small) Write(b []byte) (int, error) {
	if s.disk.onWrite != nil {
		s.disk.onWrite()
	}
	n := min(len(b), s.disk.room)
	s.disk.room -= n
	if n, err := s.Draft.Write(b[:n]); err != nil {
		return n, err
	}
	if n < len(b) {
		return n, &fs.PathError{Op: "write", Path: "events", Err: syscall.ENOSPC}
	}
	return n, nil
}

// TestAFullDisk fills the disk at any point of an export: nothing half is there under a final name, the error says what to
// do, and once there is room the same export goes on and is the same.
func TestAFullDisk(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	for _, format := range []string{export.JSONL, export.Parquet, export.CSV} {
		cfg.Format = format
		cfg.Out = export.Dir(filepath.Join(t.TempDir(), format))
		whole, err := export.Run(t.Context(), cfg)
		if err != nil {
			t.Fatal(err)
		}
		total := int(whole.Files[0].Bytes + whole.Files[1].Bytes + whole.Files[2].Bytes)
		for _, room := range []int{0, 100, 3000, total / 3, total / 2, total - 10} {
			d := &disk{Dir: export.Dir(filepath.Join(t.TempDir(), "small")), room: room}
			cfg.Out = d
			_, err := export.Run(t.Context(), cfg)
			if !errors.Is(err, syscall.ENOSPC) || !errors.Is(err, export.ErrFull) {
				t.Fatalf("%s, room for %d: %v", format, room, err)
			}
			for _, name := range names(t, string(d.Dir)) {
				if strings.HasSuffix(name, ".part") || name != "manifest.json" && !sameAs(t, cfg, whole, string(d.Dir), name) {
					t.Errorf("%s, room for %d: %s is not whole", format, room, name)
				}
			}
			d.room = 1 << 30
			m, err := export.Run(t.Context(), cfg)
			if err != nil || !slices.Equal(m.Files, whole.Files) || m.Rows != whole.Rows || !m.Complete {
				t.Errorf("%s, with room after %d: %+v, %v", format, room, m, err)
			}
		}
	}
}

// names are the files below a directory.
func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			name, _ := filepath.Rel(dir, path)
			all = append(all, name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func sameAs(t *testing.T, cfg export.Config, m export.Manifest, dir, name string) bool {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, name))
	i := slices.IndexFunc(m.Files, func(f export.File) bool { return f.Path == name })
	return err == nil && i >= 0 && int64(len(b)) == m.Files[i].Bytes && cfg.Format == m.Format
}

// TestALostConnection ends the server's side of the export's connection in the middle: it goes on where it was.
func TestALostConnection(t *testing.T) {
	t.Parallel()
	cfg, owner := big(t)
	cfg.Format = export.JSONL
	whole, err := export.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	ended := 0
	cfg.Out = &disk{Dir: export.Dir(filepath.Join(t.TempDir(), "lost")), room: 1 << 30, onWrite: func() {
		if ended == 0 {
			err = pgtest.Pool(t, owner).QueryRow(t.Context(), `
				SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
				WHERE datname = current_database() AND query LIKE '%FROM events%' AND pid <> pg_backend_pid()`).Scan(&ended)
		}
	}}
	m, runErr := export.Run(t.Context(), cfg)
	if err != nil || ended == 0 {
		t.Fatalf("%d connections were ended, %v", ended, err)
	}
	if runErr != nil || !slices.Equal(m.Files, whole.Files) {
		t.Errorf("%+v, %v; want %+v", m, runErr, whole)
	}
}

// bucket is an object store in memory.
type bucket struct {
	mu      sync.Mutex
	objects map[string][]byte
	refuse  string // a key that cannot be stored
}

var errMissing = errors.New("no such object")

func (b *bucket) Put(_ context.Context, key string, body io.Reader, size int64, _ string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if key == b.refuse {
		return errMissing
	}
	data, err := io.ReadAll(body)
	if int64(len(data)) != size {
		return io.ErrShortBuffer
	}
	b.objects[key] = data
	return err
}

func (b *bucket) Get(_ context.Context, key string) (io.ReadCloser, int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	data, ok := b.objects[key]
	if !ok {
		return nil, 0, errMissing
	}
	return io.NopCloser(bytes.NewReader(data)), int64(len(data)), nil
}

// TestIntoABucket exports into a bucket what a directory would hold; an upload that fails leaves nothing behind and is
// made good by the next run.
func TestIntoABucket(t *testing.T) {
	t.Parallel()
	cfg := config(t)
	cfg.Format = export.Parquet
	whole, err := export.Run(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	b := &bucket{objects: map[string][]byte{}, refuse: "year/" + whole.Files[1].Path}
	place := export.Bucket{
		Objects: b, Prefix: "year", Scratch: t.TempDir(), Missing: errMissing,
		Any: func(_ context.Context, prefix string) (bool, error) {
			for key := range b.objects {
				if strings.HasPrefix(key, prefix) {
					return true, nil
				}
			}
			return false, nil
		},
	}
	cfg.Out = place
	if _, err := export.Run(t.Context(), cfg); !errors.Is(err, errMissing) {
		t.Fatalf("a store that refuses: %v", err)
	}
	b.refuse = ""
	m, err := export.Run(t.Context(), cfg)
	if err != nil || !slices.Equal(m.Files, whole.Files) || len(b.objects) != len(whole.Files)+1 {
		t.Fatalf("%+v, %v; %v", m, err, slices.Collect(maps.Keys(b.objects)))
	}
	if left := names(t, place.Scratch); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if to, ok := export.Begun(t.Context(), place); !ok || to != cfg.To {
		t.Errorf("Begun = %d, %t", to, ok)
	}
	delete(b.objects, "year/manifest.json")
	if _, err := export.Run(t.Context(), cfg); !errors.Is(err, export.ErrUsed) {
		t.Errorf("a prefix in use: %v", err)
	}
}
