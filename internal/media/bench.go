package media

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"
)

// TranscodeFigures compare a whole job with the least that one could do: medians of CPU seconds on the same video.
type TranscodeFigures struct {
	Full    time.Duration // the whole job: probes, pass, poster, preview, checks, and this process's own share
	Bare    time.Duration // decode, scale to 1280×720, encode with the same preset
	Ratio   float64       // Full / Bare
	PeakRSS int64         // bytes, of the largest process of a job
}

// bench is how a comparison is run.
type bench struct {
	cache   string        // where rendered bumpers are kept; empty = with the video, which goes in the end
	seconds int           // of the video
	clip    time.Duration // what of it is shown, and transcoded by the other side
	runs    int           // of each side
}

// BenchTranscode runs a whole job and a bare 720p transcode in turns, three times each, on the same 30 seconds of 1080p
// that it makes first, and writes the figures to out. It takes some minutes on two cores; ffmpeg must be installed.
func BenchTranscode(ctx context.Context, out io.Writer) (TranscodeFigures, error) {
	return bench{seconds: 30, clip: MaxClip, runs: 3}.transcode(ctx, out)
}

func (b bench) transcode(ctx context.Context, out io.Writer) (figures TranscodeFigures, err error) {
	dir, err := os.MkdirTemp("", "showcase-bench-")
	if err != nil {
		return figures, fmt.Errorf("bench: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	source := filepath.Join(dir, "source.mp4")
	if err := b.source(ctx, dir, source); err != nil {
		return figures, err
	}
	pipeline, err := New(Config{CacheDir: cmp.Or(b.cache, filepath.Join(dir, "cache")), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return figures, err
	}
	pipeline.limits.clip = b.clip
	if err := pipeline.Ready(ctx); err != nil {
		return figures, err
	}
	var full, bare []time.Duration
	for run := range b.runs {
		cost, err := ffmpegCPU(ctx, "-threads", "2", "-t", seconds(b.clip), "-i", source, "-vf", "scale=1280:720", "-r", "30", "-an", "-c:v", "libx264",
			"-preset", "veryfast", "-crf", "23", "-threads", "2", "-pix_fmt", "yuv420p", filepath.Join(dir, "bare.mp4"))
		if err != nil {
			return figures, err
		}
		bare = append(bare, cost)
		cost, rss, err := fullCPU(ctx, pipeline, source, filepath.Join(dir, strconv.Itoa(run)))
		if err != nil {
			return figures, err
		}
		full, figures.PeakRSS = append(full, cost), max(figures.PeakRSS, rss)
	}
	figures.Full, figures.Bare = median(full), median(bare)
	figures.Ratio = figures.Full.Seconds() / figures.Bare.Seconds()
	_, err = fmt.Fprintf(out, "transcode, %s s of 1080p, median of %d: whole job %.1f CPU s, bare 720p transcode %.1f CPU s, ratio %.2f; peak %d MiB\n",
		seconds(b.clip), b.runs, figures.Full.Seconds(), figures.Bare.Seconds(), figures.Ratio, figures.PeakRSS>>20)
	return figures, err
}

// source makes a video that costs about what a handheld camera's does: a detailed scene, moved and noisy, with something
// that moves in front of it. A few seconds are encoded and repeated.
func (b bench) source(ctx context.Context, dir, path string) error {
	still, once := filepath.Join(dir, "still.png"), filepath.Join(dir, "once.mp4")
	steps := [][]string{
		{"-f", "lavfi", "-i", "mandelbrot=s=2400x1350:start_scale=0.6:maxiter=400", "-frames:v", "1", still},
		{
			"-loop", "1", "-framerate", "30", "-i", still, "-f", "lavfi", "-i", "mandelbrot=s=320x320:r=30:end_scale=0.2:maxiter=100",
			"-filter_complex", "[0]format=yuv420p,crop=1920:1080:x='(iw-ow)/2*(1+sin(t*0.9))':y='(ih-oh)/2*(1+cos(t*0.7))'[scene];" +
				"[1]scale=480:480,format=yuv420p[front];[scene][front]overlay=x='700+500*sin(t*1.3)':y='300+250*cos(t*2.1)',noise=alls=5:allf=t",
			"-t", seconds(min(b.clip, 6*time.Second)), "-c:v", "libx264", "-preset", "superfast", "-b:v", "12M", "-maxrate", "16M", "-bufsize", "32M", once,
		},
		{"-stream_loop", "-1", "-i", once, "-c", "copy", "-t", strconv.Itoa(b.seconds), path},
	}
	for _, args := range steps {
		if _, err := ffmpegCPU(ctx, args...); err != nil {
			return err
		}
	}
	return nil
}

// ffmpegCPU runs ffmpeg on what is ours and says what it cost.
func ffmpegCPU(ctx context.Context, args ...string) (time.Duration, error) {
	cmd := exec.CommandContext(ctx, "ffmpeg", append([]string{"-nostdin", "-v", "error", "-y"}, args...)...)
	cmd.WaitDelay = termGrace
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("bench: %w: %s", err, bytes.TrimSpace(out))
	}
	return measure(cmd.ProcessState).cpu, nil
}

// fullCPU runs a job and says what it cost, the work in this process included.
func fullCPU(ctx context.Context, pipeline *Pipeline, source, scratch string) (time.Duration, int64, error) {
	if err := os.Mkdir(scratch, 0o700); err != nil {
		return 0, 0, fmt.Errorf("bench: %w", err)
	}
	before := ownCPU()
	result, err := pipeline.Process(ctx, Job{Input: source, Scratch: scratch})
	if err != nil {
		return 0, 0, fmt.Errorf("bench: %w", err)
	}
	return result.CPU + ownCPU() - before, result.PeakRSS, nil
}

func ownCPU() time.Duration {
	var r syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &r); err != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

func median(all []time.Duration) time.Duration {
	slices.Sort(all)
	return all[len(all)/2]
}
