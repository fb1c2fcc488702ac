package loopsqs

import (
	"bufio"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"sync"
)

const (
	journalFile = "journal"
	frameHead   = 8 // length and checksum, four bytes each
)

var errClosed = errors.New("the queue server has closed")

var checksums = crc32.MakeTable(crc32.Castagnoli)

// journal is an append-only file of records. Adding never waits; one writer takes whatever is pending,
// writes it, syncs once, and wakes all who wait for it.
type journal struct {
	path string
	sync bool // to disk before an answer

	mu      sync.Mutex
	pending []byte
	added   uint64        // records added
	durable uint64        // of these, on disk
	moved   chan struct{} // closed, and replaced, when durable moves or the journal breaks
	broken  error         // the first error of writing; nothing is durable after it
	closed  bool

	wake chan struct{} // holds one token while something is pending

	// Only the writer uses what follows.
	file      *os.File
	size      int64
	compactAt int64
	snapshot  func() (frames []byte, upTo uint64) // the whole state, with pending emptied
}

// frame appends the record's bytes on disk: length, checksum, JSON.
func frame(to []byte, r record) []byte {
	body, err := json.Marshal(r)
	if err != nil {
		panic(fmt.Sprintf("loopsqs: record %s does not encode: %v", r.Kind, err)) // plain structs always do
	}
	to = binary.BigEndian.AppendUint32(to, uint32(len(body)))
	to = binary.BigEndian.AppendUint32(to, crc32.Checksum(body, checksums))
	return append(to, body...)
}

// replay reads the records of a journal up to its end or to the first one that is not whole, and returns
// the number of bytes that it left out there.
func replay(path string, apply func(record)) (dropped int64, err error) {
	f, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	in := bufio.NewReaderSize(f, 1<<20)
	var good int64
	for {
		r, n, ok, err := readFrame(in)
		if err != nil {
			return 0, err
		}
		if !ok {
			return info.Size() - good, nil
		}
		good += n
		apply(r)
	}
}

// readFrame returns ok = false at the end of what is whole; an error only when reading itself fails.
func readFrame(in *bufio.Reader) (r record, n int64, ok bool, err error) {
	var head [frameHead]byte
	if _, err := io.ReadFull(in, head[:]); err != nil {
		return record{}, 0, false, unlessShort(err)
	}
	size := binary.BigEndian.Uint32(head[:4])
	if size > maxRecordBytes {
		return record{}, 0, false, nil
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(in, body); err != nil {
		return record{}, 0, false, unlessShort(err)
	}
	whole := crc32.Checksum(body, checksums) == binary.BigEndian.Uint32(head[4:]) && json.Unmarshal(body, &r) == nil
	return r, frameHead + int64(size), whole, nil
}

func unlessShort(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

func newJournal(dir string, synced bool, snapshot func() ([]byte, uint64)) *journal {
	return &journal{
		path:     filepath.Join(dir, journalFile),
		sync:     synced,
		moved:    make(chan struct{}),
		wake:     make(chan struct{}, 1),
		snapshot: snapshot,
	}
}

// add queues a record for writing. The broker's lock, which the caller holds, gives the order.
func (j *journal) add(r record) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed || j.broken != nil {
		return // settled says so to whoever waits
	}
	j.pending = frame(j.pending, r)
	j.added++
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// take empties what is pending and says up to which record that was.
func (j *journal) take() (frames []byte, upTo uint64) {
	j.mu.Lock()
	defer j.mu.Unlock()
	frames, j.pending = j.pending, nil
	return frames, j.added
}

// settled waits until everything added so far is on disk.
func (j *journal) settled(done <-chan struct{}) error {
	j.mu.Lock()
	target := j.added
	for {
		durable, broken, moved := j.durable, j.broken, j.moved
		j.mu.Unlock()
		switch {
		case broken != nil:
			return broken
		case durable >= target:
			return nil
		}
		select {
		case <-moved:
		case <-done:
			return errors.New("request ended before its record was on disk")
		}
		j.mu.Lock()
	}
}

// run writes until closed; it returns the error that broke the journal, if one did.
func (j *journal) run() error {
	defer func() { _ = j.file.Close() }()
	for range j.wake {
		frames, upTo := j.take()
		err := j.write(frames)
		if err == nil && j.size > j.compactAt {
			upTo, err = j.compact()
		}
		j.report(upTo, err)
		if err != nil {
			return fmt.Errorf("write queue journal: %w", err)
		}
	}
	j.report(0, errClosed)
	return nil
}

func (j *journal) write(frames []byte) error {
	if len(frames) == 0 {
		return nil
	}
	n, err := j.file.Write(frames)
	j.size += int64(n)
	if err == nil && j.sync {
		err = j.file.Sync()
	}
	return err
}

func (j *journal) report(upTo uint64, err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err != nil {
		j.broken = err
	} else {
		j.durable = upTo
	}
	close(j.moved)
	j.moved = make(chan struct{})
}

// close has the writer write what is pending and end. Nothing may be added afterwards.
func (j *journal) close() {
	j.mu.Lock()
	defer j.mu.Unlock()
	if !j.closed {
		j.closed = true
		close(j.wake)
	}
}

// compact replaces the journal by one that holds the present state only.
func (j *journal) compact() (upTo uint64, err error) {
	frames, upTo := j.snapshot()
	next := j.path + ".new"
	f, err := os.OpenFile(next, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return 0, err
	}
	if err := installSynced(f, frames, next, j.path); err != nil {
		_ = f.Close()
		return 0, err
	}
	if j.file != nil {
		_ = j.file.Close()
	}
	j.file, j.size = f, int64(len(frames))
	j.compactAt = max(compactFrom, compactGrowth*j.size)
	return upTo, nil
}

// installSynced gives the file its final name only when all of it is on disk.
func installSynced(f *os.File, frames []byte, from, to string) error {
	if _, err := f.Write(frames); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := os.Rename(from, to); err != nil {
		return err
	}
	return syncDir(filepath.Dir(to))
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
