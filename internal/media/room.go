package media

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"github.com/rising-stars/showcase/internal/media/sandbox"
)

// Names of the files in a room. What is read lies in the room itself, what is written in its work directory, which is
// also where the programs run, so that they use relative paths and need no right to the directories above.
const (
	inputName     = "in.mp4"
	openingName   = "opening.mp4"
	closingName   = "closing.mp4"
	watermarkName = "watermark.png"
	clipName      = "clip.mp4"
	previewName   = "preview.mp4"
	jpegName      = "poster.jpg"
	webpName      = "poster.webp"
	stillPattern  = "still_%03d.jpg"
	hashName      = "hash.gray"
	workName      = "work"
)

// room is the scratch directory of one job.
type room struct{ dir string }

func (r room) input() string          { return filepath.Join(r.dir, inputName) }
func (r room) work() string           { return filepath.Join(r.dir, workName) }
func (r room) out(name string) string { return filepath.Join(r.work(), name) }
func fromWork(name string) string     { return filepath.Join("..", name) }

// newRoom prepares a directory that exists: others (the sandbox's user) may pass through it, and own its work directory.
func newRoom(dir string) (room, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return room{}, fmt.Errorf("locate scratch: %w", err)
	}
	r := room{dir: dir}
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // passing through is what it is for
		return room{}, fmt.Errorf("open scratch: %w", err)
	}
	if err := os.Mkdir(r.work(), 0o700); err != nil {
		return room{}, fmt.Errorf("make scratch: %w", err)
	}
	return r, sandbox.Own(r.work())
}

// put writes a file that the programs read.
func (r room) put(name string, content []byte) error {
	if err := os.WriteFile(filepath.Join(r.dir, name), content, 0o644); err != nil { //nolint:gosec // the sandbox's user reads it
		return fmt.Errorf("write scratch: %w", err)
	}
	return nil
}

// take makes a file the input: where it lies if that is its place, as a link on the same disk, else as a copy.
func (r room) take(path string) error {
	path, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("locate video: %w", err)
	}
	if path != r.input() {
		if err := os.Link(path, r.input()); err != nil {
			if err := duplicate(path, r.input()); err != nil {
				return err
			}
		}
	}
	if err := os.Chmod(r.input(), 0o644); err != nil { //nolint:gosec // the sandbox's user reads it
		return fmt.Errorf("open video: %w", err)
	}
	return nil
}

func duplicate(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("open video: %w", err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("copy video: %w", err)
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("copy video: %w", err)
	}
	return nil
}

// enoughSpace is ErrNoSpace when the disk of dir has less than want bytes for us.
func enoughSpace(dir string, want uint64) error {
	var stat unix.Statfs_t
	if err := unix.Statfs(dir, &stat); err != nil {
		return fmt.Errorf("ask for free space: %w", err)
	}
	if free := stat.Bavail * uint64(stat.Bsize); free < want {
		return fmt.Errorf("%w: %d bytes", ErrNoSpace, free)
	}
	return nil
}

// healthy is nil when the room's disk still reads and writes: else a failure may be the disk's and not the video's.
func (r room) healthy() error {
	if err := enoughSpace(r.dir, fileLimit); err != nil {
		return err
	}
	in, err := os.Open(r.input())
	if err != nil {
		return fmt.Errorf("open video again: %w", err)
	}
	defer in.Close()
	if _, err := io.Copy(io.Discard, in); err != nil {
		return fmt.Errorf("read video again: %w", err)
	}
	return nil
}
