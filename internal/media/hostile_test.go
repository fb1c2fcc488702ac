package media

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// file is a file of the corpus with that content.
func file(content string) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		path := filepath.Join(t.TempDir(), "text.mp4")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
}

// twisted is the plain video after change has worked on its bytes.
func twisted(change func(t *testing.T, content []byte) []byte) func(t *testing.T) string {
	return func(t *testing.T) string {
		t.Helper()
		return altered(t, plainVideo(t), func(content []byte) []byte { return change(t, content) })
	}
}

// small is a video of 320×180; its boxes are easily made to claim more.
var small = recipe{name: "small", source: bars("320x180", 24), encode: h264}

// claimsMore is the small video with boxes that say 1920×1080.
func claimsMore(t *testing.T) string {
	t.Helper()
	return altered(t, small.make(t), func(content []byte) []byte {
		entry := content[after(t, content, "avc1"):] // the first is a brand of ftyp
		entry = entry[after(t, entry, "avc1"):]
		binary.BigEndian.PutUint16(entry[24:], 1920)
		binary.BigEndian.PutUint16(entry[26:], 1080)
		return content
	})
}

// hugePictures has decoder parameters for 16000×16000 in boxes that say 1920×1080.
func hugePictures(t *testing.T, content []byte) []byte {
	t.Helper()
	at := after(t, content, "avcC") + 6
	length := int(binary.BigEndian.Uint16(content[at:]))
	sps := slices.Concat([]byte{0x67, 66, 0, 62}, bitsOf(
		exp(0), exp(0), exp(2), exp(1), "0", exp(999), exp(999), "1", "0", "0", "0", "1"))
	if len(sps) > length {
		t.Fatalf("%d bytes do not fit into %d", len(sps), length)
	}
	copy(content[at+2:at+2+length], append(sps, make([]byte, length-len(sps))...))
	return content
}

// exp is an Exp-Golomb code, as H.264 writes numbers.
func exp(n uint) string {
	digits := []byte{}
	for v := n + 1; v > 0; v >>= 1 {
		digits = append([]byte{byte('0' + v&1)}, digits...)
	}
	return strings.Repeat("0", len(digits)-1) + string(digits)
}

func bitsOf(parts ...string) (out []byte) {
	all := strings.Join(parts, "")
	all += strings.Repeat("0", (8-len(all)%8)%8)
	for i := 0; i < len(all); i += 8 {
		var b byte
		for _, bit := range all[i : i+8] {
			b = b<<1 | byte(bit-'0')
		}
		out = append(out, b)
	}
	return out
}

