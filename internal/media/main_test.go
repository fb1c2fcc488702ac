package media

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/media/sandbox"
)

// shelf is a directory that all tests share: the clips that they are about, made once, and the rendered bumpers.
var shelf string

func TestMain(m *testing.M) {
	sandbox.RunIfChild()
	os.Exit(func() int {
		var err error
		if shelf, err = os.MkdirTemp("", "media-test-"); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(shelf)
		return m.Run()
	}())
}

// shortClip is how much of a video the tests show, most of the time: shape and colour need no thirty seconds.
const shortClip = time.Second

// newPipeline is prepared. Preparing asks the programs for their version and renders the bumpers: once for all tests.
func newPipeline(t *testing.T) *Pipeline {
	t.Helper()
	return pipelineWith(t, "")
}

func pipelineWith(t *testing.T, art string) *Pipeline {
	t.Helper()
	p, err := New(Config{CacheDir: filepath.Join(shelf, "cache"), ArtworkDir: art, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	p.limits.probe = time.Minute // other tests have the cores too
	ready.Lock()
	defer ready.Unlock()
	if p.state = ready.states[art]; p.state != nil {
		return p
	}
	if err := p.Ready(t.Context()); err != nil {
		t.Fatal(err)
	}
	ready.states[art] = p.state
	return p
}

// ready is what prepared pipelines work with, by the directory of their artwork. Nobody changes it.
var ready = struct {
	sync.Mutex
	states map[string]*state
}{states: map[string]*state{}}

// shortPipeline is for tests of what lies between the bumpers. Its own are an operator's in which nothing moves: ours cost
// most of a pass as short as that.
func shortPipeline(t *testing.T) *Pipeline {
	t.Helper()
	p := pipelineWith(t, stillArt(t))
	p.limits.clip = shortClip
	return p
}

func stillArt(t *testing.T) string {
	t.Helper()
	return onShelf(t, "art", func(dir string) {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Error(err)
			return
		}
		for name, colour := range map[string]string{"opening.mp4": "teal", "closing.mp4": "navy"} {
			ffmpeg(t, with([]string{"-f", "lavfi", "-i", "color=" + colour + ":s=1280x720:r=30:d=1"}, with(h264, filepath.Join(dir, name))...)...)
		}
	})
}

// scratch is a directory as a worker has it: inside one that nobody else may enter.
func scratch(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "job")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

func ffmpeg(t *testing.T, args ...string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "ffmpeg", append([]string{"-nostdin", "-v", "error", "-y"}, args...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("ffmpeg %v: %v: %s", args, err, out)
	}
}

var shelved sync.Map // name → func() error

// onShelf makes a file once for all tests and says where it is.
func onShelf(t *testing.T, name string, create func(path string)) string {
	t.Helper()
	path := filepath.Join(shelf, name)
	once, _ := shelved.LoadOrStore(name, sync.OnceFunc(func() { create(path) }))
	once.(func())()
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("the test that makes %s failed", name)
	}
	return path
}

// recipe is a video of the corpus: a second or two are encoded and repeated.
type recipe struct {
	name    string
	source  string   // lavfi
	encode  []string // codec and its options
	seconds float64  // encoded; 0 = 1
	length  int      // repeated until, seconds; 0 = 20
	pack    []string // options of the copy that repeats
}

// bars is a still picture: cheap to encode, and one sees where its edges are.
func bars(size string, rate int) string { return fmt.Sprintf("smptehdbars=s=%s:r=%d", size, rate) }

var (
	h264 = []string{"-c:v", "libx264", "-preset", "ultrafast", "-threads", "2", "-pix_fmt", "yuv420p"}
	hevc = []string{"-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=none:pools=2", "-tag:v", "hvc1"}
)

func with(args []string, more ...string) []string {
	return append(append([]string{}, args...), more...)
}

func (r recipe) make(t *testing.T) string {
	t.Helper()
	return onShelf(t, r.name+".mp4", func(path string) {
		seconds, length := r.seconds, r.length
		if seconds == 0 {
			seconds = 1
		}
		if length == 0 {
			length = 20
		}
		once := path + ".once.mp4"
		ffmpeg(t, append(append([]string{"-f", "lavfi", "-i", r.source, "-t", fmt.Sprint(seconds)}, r.encode...), once)...)
		ffmpeg(t, append(append([]string{"-stream_loop", "-1", "-i", once, "-c", "copy", "-t", strconv.Itoa(length)}, r.pack...), path)...)
	})
}

func plainVideo(t *testing.T) string {
	t.Helper()
	return recipe{name: "plain", source: bars("1920x1080", 24), encode: h264, pack: []string{"-movflags", "+faststart"}}.make(t)
}

// altered is a copy of a file on which change has worked.
func altered(t *testing.T, path string, change func([]byte) []byte) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "altered.mp4")
	if err := os.WriteFile(copied, change(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return copied
}

// after is the place behind the first box of that type's name.
func after(t *testing.T, content []byte, kind string) int {
	t.Helper()
	at := bytes.Index(content, []byte(kind))
	if at < 0 {
		t.Fatalf("no %s", kind)
	}
	return at + len(kind)
}

// frame is one picture of a video, as RGB.
type frame struct {
	pixels        []byte
	width, height int
}

// framesOf are the frames of a video with those numbers, brought to a size. What comes after the last is not decoded.
func framesOf(t *testing.T, path string, width, height int, numbers ...int) []frame {
	t.Helper()
	wanted := make([]string, len(numbers))
	for i, n := range numbers {
		wanted[i] = fmt.Sprintf("eq(n,%d)", n)
	}
	out, err := exec.CommandContext(t.Context(), "ffmpeg", "-nostdin", "-v", "error", "-i", path, "-vf",
		fmt.Sprintf("select='%s',scale=%d:%d", strings.Join(wanted, "+"), width, height),
		"-fps_mode", "passthrough", "-frames:v", strconv.Itoa(len(numbers)), "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1").Output()
	if err != nil {
		t.Fatal(err)
	}
	size := width * height * 3
	if len(out) != size*len(numbers) {
		t.Fatalf("%s has not all of the frames %v", path, numbers)
	}
	frames := make([]frame, len(numbers))
	for i := range frames {
		frames[i] = frame{out[i*size : (i+1)*size], width, height}
	}
	return frames
}

// area is a part of a picture, in its pixels.
type area struct{ left, top, right, bottom int }

// distance is the mean difference of two pictures in an area, 0–255.
func (f frame) distance(other frame, a area) float64 {
	var sum, n float64
	for y := a.top; y < a.bottom; y++ {
		for i := (y*f.width + a.left) * 3; i < (y*f.width+a.right)*3; i++ {
			sum += abs(float64(f.pixels[i]) - float64(other.pixels[i]))
			n++
		}
	}
	return sum / n
}

// brightness is the mean of an area, 0–255.
func (f frame) brightness(a area) float64 {
	return f.distance(frame{make([]byte, len(f.pixels)), f.width, f.height}, a)
}

func (f frame) all() area { return area{0, 0, f.width, f.height} }
