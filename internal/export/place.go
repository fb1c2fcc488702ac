package export

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
)

// Place is where an export goes. A file is there under its name as a whole or not at all.
type Place interface {
	// Read is a file that was written before; fs.ErrNotExist when there is none.
	Read(ctx context.Context, name string) ([]byte, error)
	// Used reports whether anything is there.
	Used(ctx context.Context) (bool, error)
	// Create begins a file. Its Commit gives it the name; Abandon throws away what is not committed.
	Create(ctx context.Context, name string) (Draft, error)
}

// Draft is a file that is being written.
type Draft interface {
	io.Writer
	Commit() error
	Abandon()
}

// Dir is a place on a disk.
type Dir string

// Read is part of Place.
func (d Dir) Read(_ context.Context, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(string(d), name))
}

// Used is part of Place.
func (d Dir) Used(context.Context) (bool, error) {
	entries, err := os.ReadDir(string(d))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return len(entries) > 0, err
}

// Create is part of Place.
func (d Dir) Create(_ context.Context, name string) (Draft, error) {
	path := filepath.Join(string(d), name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // an export is meant to be read
		return nil, fmt.Errorf("make directory: %w", err)
	}
	f, err := os.Create(path + ".part")
	if err != nil {
		return nil, fmt.Errorf("make file: %w", err)
	}
	return &file{File: f, path: path}, nil
}

// file is a draft beside its name.
type file struct {
	*os.File
	path string
	done bool
}

func (f *file) Commit() error {
	err := errors.Join(f.Sync(), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), f.path)
	}
	f.done = err == nil
	return err
}

func (f *file) Abandon() {
	if !f.done {
		_ = f.Close()           // it is thrown away
		_ = os.Remove(f.Name()) // a leftover is written over
	}
}

// Objects is a bucket, as package blob has it.
type Objects interface {
	Put(ctx context.Context, key string, body io.Reader, size int64, contentType string) error
	Get(ctx context.Context, key string) (io.ReadCloser, int64, error)
}

// Bucket is a place under a prefix of a bucket. A file is written to Scratch first, one at a time, and then sent.
type Bucket struct {
	Objects Objects
	Prefix  string // empty, or without a slash at its end
	Scratch string // a directory; empty: the system's
	Missing error  // what Objects say of a key without an object
	Any     func(ctx context.Context, prefix string) (bool, error)
}

// maxRead bounds what is read back: a manifest of some thousand days is below a megabyte.
const maxRead = 16 << 20

// Read is part of Place.
func (b Bucket) Read(ctx context.Context, name string) ([]byte, error) {
	body, _, err := b.Objects.Get(ctx, path.Join(b.Prefix, name))
	if errors.Is(err, b.Missing) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(io.LimitReader(body, maxRead))
}

// Used is part of Place.
func (b Bucket) Used(ctx context.Context) (bool, error) {
	prefix := b.Prefix
	if prefix != "" {
		prefix += "/"
	}
	return b.Any(ctx, prefix)
}

// Create is part of Place.
func (b Bucket) Create(ctx context.Context, name string) (Draft, error) {
	f, err := os.CreateTemp(b.Scratch, "showcase-export-")
	if err != nil {
		return nil, fmt.Errorf("make file: %w", err)
	}
	return &object{File: f, send: func(size int64) error {
		return b.Objects.Put(ctx, path.Join(b.Prefix, name), f, size, contentTypes[path.Ext(name)])
	}}, nil
}

var contentTypes = map[string]string{
	".json": "application/json", ".jsonl": "application/jsonl", ".csv": "text/csv; charset=utf-8",
	".parquet": "application/vnd.apache.parquet",
}

// object is a draft that is sent when it is whole.
type object struct {
	*os.File
	send func(size int64) error
}

func (o *object) Commit() error {
	size, err := o.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = o.Seek(0, io.SeekStart)
	}
	if err == nil {
		err = o.send(size)
	}
	o.Abandon()
	return err
}

func (o *object) Abandon() {
	_ = o.Close()           // what it holds was sent, or is thrown away
	_ = os.Remove(o.Name()) // the same; a second time it is gone already
}