func TestProcessRefuses(t *testing.T) {
	t.Parallel()
	copyOf := func(name string, args ...string) func(t *testing.T) string {
		return func(t *testing.T) string {
			t.Helper()
			return onShelf(t, name+".mp4", func(path string) {
				ffmpeg(t, append(append([]string{"-i", plainVideo(t), "-i", plainVideo(t)}, args...), "-c", "copy", path)...)
			})
		}
	}
	for name, test := range map[string]struct {
		video func(t *testing.T) string
		code  string
	}{
		"nothing":       {file(""), "not_an_mp4"},
		"text":          {file("hello"), "not_an_mp4"},
		"a playlist":    {file("#EXTM3U\n#EXTINF:30,\nhttp://127.0.0.1:9/secret.ts\n#EXT-X-ENDLIST\n"), "not_an_mp4"},
		"a script":      {file("ffconcat version 1.0\nfile 'other.mp4'\n"), "not_an_mp4"},
		"an SVG":        {file(`<svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>`), "not_an_mp4"},
		"only a brand":  {file("\x00\x00\x00\x10ftypisom\x00\x00\x02\x00"), "video_streams"},
		"two videos":    {copyOf("two", "-map", "0:v", "-map", "1:v"), "video_streams"},
		"nine streams":  {copyOf("nine", slices.Repeat([]string{"-map", "0:v"}, 9)...), "too_many_streams"},
		"too short":     {made(recipe{name: "short", source: bars("1920x1080", 24), encode: h264, length: 18}), "duration"},
		"too long":      {made(recipe{name: "long", source: bars("1920x1080", 24), encode: h264, length: 62}), "duration"},
		"too small":     {made(small), "resolution"},
		"old codec":     {made(recipe{name: "mpeg4", source: bars("1920x1080", 24), encode: []string{"-c:v", "mpeg4"}}), "codec"},
		"2,400 frames":  {made(recipe{name: "2400", source: bars("320x180", 2400) + ",scale=1920:1080:flags=neighbor", encode: h264, seconds: 0.05}), "frame_rate"},
		"a slide show":  {made(recipe{name: "slides", source: bars("1920x1080", 2), encode: h264}), "frame_rate"},
		"claims 1080p":  {claimsMore, "resolution"},
		"huge pictures": {twisted(hugePictures), "container"},
		"claims 60,000 wide": {twisted(func(t *testing.T, content []byte) []byte {
			t.Helper()
			entry := content[after(t, content, "stsd"):]
			binary.BigEndian.PutUint16(entry[after(t, entry, "avc1")+24:], 60000)
			return content
		}), "resolution_too_high"},
		"claims four billion samples": {twisted(func(t *testing.T, content []byte) []byte {
			t.Helper()
			binary.BigEndian.PutUint32(content[after(t, content, "stsz")+8:], 1<<32-1)
			return content
		}), "container"},
		"fewer samples than durations": {twisted(func(t *testing.T, content []byte) []byte {
			t.Helper()
			binary.BigEndian.PutUint32(content[after(t, content, "stsz")+8:], 2)
			return content
		}), "container"},
		"claims to be slow": {twisted(func(t *testing.T, content []byte) []byte {
			t.Helper()
			table := content[after(t, content, "stts")+4:]
			binary.BigEndian.PutUint32(table[8:], binary.BigEndian.Uint32(table[8:])*180)
			return content
		}), "frame_rate"},
		"cut": {twisted(func(_ *testing.T, content []byte) []byte { return content[:len(content)*2/3] }), "truncated"},
		"cut, and the box made to fit": {twisted(func(t *testing.T, content []byte) []byte {
			t.Helper()
			at := after(t, content, "mdat")
			content = content[:len(content)*2/3]
			binary.BigEndian.PutUint32(content[at-8:], uint32(len(content)-at+8))
			return content
		}), "truncated"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := scratch(t)
			result, err := shortPipeline(t).Process(t.Context(), Job{Input: test.video(t), Scratch: dir})
			refusal, ok := errors.AsType[*Permanent](err)
			if !ok || refusal.Code != test.code || refusal.ES == "" || refusal.EN == "" {
				t.Errorf("got %v, want %s", err, test.code)
			}
			if result != (Result{}) {
				t.Errorf("a result: %+v", result)
			}
		})
	}
}

// What passes the checks and cannot be decoded is suspect, soon and cheaply.
func TestProcessSuspects(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(t *testing.T, content []byte) []byte{
		"no decoder parameters": func(t *testing.T, content []byte) []byte {
			t.Helper()
			clear(content[after(t, content, "avcC"):][:40])
			return content
		},
		"pictures of zeros": func(t *testing.T, content []byte) []byte {
			t.Helper()
			clear(content[after(t, content, "mdat"):])
			return content
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := shortPipeline(t).Process(t.Context(), Job{Input: twisted(change)(t), Scratch: scratch(t)})
			refused, isRefused := errors.AsType[*Permanent](err)
			suspect, isSuspect := errors.AsType[*Suspect](err)
			switch {
			case isSuspect && suspect.Code == codeFailed && suspect.ES != "" && suspect.Err != nil:
			case isRefused && refused.Code != "": // ffprobe saw it already
			default:
				t.Errorf("got %v", err)
			}
		})
	}
}

// Rubbish between good pictures is a clip with rubbish in it, or suspect; never a crash, never without an end.
func TestProcessSurvivesRubbish(t *testing.T) {
	t.Parallel()
	video := twisted(func(t *testing.T, content []byte) []byte {
		t.Helper()
		media := content[after(t, content, "mdat"):]
		for i := 200; i < len(media); i += 97 {
			media[i] ^= byte(i)
		}
		return content
	})(t)
	_, err := shortPipeline(t).Process(t.Context(), Job{Input: video, Scratch: scratch(t)})
	_, refused := errors.AsType[*Permanent](err)
	_, suspect := errors.AsType[*Suspect](err)
	if err != nil && !refused && !suspect {
		t.Errorf("got %v", err)
	}
}

// listen counts who connects.
func listen(t *testing.T) (address string, connections func() int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	seen := make(chan struct{}, 100)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			seen <- struct{}{}
			conn.Close()
		}
	}()
	return listener.Addr().String(), func() int {
		listener.Close()
		<-done
		return len(seen)
	}
}

