package media

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	_ "image/jpeg"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "golang.org/x/image/webp"
)

// upload is a player's video: a sample with sound, and with what a phone writes into it.
func upload(t *testing.T) string {
	t.Helper()
	return onShelf(t, "upload.mp4", func(path string) {
		silent := path + ".silent.mp4"
		if err := SampleClip(t.Context(), silent, SampleOptions{Seed: 7}); err != nil {
			t.Error(err)
			return
		}
		ffmpeg(t, "-i", silent, "-f", "lavfi", "-i", "sine=f=440:r=48000", "-map", "0", "-map", "1", "-c:v", "copy", "-c:a", "aac", "-shortest",
			"-metadata", "location=+04.6097-074.0817/", "-metadata", "title=SECRET", "-metadata", "artist=SECRET", path)
	})
}

// watermarkArea is where the watermark is, and margin is a part of the clip that no watermark touches.
var (
	watermarkArea = area{Width - 244, 24, Width - 24, 83}
	quietArea     = area{0, 100, Width, Height}
)

func TestProcessMakesWhatTheContestShows(t *testing.T) {
	t.Parallel()
	p, source, dir := newPipeline(t), upload(t), scratch(t)
	p.limits.clip = 8 * time.Second // of its twenty
	var percents []int
	result, err := p.Process(t.Context(), Job{Input: source, Scratch: dir, Progress: func(n int) { percents = append(percents, n) }})
	if err != nil {
		t.Fatal(err)
	}
	clip := dump(t, result.Clip.Path)
	if len(clip.Streams) != 1 || clip.Streams[0].described() != "h264 High 1280x720 yuv420p 1:1 30/1 bt709 tv" {
		t.Errorf("streams: %+v", clip.Streams)
	}
	if off := result.Duration - 13*time.Second; off.Abs() > 100*time.Millisecond {
		t.Errorf("lasts %v", result.Duration)
	}
	for _, name := range []string{result.Clip.Path, result.Preview.Path, result.PosterJPEG.Path, result.PosterWebP.Path} {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, secret := range []string{"SECRET", "04.6097", "Lavf"} {
			if bytes.Contains(content, []byte(secret)) {
				t.Errorf("%s contains %s", filepath.Base(name), secret)
			}
		}
	}
	content, _ := os.ReadFile(result.Clip.Path)
	if bytes.Index(content, []byte("moov")) > bytes.Index(content, []byte("mdat")) {
		t.Error("the index is behind the media")
	}
	if sum := sha256.Sum256(content); result.Clip.SHA256 != hex.EncodeToString(sum[:]) || result.Clip.Bytes != int64(len(content)) {
		t.Errorf("clip: %+v", result.Clip)
	}
	if result.Pipeline == "" || result.Pipeline != p.Version() || len(result.Hash) != 8*16 || result.CPU < time.Second {
		t.Errorf("%+v", result)
	}
	checkProgress(t, percents)
	checkMemory(t, result, 500)
	checkFrames(t, p, source, result)
	checkStills(t, result)
}

func checkProgress(t *testing.T, percents []int) {
	t.Helper()
	for i := 1; i < len(percents); i++ {
		if percents[i] <= percents[i-1] {
			t.Errorf("progress goes back: %v", percents)
		}
	}
	if len(percents) < 4 || percents[len(percents)-1] != 100 {
		t.Errorf("progress: %v", percents)
	}
}

// checkMemory adds what the worker itself takes to its largest child.
func checkMemory(t *testing.T, result Result, mebibytes int64) {
	t.Helper()
	const worker = 48
	t.Logf("peak %d MiB, %.1f CPU s", result.PeakRSS>>20, result.CPU.Seconds())
	if peak := result.PeakRSS>>20 + worker; peak > mebibytes {
		t.Errorf("peak %d MiB, want at most %d", peak, mebibytes)
	}
}

