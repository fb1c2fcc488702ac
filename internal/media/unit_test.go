package media

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/bits"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/internal/media/mp4"
)

func TestMeterCountsFrames(t *testing.T) {
	t.Parallel()
	var percents []int
	m := newMeter(100, func(n int) { percents = append(percents, n) })
	for _, piece := range []string{"frame=1\nfps=3\nfra", "me= 50 \n", "frame=50\n", "frame=40\n", "frame=x\n", "out_time_us=9\nframe=400\n", strings.Repeat("y", 9000)} {
		if n, err := m.Write([]byte(piece)); n != len(piece) || err != nil {
			t.Fatal(n, err)
		}
	}
	m.advance(100)
	if fmt.Sprint(percents) != "[47 95 100]" {
		t.Errorf("got %v", percents)
	}
	if len(m.rest) > 0 {
		t.Error("it keeps what is no line")
	}
}

func TestFitKeepsTheShape(t *testing.T) {
	t.Parallel()
	for in, want := range map[[2]int][2]int{
		{1920, 1080}: {1280, 720}, {3840, 2160}: {1280, 720}, {1080, 1920}: {406, 720}, {1440, 1080}: {960, 720}, {2560, 1080}: {1280, 540},
		{1080, 1080}: {720, 720}, {4096, 2160}: {1280, 676}, {1080, 4096}: {190, 720},
	} {
		if w, h := fit(in[0], in[1], Width, Height); [2]int{w, h} != want {
			t.Errorf("%v: %d×%d, want %v", in, w, h, want)
		}
	}
}

