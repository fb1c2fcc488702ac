package export

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"path"
	"syscall"
)

// buffer is how much of a file is in memory before it is written.
const buffer = 256 << 10

// days writes rows to the file of their day.
type days struct {
	cfg      Config
	ctx      context.Context // of the one run that it is made for
	manifest *Manifest

	day    string
	number int64 // of the day, from 1970
	file   File
	out    Draft
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
	if err := d.enc.write(r); err != nil {
		return fmt.Errorf("write %s: %w", d.file.Path, full(err))
	}
	return nil
}

func (d *days) openDay(r *row) (err error) {
	d.number = r.at.Unix() / 86400
	d.day = r.at.UTC().Format("2006-01-02")
	d.file = File{Day: d.day, Path: path.Join("day="+d.day, "events."+d.cfg.Format)}
	if d.out, err = d.cfg.Out.Create(d.ctx, d.file.Path); err != nil {
		return full(err)
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
	err := d.enc.close()
	if err == nil {
		err = d.buf.Flush()
	}
	if err == nil {
		err = d.out.Commit()
	}
	d.abandon()
	if err != nil {
		return fmt.Errorf("finish %s: %w", d.file.Path, full(err))
	}
	d.file.Bytes, d.file.SHA256 = d.size, hex.EncodeToString(d.sum.Sum(nil))
	d.manifest.Files = append(d.manifest.Files, d.file)
	d.manifest.Rows += d.file.Rows
	return writeManifest(d.ctx, d.cfg, d.manifest)
}

// abandon removes the file that is not complete.
func (d *days) abandon() {
	if d.out != nil {
		d.out.Abandon()
		d.out = nil
	}
}

// ErrFull says that there is no room left where the export goes, and what to do.
var ErrFull = errors.New("make room and run the same command again: it goes on after the last whole day")

func full(err error) error {
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		return fmt.Errorf("%w; %w", err, ErrFull)
	}
	return err
}
