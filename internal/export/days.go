package export

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
)

// buffer is how much of a file is in memory before it is written.
const buffer = 256 << 10

// days writes rows to the file of their day.
type days struct {
	cfg      Config
	manifest *Manifest

	day    string
	number int64 // of the day, from 1970
	file   File
	out    *os.File
	buf    *bufio.Writer
	sum    hash.Hash
	size   int64
	enc    encoder
}

// Write counts and hashes what goes to the file.
func (d *days) Write(b []byte) (int, error) {
	n, err := d.buf.Write(b)
	d.sum.Write(b[:n]) // never fails
	d.size += int64(n)
	return n, err
}

func (d *days) row(r *row) error {
	// A day is known by its number first: formatting each time would cost more than writing.
	if d.out == nil || r.at.Unix()/86400 != d.number {
		if err := d.closeDay(); err != nil {
			return err
		}
		if err := d.openDay(r); err != nil {
			return err
		}
	}
	if d.file.Rows == 0 {
		d.file.First = r.position
	}
	d.file.Rows++
	d.file.Last = r.position
	return d.enc.write(r)
}

func (d *days) openDay(r *row) (err error) {
	d.number = r.at.Unix() / 86400
	d.day = r.at.UTC().Format("2006-01-02")
	d.file = File{Day: d.day, Path: filepath.Join("day="+d.day, "events."+d.cfg.Format)}
	path := filepath.Join(d.cfg.Dir, d.file.Path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // an export is meant to be read
		return fmt.Errorf("make directory: %w", err)
	}
	if d.out, err = os.Create(path + ".part"); err != nil {
		return fmt.Errorf("make file: %w", err)
	}
	d.buf, d.sum, d.size = bufio.NewWriterSize(d.out, buffer), sha256.New(), 0
	d.enc, err = d.cfg.encoder(d)
	return err
}

// closeDay finishes the file, gives it its name and notes it in the manifest.
func (d *days) closeDay() error {
	if d.out == nil {
		return nil
	}
	part := d.out.Name()
	err := d.enc.close()
	if err == nil {
		err = d.buf.Flush()
	}
	if err == nil {
		err = d.out.Sync()
	}
	err = errors.Join(err, d.out.Close())
	d.out = nil
	if err != nil {
		return errors.Join(fmt.Errorf("finish %s: %w", d.file.Path, err), os.Remove(part))
	}
	if err := os.Rename(part, filepath.Join(d.cfg.Dir, d.file.Path)); err != nil {
		return fmt.Errorf("name %s: %w", d.file.Path, err)
	}
	d.file.Bytes, d.file.SHA256 = d.size, hex.EncodeToString(d.sum.Sum(nil))
	d.manifest.Files = append(d.manifest.Files, d.file)
	d.manifest.Rows += d.file.Rows
	return writeManifest(d.cfg, d.manifest)
}

// abandon removes the file that is not complete.
func (d *days) abandon() {
	if d.out != nil {
		_ = d.out.Close()           // it is thrown away
		_ = os.Remove(d.out.Name()) // a leftover is written over
		d.out = nil
	}
}
