package mp4_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/internal/media/mp4"
)

func fine() mp4.Info {
	return mp4.Info{
		Size: 1 << 20, Brand: "isom", Tracks: 2, VideoTracks: 1, Codec: "avc1", Width: 1920, Height: 1080,
		Duration: 30 * time.Second, Frames: 900, FrameRate: 30,
	}
}

func TestCheckTakes(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*mp4.Info){
		"a plain video":             func(*mp4.Info) {},
		"nineteen and a half":       func(i *mp4.Info) { i.Duration = 19500 * time.Millisecond },
		"sixty and a half":          func(i *mp4.Info) { i.Duration = 60500 * time.Millisecond },
		"a hundred megabytes":       func(i *mp4.Info) { i.Size = 100 << 20 },
		"portrait":                  func(i *mp4.Info) { i.Width, i.Height = 1080, 1920 },
		"square":                    func(i *mp4.Info) { i.Width, i.Height = 1080, 1080 },
		"4K":                        func(i *mp4.Info) { i.Width, i.Height = 3840, 2160 },
		"cinema 4K, portrait":       func(i *mp4.Info) { i.Width, i.Height = 2304, 4096 },
		"HEVC":                      func(i *mp4.Info) { i.Codec = "hvc1" },
		"ten frames, a little less": func(i *mp4.Info) { i.FrameRate = 9.99 },
		"eight thousand frames":     func(i *mp4.Info) { i.Frames = 8000 },
		"eight tracks":              func(i *mp4.Info) { i.Tracks = 8 },
	} {
		info := fine()
		change(&info)
		if err := mp4.Check(info); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*mp4.Info)
		want   *fault.Fault
		es     string
	}{
		"one byte too many": {func(i *mp4.Info) { i.Size = 100<<20 + 1 }, mp4.ErrTooLarge, "El archivo pesa 100,1 MB; el máximo es 100 MB."},
		"QuickTime":         {func(i *mp4.Info) { i.QuickTime = true }, mp4.ErrNotMP4, "MOV"},
		"cut":               {func(i *mp4.Info) { i.Truncated = true; i.VideoTracks = 0 }, mp4.ErrTruncated, "incompleto"},
		"nine tracks":       {func(i *mp4.Info) { i.Tracks = 9 }, mp4.ErrTooManyTracks, "9 pistas; el máximo es 8"},
		"sound alone":       {func(i *mp4.Info) { i.VideoTracks = 0 }, mp4.ErrNoVideo, "ninguna"},
		"two videos":        {func(i *mp4.Info) { i.VideoTracks = 2 }, mp4.ErrSeveralVideos, "2 pistas"},
		"MPEG-4 part 2":     {func(i *mp4.Info) { i.Codec = "mp4v" }, mp4.ErrCodec, "«mp4v»"},
		"a hostile codec":   {func(i *mp4.Info) { i.Codec = "<\x00\xff\"" }, mp4.ErrCodec, "«????»"},
		"too short":         {func(i *mp4.Info) { i.Duration = 19499 * time.Millisecond }, mp4.ErrTooShort, "El video dura 19,5 s; el mínimo es 20 s."},
		"too long":          {func(i *mp4.Info) { i.Duration = 74 * time.Second }, mp4.ErrTooLong, "El video dura 74 s; el máximo es 60 s."},
		"720p":              {func(i *mp4.Info) { i.Width, i.Height = 1280, 720 }, mp4.ErrTooSmall, "1280×720; el lado corto debe tener al menos 1080"},
		"nothing to see":    {func(i *mp4.Info) { i.Width, i.Height = 0, 0 }, mp4.ErrTooSmall, "0×0"},
		"8K":                {func(i *mp4.Info) { i.Width, i.Height = 7680, 4320 }, mp4.ErrTooManyPixels, "el máximo es 4096×2304"},
		"a large square":    {func(i *mp4.Info) { i.Width, i.Height = 4000, 4000 }, mp4.ErrTooManyPixels, "4000×4000"},
		"a slide show":      {func(i *mp4.Info) { i.FrameRate = 1 }, mp4.ErrFrameRate, "de 10 a 130"},
		"2,400 a second":    {func(i *mp4.Info) { i.FrameRate = 2400 }, mp4.ErrFrameRate, "2400"},
		"too many frames":   {func(i *mp4.Info) { i.Frames = 8001 }, mp4.ErrTooManyFrames, "8001 imágenes; el máximo es 8000"},
	} {
		info := fine()
		test.change(&info)
		err := mp4.Check(info)
		if !errors.Is(err, test.want) {
			t.Errorf("%s: got %v, want %s", name, err, test.want.Code)
			continue
		}
		if f, _ := errors.AsType[*fault.Fault](err); !strings.Contains(f.ES, test.es) || f.EN == "" || f.Kind != fault.Invalid {
			t.Errorf("%s: says %q", name, f.ES)
		}
	}
}
