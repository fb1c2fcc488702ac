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

// turnedHLG says that it is HDR, which it is not, and has a rotation by a quarter in its track header.
func turnedHLG(t *testing.T) string {
	t.Helper()
	video := recipe{name: "hlg", source: bars("1920x1080", 24), encode: with(h264, "-color_trc", "arib-std-b67")}.make(t)
	return altered(t, video, func(content []byte) []byte {
		matrix := content[after(t, content, "tkhd")+40:]
		for i, v := range []uint32{0, 1 << 16, 0, 0xffff0000, 0, 0, 0, 0, 1 << 30} {
			binary.BigEndian.PutUint32(matrix[4*i:], v)
		}
		return content
	})
}

// shapes pair what has nothing to do with each other, since each costs a pass. All of them have their index at the end and
// no sound, as ffmpeg writes them.
var shapes = map[string]shape{
	"AV1, portrait": {video: made(recipe{
		name: "av1", source: bars("1080x1920", 12), encode: []string{"-c:v", "libaom-av1", "-usage", "realtime", "-cpu-used", "8", "-b:v", "1M"},
	}), look: softAtTheSides},
	"VP9, 60 a second, BT.601": {video: made(recipe{
		name: "vp9", source: bars("1920x1080", 60), seconds: 0.5,
		encode: []string{"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-b:v", "1M", "-colorspace", "smpte170m"},
	}), look: fillsThePicture},
	"HEVC, ten bits, 4 to 3": {video: made(recipe{
		name: "hevc10", source: bars("1440x1080", 24), encode: with(hevc, "-pix_fmt", "yuv420p10le"),
	}), look: blackAtTheSides},
	"444, uneven, fragmented": {video: made(recipe{
		name: "uneven", source: bars("1920x1080", 24) + ",setpts='(N+floor(N/12)*12)/48/TB'",
		encode: with(h264, "-pix_fmt", "yuv444p", "-fps_mode", "vfr", "-bf", "0"),
		pack:   []string{"-movflags", "frag_keyframe+empty_moov+default_base_moof"},
	}), look: fillsThePicture},
	"HDR": {video: made(recipe{name: "hdr", source: bars("1920x1080", 24), encode: []string{
		"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=2:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc",
		"-pix_fmt", "yuv420p10le", "-tag:v", "hvc1",
	}}), look: fillsThePicture},
	"HDR in name only, turned": {video: turnedHLG, look: softAtTheSides},
	"4K HEVC": {video: made(recipe{
		name: "4k", source: bars("3840x2160", 24), encode: with(hevc, "-pix_fmt", "yuv420p10le"), seconds: 0.25,
	}), look: fillsThePicture, memory: 800},
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

// How a video is fitted in needs no pass to be seen.
func TestExamineFitsTheVideoIn(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		video         func(t *testing.T) string
		width, height int
	}{
		"as it is":   {plainVideo, 1280, 720},
		"wide dots":  {made(recipe{name: "anamorphic", source: bars("1440x1080", 24) + ",setsar=4/3", encode: h264}), 1280, 720},
		"square":     {made(recipe{name: "square", source: bars("1080x1080", 24), encode: h264}), 720, 720},
		"with sound": {upload, 1280, 720},
	} {
		r, err := newRoom(scratchNamed(t, name))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.take(test.video(t)); err != nil {
			t.Fatal(err)
		}
		got, _, err := newPipeline(t).examine(t.Context(), r)
		if err != nil || got.width != test.width || got.height != test.height || (got.clip-20*time.Second).Abs() > 100*time.Millisecond {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
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