// Content that leads elsewhere leads nowhere, even if our own checks were not there: ffprobe with our guards does not
// follow it.
func TestGuardsStopContentThatLeadsElsewhere(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	address, connections := listen(t)
	for name, content := range map[string]string{
		"concat":   "ffconcat version 1.0\nfile 'other.mp4'\n",
		"playlist": "#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nhttp://" + address + "/a.ts\n#EXT-X-ENDLIST\n",
		"dash":     `<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"><Period><BaseURL>http://` + address + `/</BaseURL></Period></MPD>`,
		"sdp":      "v=0\nc=IN IP4 127.0.0.1\nm=video 9 RTP/AVP 96\n",
	} {
		r, err := newRoom(scratchNamed(t, name))
		if err != nil {
			t.Fatal(err)
		}
		other, err := os.ReadFile(plainVideo(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.put("other.mp4", other), r.put(inputName, []byte(content))); err != nil {
			t.Fatal(err)
		}
		answer, _, err := p.probe(t.Context(), r, probeArgs(fromWork(inputName)))
		if err == nil || len(answer.Streams) > 0 {
			t.Errorf("%s: %+v, %v", name, answer, err)
		}
		if name == "concat" { // without the guards it does lead to the other video
			out, err := exec.CommandContext(t.Context(), "ffprobe", "-v", "error", "-show_streams", r.input()).CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte("codec_name=h264")) {
				t.Errorf("the test tests nothing: %v: %s", err, out)
			}
		}
	}
	if n := connections(); n > 0 {
		t.Errorf("%d connections", n)
	}
}

func scratchNamed(t *testing.T, name string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), name)
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A decoder that has been taken over is still in the sandbox: here ffmpeg is told outright to do what it must not.
func TestSandboxHoldsATakenOverFFmpeg(t *testing.T) {
	t.Parallel()
	p := newPipeline(t)
	address, connections := listen(t)
	secret := filepath.Join(t.TempDir(), "secret.mp4")
	content, err := os.ReadFile(plainVideo(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(secret, content, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"connect":      {"-i", "http://" + address + "/a.mp4", "-f", "null", "-"},
		"send":         {"-f", "lavfi", "-i", "testsrc=d=1", "-f", "mpegts", "tcp://" + address},
		"read":         {"-i", secret, "-f", "null", "-"},
		"read /etc":    {"-f", "rawvideo", "-s", "2x2", "-i", "/etc/passwd", "-f", "rawvideo", "out"},
		"write":        {"-f", "lavfi", "-i", "testsrc=d=1", "-f", "mpegts", filepath.Join(shelf, "written.ts")},
		"change input": {"-f", "lavfi", "-i", "testsrc=d=1", "-f", "mpegts", fromWork(inputName)},
	} {
		r, err := newRoom(scratch(t))
		if err != nil {
			t.Fatal(err)
		}
		if err := r.put(inputName, []byte("as it was")); err != nil {
			t.Fatal(err)
		}
		c := call{program: p.prepared().ffmpeg, args: append([]string{"-nostdin", "-v", "error", "-y"}, args...), dir: r.work(), read: r.dir, deadline: time.Minute}
		if _, err := run(t.Context(), c); err == nil {
			t.Errorf("%s: it did", name)
		}
		if content, err := os.ReadFile(r.input()); err != nil || string(content) != "as it was" {
			t.Errorf("%s: input is %q, %v", name, content, err)
		}
	}
	if _, err := os.Stat(filepath.Join(shelf, "written.ts")); err == nil {
		t.Error("it wrote outside")
	}
	if n := connections(); n > 0 {
		t.Errorf("%d connections", n)
	}
}

// Where a link is impossible, the original is copied.
func TestDuplicateCopies(t *testing.T) {
	t.Parallel()
	to := filepath.Join(t.TempDir(), "copy")
	if err := duplicate(plainVideo(t), to); err != nil {
		t.Fatal(err)
	}
	a, errA := os.Open(plainVideo(t))
	b, errB := os.Open(to)
	if err := errors.Join(errA, errB); err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	defer b.Close()
	one, errA := io.ReadAll(a)
	two, errB := io.ReadAll(b)
	if err := errors.Join(errA, errB); err != nil || !bytes.Equal(one, two) {
		t.Errorf("%d and %d bytes, %v", len(one), len(two), err)
	}
	if err := duplicate("/nowhere", to); err == nil {
		t.Error("copied nothing")
	}
}
