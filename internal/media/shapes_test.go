package media

import (
	"encoding/binary"
	"os"
	"testing"
	"time"
)

// shape is a video that the contest takes, and what must be true of its clip.
type shape struct {
	video  func(t *testing.T) string
	memory int64 // mebibytes; 0 = 500
	look   func(t *testing.T, f frame)
}

func made(r recipe) func(t *testing.T) string {
	return func(t *testing.T) string { t.Helper(); return r.make(t) }
}

// Parts of a clip: what a narrow video leaves free at the left, and its middle.
var (
	leftEdge = area{0, 100, 120, 620}
	middle   = area{600, 300, 680, 420}
)

func fillsThePicture(t *testing.T, f frame) {
	t.Helper()
	if b := f.brightness(leftEdge); b < 40 {
		t.Errorf("the left edge is dark: %.0f", b)
	}
}

func blackAtTheSides(t *testing.T, f frame) {
	t.Helper()
	if b := f.brightness(leftEdge); b > 3 {
		t.Errorf("the left edge is not black: %.0f", b)
	}
	if b := f.brightness(middle); b < 30 {
		t.Errorf("the middle is dark: %.0f", b)
	}
}

// softAtTheSides: there is something at the sides, darker than the video, and it has no edges.
func softAtTheSides(t *testing.T, f frame) {
	t.Helper()
	side, inner := f.brightness(leftEdge), f.brightness(middle)
	if side < 5 || side > inner {
		t.Errorf("the side's brightness is %.0f, the middle's %.0f", side, inner)
	}
}

// turned writes a rotation by a quarter into the track header.
func turned(t *testing.T) string {
	t.Helper()
	return altered(t, plainVideo(t), func(content []byte) []byte {
		matrix := content[after(t, content, "tkhd")+40:]
		for i, v := range []uint32{0, 1 << 16, 0, 0xffff0000, 0, 0, 0, 0, 1 << 30} {
			binary.BigEndian.PutUint32(matrix[4*i:], v)
		}
		return content
	})
}

var shapes = map[string]shape{
	"moov at the end":   {video: made(recipe{name: "plain-last", source: bars("1920x1080", 24), encode: h264}), look: fillsThePicture},
	"fragmented":        {video: made(recipe{name: "fragmented", source: bars("1920x1080", 24), encode: h264, pack: []string{"-movflags", "frag_keyframe+empty_moov+default_base_moof"}}), look: fillsThePicture},
	"60 a second, 444":  {video: made(recipe{name: "fast", source: bars("1920x1080", 60), encode: with(h264, "-pix_fmt", "yuv444p")}), look: fillsThePicture},
	"4 to 3":            {video: made(recipe{name: "four-three", source: bars("1440x1080", 24), encode: h264}), look: blackAtTheSides},
	"4 to 3, wide dots": {video: made(recipe{name: "anamorphic", source: bars("1440x1080", 24) + ",setsar=4/3", encode: h264}), look: fillsThePicture},
	"portrait":          {video: made(recipe{name: "portrait", source: bars("1080x1920", 24), encode: h264}), look: softAtTheSides},
	"turned":            {video: turned, look: softAtTheSides},
	"uneven":            {video: made(recipe{name: "uneven", source: bars("1920x1080", 24) + ",setpts='(N+floor(N/12)*12)/48/TB'", encode: with(h264, "-fps_mode", "vfr", "-bf", "0")}), look: fillsThePicture},
	"HEVC, ten bits":    {video: made(recipe{name: "hevc10", source: bars("1920x1080", 24), encode: with(hevc, "-pix_fmt", "yuv420p10le")}), look: fillsThePicture},
	"VP9":               {video: made(recipe{name: "vp9", source: bars("1920x1080", 12), encode: []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M"}}), look: fillsThePicture},
	"AV1":               {video: made(recipe{name: "av1", source: bars("1920x1080", 12), encode: []string{"-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-b:v", "1M"}}), look: fillsThePicture},
	"HDR": {video: made(recipe{name: "hdr", source: bars("1920x1080", 24), encode: []string{
		"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=2:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc",
		"-pix_fmt", "yuv420p10le", "-tag:v", "hvc1",
	}}), look: fillsThePicture},
	"HDR in name only": {video: made(recipe{name: "hlg", source: bars("1920x1080", 24), encode: with(h264, "-color_trc", "arib-std-b67")}), look: fillsThePicture},
	"BT.601":           {video: made(recipe{name: "bt601", source: bars("1920x1080", 24), encode: with(h264, "-colorspace", "smpte170m")}), look: fillsThePicture},
	"4K HEVC":          {video: made(recipe{name: "4k", source: bars("3840x2160", 24), encode: with(hevc, "-pix_fmt", "yuv420p10le"), seconds: 0.5}), look: fillsThePicture, memory: 800},
}

func TestProcessTakesEveryShape(t *testing.T) {
	t.Parallel()
	for name, s := range shapes {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := shortPipeline(t)
			result, err := p.Process(t.Context(), Job{Input: s.video(t), Scratch: scratch(t)})
			if err != nil {
				t.Fatal(err)
			}
			clip := dump(t, result.Clip.Path)
			if len(clip.Streams) != 1 || clip.Streams[0].described() != "h264 High 1280x720 yuv420p 1:1 30/1 bt709 tv" {
				t.Errorf("streams: %+v", clip.Streams)
			}
			if off := result.Duration - shortClip - 2*Bumper; off.Abs() > 100*time.Millisecond {
				t.Errorf("lasts %v", result.Duration)
			}
			s.look(t, framesOf(t, result.Clip.Path, Width, Height, bumperFrames+15)[0])
			if s.memory == 0 {
				s.memory = 500
			}
			checkMemory(t, result, s.memory)
		})
	}
}

// An original outside the scratch directory is taken without being changed.
func TestProcessLeavesTheOriginal(t *testing.T) {
	t.Parallel()
	before, err := os.Stat(plainVideo(t))
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRoom(scratch(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := r.take(plainVideo(t)); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(r.input()); err != nil || after.Size() != before.Size() {
		t.Errorf("%v, %v", after, err)
	}
	if err := os.Remove(r.input()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(plainVideo(t)); err != nil {
		t.Error(err)
	}
}
