package media

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/rising-stars/showcase/internal/media/artwork"
)

func TestReadyNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	script, art := filepath.Join(t.TempDir(), "ffmpeg"), t.TempDir()
	if err := errors.Join(
		os.WriteFile(script, []byte("#!/bin/sh\nexit 0\n"), 0o755),
		os.WriteFile(filepath.Join(art, "logo.png"), []byte("no picture"), 0o644),
	); err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]Config{
		"no ffmpeg":   {FFmpeg: "no-such-ffmpeg"},
		"no ffprobe":  {FFprobe: filepath.Join(art, "ffprobe")},
		"a wrapper":   {FFmpeg: script},
		"bad artwork": {ArtworkDir: art},
		"no cache":    {CacheDir: "/proc/cache"},
	} {
		if config.CacheDir == "" {
			config.CacheDir = t.TempDir()
		}
		config.Log = slog.New(slog.DiscardHandler)
		p, err := New(config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := p.Process(t.Context(), Job{Input: "x", Scratch: t.TempDir()}); !errors.Is(err, ErrNotReady) || p.Version() != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestReadyStopsWithItsContext(t *testing.T) {
	t.Parallel()
	p, err := New(Config{CacheDir: t.TempDir(), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Ready(ctx); !errors.Is(err, context.Canceled) || errors.Is(err, ErrNotReady) {
		t.Errorf("got %v", err)
	}
}

func TestNewNeedsItsParts(t *testing.T) {
	t.Parallel()
	for _, config := range []Config{{}, {CacheDir: "x"}, {Log: slog.New(slog.DiscardHandler)}} {
		if _, err := New(config); err == nil {
			t.Errorf("%+v: no error", config)
		}
	}
}

// A pipeline that lost ffmpeg says so and is ready again when it is back.
func TestProcessNoticesThatFFmpegWentAway(t *testing.T) {
	t.Parallel()
	p := shortPipeline(t)
	broken := *p.prepared()
	broken.ffprobe = "/nowhere/ffprobe"
	p.state = &broken
	if _, err := p.Process(t.Context(), Job{Input: plainVideo(t), Scratch: scratch(t)}); !errors.Is(err, ErrNotReady) {
		t.Errorf("got %v", err)
	}
	if p.Version() != "" {
		t.Error("it still thinks that it is ready")
	}
	if err := p.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

// An operator's bumper of any shape and length becomes one of ours.
func TestReadyBringsAnOperatorsBumperIntoShape(t *testing.T) {
	t.Parallel()
	art := t.TempDir()
	ffmpeg(t, "-f", "lavfi", "-i", "color=red:s=640x640:r=15:d=1", "-f", "lavfi", "-i", "sine=d=1", "-c:v", "libx264", "-preset", "ultrafast", filepath.Join(art, "closing.mp4"))
	set, err := artwork.Load(art)
	if err != nil || set.Closing == nil {
		t.Fatal(err)
	}
	p := newPipeline(t)
	s := *p.prepared()
	s.art, s.version = set, "theirs"
	dir := scratch(t)
	r, err := newRoom(dir)
	if err != nil {
		t.Fatal(err)
	}
	content, err := p.render(t.Context(), r, &s, false, set.Closing)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "closing.mp4")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f := framesOf(t, path, Width, Height, bumperFrames-1)[0]
	if f.brightness(leftEdge) > 3 || f.brightness(middle) < 60 {
		t.Errorf("left %.0f, middle %.0f", f.brightness(leftEdge), f.brightness(middle))
	}
}

func TestVersionFollowsWhatDecidesTheClip(t *testing.T) {
	t.Parallel()
	ours, err := artwork.Load("")
	if err != nil {
		t.Fatal(err)
	}
	theirs := ours
	theirs.Watermark = append([]byte{}, append(ours.Watermark, 0)...)
	a, b, c := version(ours, []byte("ffmpeg 5")), version(theirs, []byte("ffmpeg 5")), version(ours, []byte("ffmpeg 7"))
	if a == b || a == c || a != version(ours, []byte("ffmpeg 5")) || len(a) != 12 {
		t.Errorf("%s %s %s", a, b, c)
	}
}

func TestNoJobBeginsOnAFullDisk(t *testing.T) {
	t.Parallel()
	if err := enoughSpace(t.TempDir(), 1<<60); !errors.Is(err, ErrNoSpace) {
		t.Errorf("got %v", err)
	}
	if err := enoughSpace("/nowhere", 1); err == nil || errors.Is(err, ErrNoSpace) {
		t.Errorf("got %v", err)
	}
}
