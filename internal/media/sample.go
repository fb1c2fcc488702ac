package media

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"github.com/rising-stars/showcase/internal/media/artwork"
)

// SampleOptions say what a sample clip looks like.
type SampleOptions struct {
	FFmpeg  string // program; empty = ffmpeg
	Seed    uint64 // colours, number on the jersey, how the balls move
	Seconds int    // 1–120; 0 = 20
	Height  int    // pixels, even, 240–2160; 0 = 1080. The picture is 16:9
}

// SampleClip makes a video that a player might upload, for demonstrations and tests: a court in the colours of the seed,
// on which balls fly and bounce. The same options give the same picture. It writes path, an MP4 of 24 frames a second
// without sound, and takes about two seconds of CPU.
func SampleClip(ctx context.Context, path string, o SampleOptions) error {
	o, err := o.complete()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp(filepath.Dir(path), "sample-")
	if err != nil {
		return fmt.Errorf("make sample: %w", err)
	}
	defer os.RemoveAll(dir)
	var court bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	if err := encoder.Encode(&court, drawCourt(o)); err != nil {
		return fmt.Errorf("draw sample: %w", err)
	}
	scene, ball := filepath.Join(dir, "court.png"), filepath.Join(dir, "ball.png")
	if err := errors.Join(os.WriteFile(scene, court.Bytes(), 0o600), os.WriteFile(ball, artwork.Ball(), 0o600)); err != nil {
		return fmt.Errorf("make sample: %w", err)
	}
	once := filepath.Join(dir, "once.mp4")
	err = o.ffmpeg(ctx, "-f", "image2", "-framerate", "24", "-i", scene, "-f", "image2", "-framerate", "24", "-i", ball,
		"-filter_complex", o.play(), "-map", "[v]", "-t", strconv.Itoa(sampleLoop), "-c:v", "libx264", "-preset", "ultrafast",
		"-crf", "26", "-g", "120", "-threads", "2", "-pix_fmt", "yuv420p", "-f", "mp4", once)
	if err != nil {
		return err
	}
	return o.ffmpeg(ctx, "-stream_loop", "-1", "-i", once, "-c", "copy", "-t", strconv.Itoa(o.Seconds), "-movflags", "+faststart", "-f", "mp4", path)
}

// ffmpeg runs it outside the sandbox: what it reads is ours.
func (o SampleOptions) ffmpeg(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, o.FFmpeg, append([]string{"-nostdin", "-v", "error", "-y"}, args...)...)
	cmd.WaitDelay = termGrace
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make sample: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

func (o SampleOptions) complete() (SampleOptions, error) {
	if o.FFmpeg == "" {
		o.FFmpeg = "ffmpeg"
	}
	if o.Seconds == 0 {
		o.Seconds = 20
	}
	if o.Height == 0 {
		o.Height = 1080
	}
	if o.Seconds < 1 || o.Seconds > 120 || o.Height < 240 || o.Height > 2160 || o.Height%2 != 0 {
		return o, fmt.Errorf("make sample: %d s at %d lines is out of range", o.Seconds, o.Height)
	}
	return o, nil
}

func (o SampleOptions) width() int { return o.Height * 16 / 18 * 2 }

// sampleLoop is the length in seconds of what is encoded once and then repeated, which makes a long sample as cheap as a
// short one: all motion comes back to its beginning by then.
const sampleLoop = 5

// play is the motion: one ball is thrown at the hoop, again and again, another is dribbled.
func (o SampleOptions) play() string {
	throws := 2 + o.Seed%3                 // in one loop
	bounces := 5 + o.Seed%4                // in one loop
	from := 0.08 + 0.02*float64(o.Seed%11) // where the thrower stands
	u := fmt.Sprintf("mod(t*%d/%d,1)", throws, sampleLoop)
	return fmt.Sprintf("[0]format=yuv420p,loop=loop=-1:size=1[court];"+
		"[1]scale=%d:-1,format=rgba,loop=loop=-1:size=1,rotate=t*2*PI*3/%d:c=black@0,format=yuva420p,split[a][b];"+
		"[court][a]overlay=x='W*(%.3f+(%.3f-%.3f)*%s)-w/2':y='H*(0.62-0.27*%s-1.5*%s*(1-%s))-h/2'[one];"+
		"[one][b]overlay=x='W*(0.3+0.18*sin(2*PI*t/%d+%d))-w/2':y='H*(0.9-0.32*abs(sin(PI*t*%d/%d)))-h/2'[v]",
		o.Height/9, sampleLoop, from, hoopX, from, u, u, u, u, sampleLoop, o.Seed%6, bounces, sampleLoop)
}
