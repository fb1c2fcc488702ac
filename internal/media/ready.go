package media

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rising-stars/showcase/internal/media/artwork"
	"github.com/rising-stars/showcase/internal/media/sandbox"
)

// state is what a prepared pipeline works with.
type state struct {
	ffmpeg, ffprobe  string // absolute paths
	version          string
	art              artwork.Set
	opening, closing []byte // rendered bumpers
}

// Ready prepares the pipeline, once: it finds the programs, tries the sandbox, loads the artwork and renders the bumpers
// (a few seconds, kept in the cache directory). The error is ErrNotReady, or the context's; the next call tries again.
func (p *Pipeline) Ready(ctx context.Context) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.state != nil {
		return nil
	}
	s, err := p.prepare(ctx)
	if ctxErr := ctx.Err(); ctxErr != nil {
		return fmt.Errorf("prepare media pipeline: %w", ctxErr)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNotReady, err)
	}
	p.state = s
	f := sandbox.Probe()
	level := slog.LevelInfo
	if f.Landlock == 0 || !f.Confined {
		level = slog.LevelWarn // decoders are less confined than they could be
	}
	p.config.Log.LogAttrs(ctx, level, "media pipeline ready", slog.String("version", s.version), slog.String("ffmpeg", s.ffmpeg),
		slog.Bool("sandbox", f.Confined), slog.Int("landlock", f.Landlock), slog.Bool("leaves_root", f.Drops))
	return nil
}

// Version tells apart what clips were made with: the commands, the artwork and ffmpeg. It is empty before Ready.
func (p *Pipeline) Version() string {
	if s := p.prepared(); s != nil {
		return s.version
	}
	return ""
}

func (p *Pipeline) prepared() *state {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state
}

// forget makes the next job prepare again, after something of ours went missing.
func (p *Pipeline) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = nil
}

func (p *Pipeline) prepare(ctx context.Context) (*state, error) {
	var s state
	var err error
	if s.ffmpeg, err = find(p.config.FFmpeg); err != nil {
		return nil, err
	}
	if s.ffprobe, err = find(p.config.FFprobe); err != nil {
		return nil, err
	}
	if s.art, err = artwork.Load(p.config.ArtworkDir); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(p.config.CacheDir, 0o755); err != nil { //nolint:gosec // nothing in it is secret
		return nil, fmt.Errorf("make cache: %w", err)
	}
	dir, err := os.MkdirTemp(p.config.CacheDir, "render-")
	if err != nil {
		return nil, fmt.Errorf("make cache: %w", err)
	}
	defer os.RemoveAll(dir)
	r, err := newRoom(dir)
	if err != nil {
		return nil, err
	}
	about := &capped{limit: probeLimit}
	for _, program := range []string{s.ffmpeg, s.ffprobe} {
		c := call{program: program, args: []string{"-version"}, dir: r.work(), read: r.dir, stdout: about, deadline: p.limits.probe}
		if _, err := run(ctx, c); err != nil {
			return nil, fmt.Errorf("ask %s for its version: %w", program, err)
		}
	}
	s.version = version(s.art, about.Bytes())
	return &s, p.bumpers(ctx, r, &s)
}

func find(program string) (string, error) {
	path, err := exec.LookPath(program)
	if err != nil {
		return "", fmt.Errorf("find program: %w", err)
	}
	return filepath.Abs(path)
}

// version hashes everything that decides what a clip looks like.
func version(art artwork.Set, ffmpeg []byte) string {
	sum := sha256.New()
	for _, p := range []plan{
		{clip: MaxClip, width: Width, height: Height},
		{clip: MaxClip, width: 960, height: Height, convert: true},
		{clip: MaxClip, width: 404, height: Height, hdr: "smpte2084"},
	} {
		fmt.Fprintln(sum, strings.Join(passArgs(p), "\n"), strings.Join(finishArgs(p), "\n"))
	}
	fmt.Fprintln(sum, bumperArgs(true, false), bumperArgs(false, false), bumperArgs(true, true))
	digest := art.Digest()
	sum.Write(digest[:])
	sum.Write(ffmpeg)
	return hex.EncodeToString(sum.Sum(nil)[:6])
}

// bumpers takes the bumpers from the cache, or renders them into it.
func (p *Pipeline) bumpers(ctx context.Context, r room, s *state) error {
	for _, bumper := range []struct {
		name    string
		opening bool
		theirs  []byte
		into    *[]byte
	}{
		{openingName, true, s.art.Opening, &s.opening},
		{closingName, false, s.art.Closing, &s.closing},
	} {
		kept := filepath.Join(p.config.CacheDir, s.version+"-"+bumper.name)
		content, err := os.ReadFile(kept)
		if errors.Is(err, os.ErrNotExist) {
			content, err = p.render(ctx, r, s, bumper.opening, bumper.theirs)
			if err == nil {
				err = keep(kept, content)
			}
		}
		if err != nil {
			return fmt.Errorf("bumper %s: %w", bumper.name, err)
		}
		*bumper.into = content
	}
	return nil
}

func (p *Pipeline) render(ctx context.Context, r room, s *state, opening bool, theirs []byte) ([]byte, error) {
	name := closingName
	if opening {
		name = openingName
	}
	err := errors.Join(r.put("logo.png", s.art.Logo), r.put("background.png", s.art.Background), r.put(name, theirs))
	if err != nil {
		return nil, err
	}
	c := call{program: s.ffmpeg, args: bumperArgs(opening, theirs != nil), dir: r.work(), read: r.dir, deadline: p.limits.hard}
	if _, err := run(ctx, c); err != nil {
		return nil, fmt.Errorf("render: %w", err)
	}
	info, err := scanFile(r.out(name))
	if err != nil {
		return nil, err
	}
	if off := info.Duration - Bumper; off.Abs() > time.Second/FrameRate {
		return nil, fmt.Errorf("render: lasts %v, not %v", info.Duration, Bumper)
	}
	return os.ReadFile(r.out(name))
}

// keep writes a file so that others see it whole or not at all.
func keep(path string, content []byte) error {
	part, err := os.CreateTemp(filepath.Dir(path), "part-")
	if err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	_, err = part.Write(content)
	if err := errors.Join(err, part.Close()); err != nil {
		return fmt.Errorf("keep: %w", errors.Join(err, os.Remove(part.Name())))
	}
	if err := os.Rename(part.Name(), path); err != nil {
		return fmt.Errorf("keep: %w", err)
	}
	return nil
}
