package media

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/rising-stars/showcase/internal/media/mp4"
)

// probed is what we ask ffprobe.
type probed struct {
	Streams []probedStream `json:"streams"`
	Format  struct {
		StartTime string            `json:"start_time"`
		Tags      map[string]string `json:"tags"`
	} `json:"format"`
}

type probedStream struct {
	Index         int               `json:"index"`
	Type          string            `json:"codec_type"`
	Codec         string            `json:"codec_name"`
	Width         int               `json:"width"`
	Height        int               `json:"height"`
	Aspect        string            `json:"sample_aspect_ratio"`
	PixelFormat   string            `json:"pix_fmt"`
	ColorSpace    string            `json:"color_space"`
	ColorTransfer string            `json:"color_transfer"`
	StartTime     string            `json:"start_time"`
	Tags          map[string]string `json:"tags"`
	Disposition   struct {
		AttachedPicture int `json:"attached_pic"`
	} `json:"disposition"`
	SideData []struct {
		Rotation float64 `json:"rotation"`
	} `json:"side_data_list"`
}

// decoders are the codecs that we let in, and every decoder of theirs that ffmpeg may choose.
var decoders = map[string]bool{"h264": true, "hevc": true, "av1": true, "vp9": true}

// decoderList is for ffmpeg alone, which opens what it uses; ffprobe opens a decoder for every stream, sound included.
const decoderList = "h264,hevc,av1,libdav1d,libaom-av1,vp9,libvpx-vp9"

// guards stand before every input that comes from outside: no other protocol or demuxer, no references to other files, no
// picture too large to hold.
func guards() []string {
	return []string{
		"-protocol_whitelist", "file", "-max_pixels", strconv.Itoa(mp4.MaxPixels), "-max_streams", "16", "-enable_drefs", "0", "-f", "mov",
	}
}

func probeArgs(name string) []string {
	args := []string{"-hide_banner", "-v", "error", "-show_streams", "-show_format", "-of", "json"}
	return append(append(args, guards()...), "-i", name)
}

// plan is what the pass is made for.
type plan struct {
	stream  int           // index of the video stream
	clip    time.Duration // how much of it is shown
	late    time.Duration // how much later than the file the stream begins
	width   int           // as shown, fitted into the picture; even
	height  int
	hdr     string // transfer of an HDR video, which is mapped down; else empty
	convert bool   // the video is in other colours than BT.709 and says so
}

// frames is how many frames the clip has between the bumpers.
func (p plan) frames() int { return int(p.clip * FrameRate / time.Second) }

// examine judges the original: its boxes first, then what a decoder says.
func (p *Pipeline) examine(ctx context.Context, r room) (plan, usage, error) {
	info, err := scanFile(r.input())
	if err == nil {
		err = mp4.Check(info)
	}
	if err != nil {
		return plan{}, usage{}, refuse(err)
	}
	answer, cost, err := p.probe(ctx, r, probeArgs(fromWork(inputName)))
	if err != nil {
		if suspect, ok := errors.AsType[*Suspect](err); ok && suspect.Code == codeFailed {
			err = refuse(mp4.ErrMalformed) // it ran to its end and could not read the file
		}
		return plan{}, cost, err
	}
	made, err := answer.plan(info)
	made.clip = min(made.clip, p.limits.clip)
	return made, cost, err
}

func scanFile(path string) (mp4.Info, error) {
	file, err := os.Open(path)
	if err != nil {
		return mp4.Info{}, fmt.Errorf("open video: %w", err)
	}
	defer file.Close()
	stat, err := file.Stat()
	if err != nil {
		return mp4.Info{}, fmt.Errorf("look at video: %w", err)
	}
	return mp4.Scan(file, stat.Size())
}

func (p *Pipeline) probe(ctx context.Context, r room, args []string) (probed, usage, error) {
	out := &capped{limit: probeLimit}
	cost, err := run(ctx, call{
		program: p.prepared().ffprobe, args: args, dir: r.work(), read: r.dir, stdout: out, deadline: p.limits.probe,
	})
	if err != nil {
		return probed{}, cost, err
	}
	var answer probed
	if err := json.Unmarshal(out.Bytes(), &answer); err != nil {
		return probed{}, cost, failed(fmt.Errorf("read ffprobe's answer: %w", err))
	}
	return answer, cost, nil
}

// capped is a buffer that forgets what goes beyond its limit.
type capped struct {
	bytes.Buffer
	limit int
}

func (c *capped) Write(p []byte) (int, error) {
	c.Buffer.Write(p[:min(len(p), max(0, c.limit-c.Len()))])
	return len(p), nil
}

// plan holds what the decoder says against the same rules, and settles how to treat the video.
func (a probed) plan(info mp4.Info) (plan, error) {
	var video []probedStream
	for _, s := range a.Streams {
		if s.Type == "video" && s.Disposition.AttachedPicture == 0 && s.Codec != "mjpeg" && s.Codec != "png" {
			video = append(video, s)
		}
	}
	info.Tracks, info.VideoTracks = len(a.Streams), len(video)
	if len(video) == 1 {
		info.Width, info.Height = video[0].shown()
		if !decoders[video[0].Codec] {
			info.Codec = video[0].Codec
		}
	}
	if err := mp4.Check(info); err != nil {
		return plan{}, refuse(err)
	}
	s := video[0]
	made := plan{stream: s.Index, clip: min(info.Duration, MaxClip)}
	made.late = min(max(0, parseSeconds(s.StartTime)-parseSeconds(a.Format.StartTime)), MaxClip)
	made.width, made.height = fit(info.Width, info.Height, Width, Height)
	switch s.ColorTransfer {
	case "smpte2084", "arib-std-b67":
		made.hdr = s.ColorTransfer
	}
	switch s.ColorSpace {
	case "", "unknown", "unspecified", "bt709":
	default:
		made.convert = true
	}
	return made, nil
}

// shown is the size on a screen, after pixel aspect and rotation.
func (s probedStream) shown() (width, height int) {
	width, height = s.Width, s.Height
	if over, under, ok := strings.Cut(s.Aspect, ":"); ok {
		x, _ := strconv.Atoi(over)
		y, _ := strconv.Atoi(under)
		if x > 0 && y > 0 {
			width = int(math.Round(float64(width) * float64(x) / float64(y)))
		}
	}
	for _, side := range s.SideData {
		if turn := math.Abs(math.Mod(side.Rotation, 180)); turn > 45 && turn < 135 {
			return height, width
		}
	}
	return width, height
}

// fit is the largest even size of that shape inside a box.
func fit(width, height, boxWidth, boxHeight int) (w, h int) {
	scale := min(float64(boxWidth)/float64(width), float64(boxHeight)/float64(height))
	even := func(n int) int { return max(2, int(math.Round(float64(n)*scale/2))*2) }
	return even(width), even(height)
}

func parseSeconds(text string) time.Duration {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(s) || math.Abs(s) > 1e6 {
		return 0
	}
	return time.Duration(s * float64(time.Second))
}