func TestPlanShowsAtMostThirtySeconds(t *testing.T) {
	t.Parallel()
	info := mp4.Info{Tracks: 1, VideoTracks: 1, Codec: "avc1", Width: 1920, Height: 1080, Duration: 45 * time.Second, Frames: 900, FrameRate: 20}
	answer := probed{Streams: []probedStream{{Type: "video", Codec: "h264", Width: 1920, Height: 1080}}}
	got, err := answer.plan(info)
	if err != nil || got.clip != 30*time.Second || got.frames() != 900 || !strings.Contains(graph(got), "trim=end_frame=900") {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestPlanFollowsTheDecoder(t *testing.T) {
	t.Parallel()
	info := mp4.Info{Size: 1, Tracks: 1, VideoTracks: 1, Codec: "avc1", Width: 1920, Height: 1080, Duration: 25 * time.Second, Frames: 750, FrameRate: 30}
	const sound = `{"index":0,"codec_type":"audio","codec_name":"aac"},`
	for name, test := range map[string]struct {
		streams string
		want    plan
		code    string
	}{
		"plain": {
			sound + `{"index":1,"codec_type":"video","codec_name":"h264","width":1920,"height":1080}`,
			plan{stream: 1, clip: 25 * time.Second, width: 1280, height: 720},
			"",
		},
		"a cover first": {
			`{"index":0,"codec_type":"video","codec_name":"mjpeg","width":99,"height":99,"disposition":{"attached_pic":1}},` +
				`{"index":1,"codec_type":"video","codec_name":"hevc","width":1920,"height":1080,"color_space":"bt2020nc","color_transfer":"smpte2084"}`,
			plan{stream: 1, clip: 25 * time.Second, width: 1280, height: 720, hdr: "smpte2084", convert: true},
			"",
		},
		"late": {
			sound + `{"index":1,"codec_type":"video","codec_name":"h264","width":1920,"height":1080,"start_time":"0.5"}`,
			plan{stream: 1, clip: 25 * time.Second, late: 500 * time.Millisecond, width: 1280, height: 720},
			"",
		},
		"turned": {
			`{"codec_type":"video","codec_name":"h264","width":1920,"height":1080,"side_data_list":[{"rotation":-90}]}`,
			plan{clip: 25 * time.Second, width: 406, height: 720},
			"",
		},
		"two":           {`{"codec_type":"video","codec_name":"h264"},{"codec_type":"video","codec_name":"h264"}`, plan{}, "video_streams"},
		"none":          {strings.TrimSuffix(sound, ","), plan{}, "video_streams"},
		"another codec": {`{"codec_type":"video","codec_name":"cinepak","width":1920,"height":1080}`, plan{}, "codec"},
		"thin pixels":   {`{"codec_type":"video","codec_name":"h264","width":1920,"height":1080,"sample_aspect_ratio":"1:4"}`, plan{}, "resolution"},
		"huge":          {`{"codec_type":"video","codec_name":"h264","width":16000,"height":16000}`, plan{}, "resolution_too_high"},
	} {
		var answer probed
		if err := json.Unmarshal([]byte(`{"streams":[`+test.streams+`],"format":{"start_time":"0.0"}}`), &answer); err != nil {
			t.Fatal(err)
		}
		got, err := answer.plan(info)
		refusal, _ := errors.AsType[*Permanent](err)
		switch {
		case test.code != "" && (refusal == nil || refusal.Code != test.code):
			t.Errorf("%s: %v, want %s", name, err, test.code)
		case test.code == "" && (err != nil || got != test.want):
			t.Errorf("%s: %+v, %v, want %+v", name, got, err, test.want)
		}
	}
}

// Every refusal of package mp4 has a code here, and no other error becomes one.
func TestEveryRefusalHasACode(t *testing.T) {
	t.Parallel()
	for _, refusal := range []*fault.Fault{
		mp4.ErrNotMP4, mp4.ErrMalformed, mp4.ErrTooLarge, mp4.ErrTruncated, mp4.ErrTooManyTracks, mp4.ErrNoVideo, mp4.ErrSeveralVideos, mp4.ErrCodec,
		mp4.ErrTooShort, mp4.ErrTooLong, mp4.ErrTooSmall, mp4.ErrTooManyPixels, mp4.ErrFrameRate, mp4.ErrTooManyFrames,
	} {
		if p, ok := errors.AsType[*Permanent](refuse(refusal)); !ok || p.Code == "" || p.ES == "" || !strings.Contains(p.Error(), p.Code) {
			t.Errorf("%s: %+v", refusal.Code, p)
		}
	}
	if _, ok := errors.AsType[*Permanent](refuse(os.ErrClosed)); ok {
		t.Error("a disk is a refusal")
	}
}

// still writes one still of a room; what says how bright a pixel is.
func still(t *testing.T, r room, number int, what func(x, y int) uint8) {
	t.Helper()
	picture := image.NewGray(image.Rect(0, 0, PosterWidth, PosterHeight))
	for y := range PosterHeight {
		for x := range PosterWidth {
			picture.SetGray(x, y, color.Gray{what(x, y)})
		}
	}
	file, err := os.Create(r.out(fmt.Sprintf(stillPattern, number)))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := jpeg.Encode(file, picture, nil); err != nil {
		t.Fatal(err)
	}
}

func TestThePosterIsTheBestStill(t *testing.T) {
	t.Parallel()
	r, err := newRoom(scratch(t))
	if err != nil {
		t.Fatal(err)
	}
	checks := func(dark, light uint8, size int) func(x, y int) uint8 {
		return func(x, y int) uint8 {
			if (x/size+y/size)%2 == 0 {
				return dark
			}
			return light
		}
	}
	made := plan{clip: 4 * time.Second}
	still(t, r, 5, checks(90, 160, 4)) // a bumper's
	still(t, r, 6, func(x, _ int) uint8 { return uint8(80 + x/10) })
	still(t, r, 8, checks(0, 255, 8)) // sharp, and nothing to see
	still(t, r, 10, checks(90, 160, 8))
	still(t, r, 12, checks(110, 130, 8))
	if err := choosePoster(r, made); err != nil {
		t.Fatal(err)
	}
	best, err := os.ReadFile(r.out(fmt.Sprintf(stillPattern, 10)))
	if err != nil {
		t.Fatal(err)
	}
	if chosen, err := os.ReadFile(r.out(jpegName)); err != nil || !bytes.Equal(chosen, best) {
		t.Errorf("another still was chosen: %v", err)
	}
	empty, err := newRoom(scratchNamed(t, "empty"))
	if err != nil {
		t.Fatal(err)
	}
	if err := choosePoster(empty, made); err == nil {
		t.Error("a poster from nothing")
	}
}

// scene is what the hash sees of a video: shapes that depend on seed, and drift.
func scene(seed float64, seconds int, change func(v float64) float64) []byte {
	var out []byte
	for f := range int((Bumper.Seconds()*2 + float64(seconds)) * hashRate) {
		for y := range hashSide {
			for x := range hashSide {
				v := 120 + 60*math.Sin(seed+float64(x)/5+float64(f)/9) + 50*math.Cos(seed*3+float64(y)/4-float64(x)*seed/9)
				out = append(out, uint8(max(0, min(255, change(v)))))
			}
		}
	}
	return out
}

func TestTheHashKnowsAVideoAgain(t *testing.T) {
	t.Parallel()
	made := plan{clip: 20 * time.Second}
	hash := func(frames []byte) []byte {
		raw, err := hex.DecodeString(perceptualHash(frames, made))
		if err != nil || len(raw) != 20*8 {
			t.Fatalf("%d bytes, %v", len(raw), err)
		}
		return raw
	}
	differ := func(a, b []byte) (n int) {
		for i := range a {
			n += bits.OnesCount8(a[i] ^ b[i])
		}
		return n
	}
	same := func(v float64) float64 { return v }
	one := hash(scene(1.3, 20, same))
	again := hash(scene(1.3, 20, func(v float64) float64 { return v*0.9 + 7 }))
	other := hash(scene(2.9, 20, same))
	if a, b := differ(one, again), differ(one, other); a > 20*6 || b < 20*16 {
		t.Errorf("alike %d, unlike %d bits of %d", a, b, 20*64)
	}
	if short := perceptualHash(nil, made); short != "" {
		t.Errorf("a hash of nothing: %s", short)
	}
}

func TestSampleClipsDiffer(t *testing.T) {
	t.Parallel()
	a, b := drawCourt(SampleOptions{Seed: 1, Height: 240}), drawCourt(SampleOptions{Seed: 2, Height: 240})
	if bytes.Equal(a.Pix, b.Pix) || !bytes.Equal(a.Pix, drawCourt(SampleOptions{Seed: 1, Height: 240}).Pix) {
		t.Error("seeds make no difference, or the same seed does")
	}
	path := filepath.Join(t.TempDir(), "sample.mp4")
	if err := SampleClip(t.Context(), path, SampleOptions{Seed: 3, Seconds: 21, Height: 240}); err != nil {
		t.Fatal(err)
	}
	info, err := scanFile(path)
	if err != nil || info.Width != 426 || info.Height != 240 || (info.Duration-21*time.Second).Abs() > 100*time.Millisecond {
		t.Errorf("%+v, %v", info, err)
	}
	for _, o := range []SampleOptions{{Seconds: 121}, {Height: 241}, {Height: 99999}, {Seconds: -1}} {
		if err := SampleClip(t.Context(), path, o); err == nil {
			t.Errorf("%+v: no error", o)
		}
	}
}

func TestBenchComparesTheSameVideo(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	figures, err := bench{cache: newPipeline(t).config.CacheDir, seconds: 20, clip: shortClip, runs: 1}.transcode(t.Context(), &out)
	if err != nil || figures.Bare == 0 || figures.Full < figures.Bare || figures.PeakRSS == 0 || !strings.Contains(out.String(), "ratio") {
		t.Errorf("%+v, %v: %s", figures, err, out.String())
	}
}
