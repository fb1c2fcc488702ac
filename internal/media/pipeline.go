package media

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// Config is what a Pipeline needs to know.
type Config struct {
	FFmpeg     string       // program, by name or path; empty = ffmpeg
	FFprobe    string       // program, by name or path; empty = ffprobe
	CacheDir   string       // where rendered bumpers are kept, a few MB; required, made when missing
	ArtworkDir string       // the operator's artwork (see artwork.Load); empty = ours
	Log        *slog.Logger // required
}

// Pipeline processes videos. It may be used by several goroutines at once; each job takes two cores.
type Pipeline struct {
	config Config
	limits limits

	mu    sync.Mutex // over the preparation
	state *state     // nil until prepared
}

// limits are the deadlines and the longest clip, so that tests can be impatient.
type limits struct{ probe, hard, stall, clip time.Duration }

// New is a pipeline that is not prepared; Ready prepares it.
func New(config Config) (*Pipeline, error) {
	if config.CacheDir == "" || config.Log == nil {
		return nil, errors.New("media: a pipeline needs a cache directory and a logger")
	}
	if config.FFmpeg == "" {
		config.FFmpeg = "ffmpeg"
	}
	if config.FFprobe == "" {
		config.FFprobe = "ffprobe"
	}
	return &Pipeline{config: config, limits: limits{probe: probeDeadline, hard: hardDeadline, stall: stallDeadline, clip: MaxClip}}, nil
}

// Job is one video to process.
type Job struct {
	Input    string            // the original; it is made readable for all
	Scratch  string            // an empty directory, or one with the original as in.mp4; results are left in it; the caller removes it
	Progress func(percent int) // 1–100, rising, from one goroutine at a time; must not wait; may be nil
}

// Artifact is one file that came out.
type Artifact struct {
	Path   string // below the job's scratch directory
	SHA256 string // hex
	Bytes  int64
}

// Result is what came out of a job.
type Result struct {
	Clip       Artifact      // MP4
	Preview    Artifact      // MP4
	PosterJPEG Artifact      // JPEG, 640×360
	PosterWebP Artifact      // WebP, 640×360
	Duration   time.Duration // of the clip, bumpers included
	Pipeline   string        // version of what made it: command, artwork, ffmpeg
	Hash       string        // perceptual, hex: 64 bits for each whole second between the bumpers
	CPU        time.Duration // of all processes
	PeakRSS    int64         // bytes, of the largest process; never less than what this process had
}

// Process makes the clip and what goes with it. Errors are sorted as the package says. A result is never returned once
// the context has ended. Nothing but the scratch directory is written.
func (p *Pipeline) Process(ctx context.Context, job Job) (Result, error) {
	if err := p.Ready(ctx); err != nil {
		return Result{}, err
	}
	if err := enoughSpace(job.Scratch, minFreeBytes); err != nil {
		return Result{}, err
	}
	r, err := p.furnish(job)
	if err != nil {
		return Result{}, err
	}
	result, err := p.work(ctx, r, job.Progress)
	if err := ctx.Err(); err != nil {
		return Result{}, fmt.Errorf("process video: %w", err)
	}
	if errors.Is(err, ErrNotReady) {
		p.forget()
	}
	if _, suspect := errors.AsType[*Suspect](err); suspect {
		if trouble := r.healthy(); trouble != nil {
			return Result{}, fmt.Errorf("process video: %w: %w", trouble, errors.Unwrap(err))
		}
	}
	if err != nil {
		return Result{}, err
	}
	return result, nil
}

// furnish prepares the scratch directory.
func (p *Pipeline) furnish(job Job) (room, error) {
	r, err := newRoom(job.Scratch)
	if err != nil {
		return room{}, err
	}
	s := p.prepared()
	return r, errors.Join(r.take(job.Input), r.put(openingName, s.opening), r.put(closingName, s.closing), r.put(watermarkName, s.art.Watermark))
}

// work is the job itself: examine, pass, poster, finish, check.
func (p *Pipeline) work(ctx context.Context, r room, report func(int)) (Result, error) {
	made, total, err := p.examine(ctx, r)
	if err != nil {
		return Result{}, err
	}
	s := p.prepared()
	meter := newMeter(made.frames()+2*bumperFrames, report)
	cost, err := run(ctx, call{
		program: s.ffmpeg, args: passArgs(made), dir: r.work(), read: r.dir,
		stdout: meter, beats: meter.beats, deadline: p.limits.hard, stall: p.limits.stall,
	})
	total.add(cost)
	if err != nil {
		return Result{}, err
	}
	if err := complete(r, made); err != nil {
		return Result{}, err
	}
	if err := choosePoster(r, made); err != nil {
		return Result{}, err
	}
	cost, err = run(ctx, call{program: s.ffmpeg, args: finishArgs(made), dir: r.work(), read: r.dir, deadline: p.limits.hard})
	total.add(cost)
	if err != nil {
		return Result{}, err
	}
	length, cost, err := p.verify(ctx, r)
	total.add(cost)
	if err != nil {
		return Result{}, err
	}
	result := Result{Duration: length, Pipeline: s.version, CPU: total.cpu, PeakRSS: total.rss}
	if err := result.collect(r, made); err != nil {
		return Result{}, err
	}
	meter.advance(100)
	return result, nil
}

// collect describes what is in the room.
func (result *Result) collect(r room, made plan) error {
	for name, into := range map[string]*Artifact{
		clipName: &result.Clip, previewName: &result.Preview, jpegName: &result.PosterJPEG, webpName: &result.PosterWebP,
	} {
		artifact, err := describe(r.out(name))
		if err != nil {
			return err
		}
		*into = artifact
	}
	frames, err := os.ReadFile(r.out(hashName))
	if err != nil {
		return fmt.Errorf("read frames for the hash: %w", err)
	}
	result.Hash = perceptualHash(frames, made)
	return nil
}
