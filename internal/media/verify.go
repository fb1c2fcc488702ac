package media

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// complete makes sure that the pass reached the end of the video: one that cannot be decoded to its end gives a clip
// that is whole, only too short.
func complete(r room, made plan) error {
	info, err := scanFile(r.out(clipName))
	if err != nil {
		return fmt.Errorf("look at clip: %w", err)
	}
	want := made.clip + 2*Bumper
	if off := info.Duration - want; off.Abs() > lengthSlop {
		return failed(fmt.Errorf("clip lasts %v, not %v", info.Duration, want))
	}
	return nil
}

// errUnsound is a result that is not what we make.
var errUnsound = errors.New("result fails its check")

// verify holds the results against what we promise: by ffprobe for the clip, by their boxes for both MP4 files.
func (p *Pipeline) verify(ctx context.Context, r room) (time.Duration, usage, error) {
	answer, cost, err := p.probe(ctx, r, probeArgs(clipName))
	if err != nil {
		return 0, cost, fmt.Errorf("%w: %s", errUnsound, err) //nolint:errorlint // not the video's fault any more
	}
	if len(answer.Streams) != 1 {
		return 0, cost, fmt.Errorf("%w: %d streams", errUnsound, len(answer.Streams))
	}
	s := answer.Streams[0]
	got := fmt.Sprintf("%s %dx%d %s %s", s.Codec, s.Width, s.Height, s.PixelFormat, s.Aspect)
	if want := fmt.Sprintf("h264 %dx%d yuv420p 1:1", Width, Height); got != want {
		return 0, cost, fmt.Errorf("%w: %s, not %s", errUnsound, got, want)
	}
	clip, err := scanFile(r.out(clipName))
	if err != nil {
		return 0, cost, fmt.Errorf("look at clip: %w", err)
	}
	preview, err := scanFile(r.out(previewName))
	if err != nil {
		return 0, cost, fmt.Errorf("look at preview: %w", err)
	}
	for _, info := range []struct {
		indexFirst, truncated bool
		tracks                int
	}{{clip.IndexFirst, clip.Truncated, clip.Tracks}, {preview.IndexFirst, preview.Truncated, preview.Tracks}} {
		if !info.indexFirst || info.truncated || info.tracks != 1 {
			return 0, cost, fmt.Errorf("%w: %+v", errUnsound, info)
		}
	}
	return clip.Duration, cost, nil
}

// describe is a file's size and digest.
func describe(path string) (Artifact, error) {
	file, err := os.Open(path)
	if err != nil {
		return Artifact{}, fmt.Errorf("open result: %w", err)
	}
	defer file.Close()
	sum := sha256.New()
	n, err := io.Copy(sum, file)
	if err != nil {
		return Artifact{}, fmt.Errorf("read result: %w", err)
	}
	if n == 0 {
		return Artifact{}, fmt.Errorf("%w: %s is empty", errUnsound, path)
	}
	return Artifact{Path: path, SHA256: hex.EncodeToString(sum.Sum(nil)), Bytes: n}, nil
}
