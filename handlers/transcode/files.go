package transcode

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/media"
)

// errDigest says that the store does not hold what the log says.
var errDigest = errors.New("original is not what was uploaded")

// FreeBytes is how many bytes may still be written under a directory by who is not root.
func FreeBytes(dir string) (int64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return 0, fmt.Errorf("free space of %s: %w", dir, err)
	}
	return int64(s.Bavail) * int64(s.Bsize), nil //nolint:unconvert // types differ between systems
}

// SweepScratch makes the scratch directory, and removes what a killed predecessor left in it.
func (h *Handler) SweepScratch() error {
	if err := os.MkdirAll(h.Scratch, 0o700); err != nil {
		return fmt.Errorf("make scratch: %w", err)
	}
	left, err := os.ReadDir(h.Scratch)
	if err != nil {
		return fmt.Errorf("sweep scratch: %w", err)
	}
	var errs []error
	for _, entry := range left {
		errs = append(errs, os.RemoveAll(filepath.Join(h.Scratch, entry.Name())))
	}
	return errors.Join(errs...)
}

// fetch streams the original to a file and compares its size and digest on the way.
func fetch(ctx context.Context, from Objects, original events.Object, to string) (err error) {
	body, _, err := from.Get(ctx, original.Key)
	if err != nil {
		return err
	}
	defer body.Close()
	file, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	digest := sha256.New()
	n, err := io.Copy(io.MultiWriter(file, digest), io.LimitReader(body, original.Bytes+1))
	if err != nil {
		return err
	}
	if sum := hex.EncodeToString(digest.Sum(nil)); n != original.Bytes || sum != original.SHA256 {
		return fmt.Errorf("%w: %d bytes with digest %s", errDigest, n, sum)
	}
	return nil
}

// store puts the outputs under keys that depend on nothing but the video, the pipeline, the original and the run: a
// second worker of a run stores over the first's, and no run over the outputs that the public sees of an earlier one.
func (a *attempt) store(ctx context.Context, r media.Result) (events.VideoProcessed, error) {
	fact := events.VideoProcessed{
		VideoID: a.job.VideoID, Attempt: a.job.Attempt, Pipeline: r.Pipeline,
		DurationMS: r.Duration.Milliseconds(), PerceptualHash: r.Hash, CPUMS: r.CPU.Milliseconds(),
	}
	under := path.Join("processed", a.job.VideoID.String(), r.Pipeline, a.job.Original.SHA256)
	if a.job.Run > 1 {
		under = path.Join(under, "run-"+strconv.Itoa(a.job.Run))
	}
	for _, out := range []struct {
		to                *events.Object
		file              media.Artifact
		name, contentType string
	}{
		{&fact.Clip, r.Clip, "clip.mp4", "video/mp4"},
		{&fact.Preview, r.Preview, "preview.mp4", "video/mp4"},
		{&fact.PosterJPEG, r.PosterJPEG, "poster.jpg", "image/jpeg"},
		{&fact.PosterWebP, r.PosterWebP, "poster.webp", "image/webp"},
	} {
		*out.to = events.Object{Key: path.Join(under, out.name), Bytes: out.file.Bytes, SHA256: out.file.SHA256}
		if err := put(ctx, a.Objects, out.to.Key, out.file, out.contentType); err != nil {
			return events.VideoProcessed{}, err
		}
	}
	return fact, nil
}

func put(ctx context.Context, to Objects, key string, from media.Artifact, contentType string) error {
	file, err := os.Open(from.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	return to.Put(ctx, key, file, from.Bytes, contentType)
}
