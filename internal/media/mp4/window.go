package mp4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// errMalformed marks what is wrong with the content, as opposed to a read that fails.
var errMalformed = errors.New("malformed")

func malformed(format string, args ...any) error {
	return fmt.Errorf("%w: %s", errMalformed, fmt.Sprintf(format, args...))
}

// window reads small pieces of a file through one fixed buffer and counts what it does.
type window struct {
	r     io.ReaderAt
	size  int64
	boxes int   // headers looked at
	read  int64 // bytes asked of r
	off   int64 // where buf begins
	have  int   // bytes of buf that are filled
	buf   [4096]byte
}

// bytes is n bytes at off, at most len(w.buf), good until the next call.
func (w *window) bytes(off int64, n int) ([]byte, error) {
	if off < 0 || n < 0 || n > len(w.buf) || off > w.size-int64(n) {
		return nil, malformed("%d bytes at %d of %d", n, off, w.size)
	}
	if off < w.off || off+int64(n) > w.off+int64(w.have) {
		if err := w.fill(off); err != nil {
			return nil, err
		}
	}
	at := int(off - w.off)
	return w.buf[at : at+n], nil
}

func (w *window) fill(off int64) error {
	want := min(int64(len(w.buf)), w.size-off)
	w.read += want
	if w.read > maxReadBytes {
		return malformed("more than %d bytes of index", maxReadBytes)
	}
	w.off, w.have = off, 0
	if _, err := io.ReadFull(io.NewSectionReader(w.r, off, want), w.buf[:want]); err != nil {
		return fmt.Errorf("read %d bytes at %d: %w", want, off, err)
	}
	w.have = int(want)
	return nil
}

// box is one box: its header begins at start, its content at body.
type box struct {
	kind             string
	start, body, end int64
}

func (b box) len() int64 { return b.end - b.body }

// header reads the box header at off of a container that ends at limit. The end it claims may lie beyond limit.
func (w *window) header(off, limit int64) (box, error) {
	w.boxes++
	if w.boxes > maxBoxes {
		return box{}, malformed("more than %d boxes", maxBoxes)
	}
	head, err := w.bytes(off, 8)
	if err != nil {
		return box{}, err
	}
	b := box{kind: string(head[4:8]), start: off, body: off + 8}
	size := uint64(binary.BigEndian.Uint32(head))
	switch size {
	case 0:
		b.end = limit
		return b, nil
	case 1:
		large, err := w.bytes(off+8, 8)
		if err != nil {
			return box{}, err
		}
		size, b.body = binary.BigEndian.Uint64(large), off+16
	}
	if size < uint64(b.body-off) {
		return box{}, malformed("box %q at %d of %d bytes", b.kind, off, size)
	}
	b.end = off + int64(min(size, 1<<62))
	return b, nil
}

// each visits the boxes inside parent whose content begins skip bytes into its own. A box that does not fit is
// malformed; fewer than eight bytes at the end are padding, as QuickTime writes it.
func (w *window) each(parent box, skip int64, visit func(box) error) error {
	off := parent.body + skip
	for n := 0; parent.end-off >= 8; n++ {
		if n == maxKidBoxes {
			return malformed("more than %d boxes in %q", maxKidBoxes, parent.kind)
		}
		b, err := w.header(off, parent.end)
		if err != nil {
			return err
		}
		if b.end > parent.end {
			return malformed("box %q at %d leaves %q", b.kind, b.start, parent.kind)
		}
		if err := visit(b); err != nil {
			return err
		}
		off = b.end
	}
	return nil
}

// fields is the first n bytes of a box's content.
func (w *window) fields(b box, n int) ([]byte, error) {
	if b.len() < int64(n) {
		return nil, malformed("box %q at %d has %d bytes, not %d", b.kind, b.start, b.len(), n)
	}
	return w.bytes(b.body, n)
}

// table visits count entries of width bytes that begin skip bytes into b. The count is what the box claims; it must fit.
func (w *window) table(b box, skip int64, width int, count uint32, visit func([]byte)) error {
	if int64(count)*int64(width) > b.len()-skip {
		return malformed("box %q at %d claims %d entries", b.kind, b.start, count)
	}
	off := b.body + skip
	for range count {
		entry, err := w.bytes(off, width)
		if err != nil {
			return err
		}
		visit(entry)
		off += int64(width)
	}
	return nil
}
