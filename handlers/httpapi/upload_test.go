package httpapi_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/media/mp4"
)

func TestUpload(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	clip := film(30, 1080, 1920)
	a := s.upload(token, form(t, videoField(clip), titleField(" Mate 🏀 "))).want(201)
	m, id := a.object(), a.text("video_id")
	if m["message"] != "Video subido correctamente. Procesamiento en curso." || m["task_id"] != id || len(m) != 3 {
		t.Errorf("got %s", a.body)
	}
	key := "originals/" + id + "/" + hexSum(clip) + ".mp4"
	if !bytes.Equal(s.objects[key], clip) {
		t.Errorf("the original is not at %s", key)
	}
	v := s.get("/api/videos/"+id, token).want(200).object()
	if v["title"] != "Mate 🏀" || v["is_public"] != true || v["duration"] != 30.0 || v["status"] != "uploaded" || v["stage"] != "queued" {
		t.Errorf("got %v", v)
	}
	if got := s.videos[0].Original; got.Key != key || got.Bytes != int64(len(clip)) || got.SHA256 != hexSum(clip) {
		t.Errorf("original %+v", got)
	}
}

func TestUploadForms(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	file, title := videoField(film(20, 1920, 1080)), titleField("x")
	flag := func(value string) field { return field{name: "is_public", content: value} }
	for name, c := range map[string]struct {
		fields []field
		public bool
	}{
		"title first":         {[]field{title, file}, true},
		"private":             {[]field{file, title, flag("false")}, false},
		"private, flag first": {[]field{flag("FALSE"), title, file}, false},
		"private as a number": {[]field{file, flag("0"), title}, false},
		"public said":         {[]field{file, flag("True"), title}, true},
		"fields of others":    {[]field{{name: "user_id", content: "x"}, file, {name: "description", content: "y"}, title}, true},
		"odd file name":       {[]field{{"video_file", "../../etc/passwd", file.content}, title}, true},
		"no file name":        {[]field{{"video_file", "", file.content}, title}, true},
		"long title":          {[]field{file, titleField(strings.Repeat("ñ", 100))}, true},
		"right to left":       {[]field{file, titleField("مرحبا \u200fשלום")}, true},
		"markup":              {[]field{file, titleField(`<img src=x onerror=alert(1)> "; DROP TABLE videos; --`)}, true},
	} {
		id := s.upload(token, form(t, c.fields...)).want(201).text("video_id")
		if got := s.get("/api/videos/"+id, token).want(200).object()["is_public"]; got != c.public {
			t.Errorf("%s: is_public is %v", name, got)
		}
	}
}

func TestUploadRefusals(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	good := film(30, 1920, 1080)
	file, title := videoField(good), titleField("x")
	for name, c := range map[string]struct {
		fields []field
		code   string
	}{
		"nothing":             {nil, "upload.file-missing"},
		"no file":             {[]field{title}, "upload.file-missing"},
		"no title":            {[]field{file}, "upload.bad-title"},
		"empty title":         {[]field{file, titleField("")}, "upload.bad-title"},
		"blank title":         {[]field{file, titleField(" \t ")}, "upload.bad-title"},
		"long title":          {[]field{file, titleField(strings.Repeat("x", 101))}, "upload.bad-title"},
		"very long title":     {[]field{titleField(strings.Repeat("👍", 10_000)), file}, "upload.bad-title"},
		"NUL in the title":    {[]field{file, titleField("a\x00b")}, "upload.bad-title"},
		"line in the title":   {[]field{file, titleField("a\nb")}, "upload.bad-title"},
		"bad UTF-8":           {[]field{file, titleField("a\xffb")}, "upload.bad-title"},
		"flag":                {[]field{file, title, {name: "is_public", content: "perhaps"}}, "upload.bad-is-public"},
		"empty flag":          {[]field{file, title, {name: "is_public"}}, "upload.bad-is-public"},
		"wrong field":         {[]field{{"file", "clip.mp4", string(good)}, title}, "upload.unexpected-file"},
		"file as title":       {[]field{file, {"title", "t.txt", "x"}}, "upload.unexpected-file"},
		"two files":           {[]field{file, title, file}, "upload.field-repeated"},
		"two titles":          {[]field{title, title, file}, "upload.field-repeated"},
		"two flags":           {[]field{{name: "is_public", content: "1"}, {name: "is_public", content: "0"}, file, title}, "upload.field-repeated"},
		"empty file":          {[]field{{"video_file", "clip.mp4", ""}, title}, "upload.file-empty"},
		"text named mp4":      {[]field{{"video_file", "clip.mp4", "hello, I am a video"}, title}, "upload.not-an-mp4"},
		"a playlist":          {[]field{{"video_file", "clip.mp4", "ffconcat version 1.0\nfile /etc/passwd\n"}, title}, "upload.not-an-mp4"},
		"a remote playlist":   {[]field{{"video_file", "clip.mp4", "#EXTM3U\n#EXTINF:10,\nhttp://169.254.169.254/latest/\n"}, title}, "upload.not-an-mp4"},
		"too short":           {[]field{videoField(film(19, 1920, 1080)), title}, "upload.too-short"},
		"too long":            {[]field{videoField(film(61, 1920, 1080)), title}, "upload.too-long"},
		"too small":           {[]field{videoField(film(30, 1280, 720)), title}, "upload.too-small"},
		"cut off":             {[]field{videoField(good[:len(good)-100]), title}, "upload.truncated"},
		"many fields":         {append(slices.Repeat([]field{{name: "x", content: "y"}}, 40), file, title), "upload.form-too-large"},
		"much beside":         {[]field{{name: "x", content: strings.Repeat("y", 2<<20)}, file, title}, "upload.form-too-large"},
		"title of two MB":     {[]field{titleField(strings.Repeat("y", 2<<20)), file}, "upload.bad-title"},
		"file field, no name": {[]field{{"", "clip.mp4", string(good)}, title}, "upload.unexpected-file"},
	} {
		if p := s.upload(token, form(t, c.fields...)).want(400).object(); p["code"] != c.code {
			t.Errorf("%s: got %v, want %s", name, p["code"], c.code)
		}
	}
	whole := form(t, file, title)
	s.upload(token, whole[:len(whole)-200]).refused(400, "upload.broken-form")
	s.upload(token, []byte("no form at all")).refused(400, "upload.broken-form")
	s.upload(token, nil).refused(400, "upload.broken-form")
	for _, kind := range []string{"", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x", "video/mp4"} {
		s.upload(token, whole, "Content-Type", kind).refused(400, "upload.not-a-form")
	}
	s.upload(token, whole, "Content-Type", "multipart/form-data; boundary=another").refused(400, "upload.broken-form")
	s.nothingLeft()
}