// checkFrames looks at the pictures: bumpers at both ends, the player's video between them, the watermark on that alone.
func checkFrames(t *testing.T, p *Pipeline, source string, result Result) {
	t.Helper()
	const first, played = bumperFrames, 90 // the third second of the clip's main part
	frames := framesOf(t, result.Clip.Path, Width, Height, 40, first+played, 390-30)
	opening, main, closing := frames[0], frames[1], frames[2]
	bumper := filepath.Join(t.TempDir(), "bumper.mp4")
	if err := os.WriteFile(bumper, p.prepared().opening, 0o600); err != nil {
		t.Fatal(err)
	}
	if d := opening.distance(framesOf(t, bumper, Width, Height, 40)[0], opening.all()); d > 4 {
		t.Errorf("the opening differs from the bumper by %.1f", d)
	}
	if err := os.WriteFile(bumper, p.prepared().closing, 0o600); err != nil {
		t.Fatal(err)
	}
	if d := closing.distance(framesOf(t, bumper, Width, Height, 45)[0], closing.all()); d > 4 {
		t.Errorf("the closing differs from the bumper by %.1f", d)
	}
	original := framesOf(t, source, Width, Height, played*24/30)[0]
	if d := main.distance(original, quietArea); d > 6 {
		t.Errorf("the clip differs from the video by %.1f", d)
	}
	if d := main.distance(original, watermarkArea); d < 15 {
		t.Errorf("no watermark: the corner differs by only %.1f", d)
	}
	if d := main.distance(opening, main.all()); d < 20 {
		t.Errorf("bumper and clip look alike: %.1f", d)
	}
}

// checkStills decodes poster and preview.
func checkStills(t *testing.T, result Result) {
	t.Helper()
	for path, format := range map[string]string{result.PosterJPEG.Path: "jpeg", result.PosterWebP.Path: "webp"} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		picture, name, err := image.Decode(bytes.NewReader(content))
		if err != nil || name != format || picture.Bounds() != image.Rect(0, 0, PosterWidth, PosterHeight) {
			t.Errorf("poster: %s, %v, %v", name, picture.Bounds(), err)
		}
	}
	preview := dump(t, result.Preview.Path)
	if len(preview.Streams) != 1 || !strings.HasPrefix(preview.Streams[0].described(), "h264 High 320x180 yuv420p 1:1 8/1") {
		t.Errorf("preview: %+v", preview.Streams)
	}
	if result.Preview.Bytes > 1<<20 {
		t.Errorf("preview has %d bytes", result.Preview.Bytes)
	}
	poster := framesOf(t, result.PosterJPEG.Path, PosterWidth, PosterHeight, 0)[0]
	if b := poster.brightness(poster.all()); b < 40 || b > 220 {
		t.Errorf("the poster's brightness is %.0f", b)
	}
}

// dumped is more than the pipeline asks ffprobe itself.
type dumped struct {
	Streams []dumpedStream `json:"streams"`
}

type dumpedStream struct {
	Codec   string `json:"codec_name"`
	Profile string `json:"profile"`
	Width   int    `json:"width"`
	Height  int    `json:"height"`
	Pixels  string `json:"pix_fmt"`
	Aspect  string `json:"sample_aspect_ratio"`
	Rate    string `json:"avg_frame_rate"`
	Space   string `json:"color_space"`
	Range   string `json:"color_range"`
}

func (s dumpedStream) described() string {
	size, _ := json.Marshal([]int{s.Width, s.Height})
	return strings.Join([]string{
		s.Codec, s.Profile, strings.Trim(strings.ReplaceAll(string(size), ",", "x"), "[]"), s.Pixels, s.Aspect, s.Rate, s.Space, s.Range,
	}, " ")
}

func dump(t *testing.T, path string) (answer dumped) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_streams", "-of", "json", path).Output()
	if err == nil {
		err = json.Unmarshal(out, &answer)
	}
	if err != nil {
		t.Fatal(err)
	}
	return answer
}

// The same video gives the same bytes, so that a second attempt changes nothing.
func TestProcessIsReproducible(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	p.limits.clip = shortClip
	var results [2]Result
	for i := range results {
		var err error
		if results[i], err = p.Process(t.Context(), Job{Input: plainVideo(t), Scratch: scratch(t)}); err != nil {
			t.Fatal(err)
		}
	}
	a, b := results[0], results[1]
	if a.Clip.SHA256 != b.Clip.SHA256 || a.Preview.SHA256 != b.Preview.SHA256 || a.PosterWebP.SHA256 != b.PosterWebP.SHA256 || a.Hash != b.Hash {
		t.Errorf("two runs differ:\n%+v\n%+v", a, b)
	}
}