func TestUploadSizes(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	s.upload(token, form(t, titleField("x"), videoField(padded(mp4.MaxBytes+1)))).refused(400, "upload.too-large")
	s.nothingLeft()
	s.upload(token, form(t, titleField("x"), videoField(padded(mp4.MaxBytes)))).want(201)
}

func TestUploadLeavesNothingOnDisk(t *testing.T) {
	t.Parallel()
	var dir string
	s := start(t, func(c *httpapi.Config) { dir = c.ScratchDir })
	_, token := s.join("ana")
	s.upload(token, form(t, titleField("x"), videoField(film(30, 1920, 1080)))).want(201)
	s.upload(token, form(t, videoField([]byte("nothing")))).want(400)
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestUploadWhenTheStoreOrTheLogFails(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	body := form(t, titleField("x"), videoField(film(30, 1920, 1080)))
	s.storing = errStoring
	s.upload(token, body).refused(500, "internal")
	s.nothingLeft()
	s.storing, s.broken = nil, video.ErrTitle // refused: the object is of no use
	s.upload(token, body).refused(400, "upload.bad-title")
	s.nothingLeft()
	s.broken = errors.New("connection lost") // perhaps it was entered: the sweep will know
	s.upload(token, body).refused(500, "internal")
	if len(s.objects) != 1 {
		t.Errorf("%d objects", len(s.objects))
	}
}

func TestUploadIsReplayedByItsKey(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	_, other := s.join("beto")
	body := form(t, titleField("x"), videoField(film(30, 1920, 1080)))
	first := s.upload(token, body, "Idempotency-Key", "k1").want(201)
	again := s.upload(token, body, "Idempotency-Key", "k1").want(201)
	if !bytes.Equal(first.body, again.body) || len(s.videos) != 1 {
		t.Errorf("%s and %s, %d videos", first.body, again.body, len(s.videos))
	}
	s.upload(token, body, "Idempotency-Key", "k2").want(201)
	s.upload(other, body, "Idempotency-Key", "k1").want(201)
	s.upload(token, body).want(201)
	if len(s.videos) != 4 {
		t.Errorf("%d videos", len(s.videos))
	}
}

// A client that lost its connection tries again while the first try is still on its way, and the second one's storing
// fails: both are of one object, which is the first one's by then.
func TestUploadSurvivesASecondTryThatFails(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	body := form(t, titleField("x"), videoField(film(30, 1920, 1080)))
	var tries atomic.Int32
	bothStore, entered := make(chan struct{}), make(chan struct{})
	s.storing = func(context.Context) error {
		if tries.Add(1) == 1 {
			<-bothStore
			return nil
		}
		close(bothStore)
		<-entered
		return errStore
	}
	second := make(chan *answer)
	go func() { second <- s.upload(token, body, "Idempotency-Key", "k") }()
	go func() { second <- s.upload(token, body, "Idempotency-Key", "k") }()
	(<-second).want(201)
	close(entered)
	(<-second).refused(500, "internal")
	if len(s.videos) != 1 || len(s.objects) != 1 {
		t.Errorf("%d videos, %d objects", len(s.videos), len(s.objects))
	}
}

// Each upload that runs may make the process grow by less than 16 MiB, whatever its size.
//
//nolint:paralleltest // it looks at the memory of the whole process
func TestUploadMemory(t *testing.T) {
	s := start(t)
	_, token := s.join("ana")
	const uploads, limit = 4, 16 << 20
	body := form(t, titleField("x"), videoField(padded(80<<20)))
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	done := make(chan struct{})
	var all, sampler sync.WaitGroup
	var peak uint64
	sampler.Go(func() {
		tick := time.NewTicker(5 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				runtime.ReadMemStats(&now)
				peak = max(peak, now.HeapAlloc)
			}
		}
	})
	for range uploads {
		all.Go(func() { s.upload(token, body).want(201) })
	}
	all.Wait()
	close(done)
	sampler.Wait()
	if grown := int64(peak) - int64(before.HeapAlloc); grown > uploads*limit {
		t.Errorf("%d uploads made the heap grow by %d MiB", uploads, grown>>20)
	}
}
