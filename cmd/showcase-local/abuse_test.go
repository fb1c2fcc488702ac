package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/e2e"
)

const maxVideo = 100 << 20 // bytes

// TestUploadAbuse sends what no player should, and looks for what is left of it.
func TestUploadAbuse(t *testing.T) {
	t.Parallel()
	c := e2e.NewContest(t).Start()
	ana := c.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	var slow sync.WaitGroup
	defer slow.Wait()
	for name, pace := range map[string]time.Duration{"stalled": 0, "trickling": 250 * time.Millisecond} {
		slow.Go(func() { slowUpload(t, c.API, ana, name, pace) })
	}
	clip := e2e.ClipBytes(t, 20)
	title := func() e2e.Field { return e2e.TextField("title", "Triples") }
	text := e2e.Field{Name: "video_file", File: "clip.mp4", Content: strings.NewReader("I am a video"), Length: 12}
	playlist := "#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1/latest/meta-data/\n"
	for name, refused := range map[string]struct {
		fields []e2e.Field
		code   string
	}{
		"text":           {[]e2e.Field{text, title()}, "upload.not-an-mp4"},
		"a playlist":     {[]e2e.Field{e2e.VideoField([]byte(playlist)), title()}, "upload.not-an-mp4"},
		"truncated":      {[]e2e.Field{e2e.VideoField(clip[:len(clip)*2/3]), title()}, "upload.truncated"},
		"a byte too big": {[]e2e.Field{e2e.Padded(clip, maxVideo+1), title()}, "upload.too-large"},
		"two files":      {[]e2e.Field{e2e.VideoField(clip), e2e.VideoField(clip), title()}, "upload.field-repeated"},
		"empty":          {[]e2e.Field{e2e.VideoField(nil), title()}, "upload.file-empty"},
		"no title":       {[]e2e.Field{e2e.VideoField(clip)}, "upload.bad-title"},
		"too short":      {[]e2e.Field{e2e.VideoField(e2e.ClipBytes(t, 15)), title()}, "upload.too-short"},
	} {
		answer := c.API.Upload(ana.Token, refused.fields...)
		if answer.Status != 400 || answer.Code() != refused.code {
			t.Errorf("%s: %d %s, want %s", name, answer.Status, answer.Body, refused.code)
		}
	}
	bare := e2e.Form(e2e.VideoField(clip), title())
	bare.Token, bare.Type = ana.Token, "multipart/form-data"
	c.API.Do(bare).Refused(400, "upload.not-a-form")
	c.API.Upload("nobody", e2e.Padded(clip, 8<<20), title()).Refused(401, "auth.token-invalid")
	goneHalfWay(t, c.API, ana, clip)
	slow.Wait()

	if videos := c.API.Videos(ana.Token); len(videos) > 0 {
		t.Errorf("there are videos: %+v", videos)
	}
	if keys := e2e.NewObjects(t, c.Env()).Keys(); len(keys) > 0 {
		t.Errorf("there are objects: %v", keys)
	}
	e2e.Eventually(t, "nothing lies in the spool", func() bool {
		left, err := os.ReadDir(filepath.Join(c.Dir, "uploads"))
		return err == nil && len(left) == 0
	})
	uploadMemory(t, c, ana)
	whole := c.API.Upload(ana.Token, e2e.Padded(clip, maxVideo), title()).Want(201).Text("video_id")
	c.API.Do(e2e.Request{Method: "DELETE", Path: "/videos/" + whole, Token: ana.Token}).Want(200)
}

// goneHalfWay uploads half a video and hangs up.
func goneHalfWay(t *testing.T, api *e2e.API, who *e2e.Person, clip []byte) {
	t.Helper()
	ctx, hangUp := context.WithCancel(t.Context())
	form := e2e.Form(e2e.VideoField(clip), e2e.TextField("title", "Triples"))
	form.Body = io.MultiReader(io.LimitReader(form.Body, form.Length/2), readerFunc(func([]byte) (int, error) {
		hangUp()
		<-ctx.Done()
		return 0, ctx.Err()
	}))
	if answer, err := api.TryUpload(ctx, who.Token, form); err == nil {
		t.Errorf("half an upload was answered: %d %s", answer.Status, answer.Body)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// slowUpload sends a byte now and then, or none any more, and waits to be cut off.
func slowUpload(t *testing.T, api *e2e.API, who *e2e.Person, name string, pace time.Duration) {
	t.Helper()
	began := time.Now()
	var dialer net.Dialer
	conn, err := dialer.DialContext(t.Context(), "tcp", strings.TrimPrefix(api.Base, "http://"))
	if err != nil {
		t.Error(err)
		return
	}
	defer conn.Close()
	form := e2e.Form(e2e.VideoField(make([]byte, 50<<20)), e2e.TextField("title", "Triples"))
	fmt.Fprintf(conn, "POST /api%s HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n",
		form.Path, who.Token, form.Type, form.Length)
	if _, err := io.CopyN(conn, form.Body, 1000); err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if pace > 0 {
		go trickle(t.Context(), conn, form.Body, pace)
	}
	if err := conn.SetReadDeadline(time.Now().Add(e2e.Patience)); err != nil {
		t.Error(err)
	}
	answer, err := io.ReadAll(conn)
	if !bytes.HasPrefix(answer, []byte("HTTP/1.1 400 ")) || !bytes.Contains(answer, []byte("upload.too-slow")) {
		t.Errorf("%s: %q, %v", name, answer, err)
	}
	t.Logf("%s: cut off after %s", name, time.Since(began).Round(time.Second))
}

// trickle writes a byte at each tick until nobody reads any more.
func trickle(ctx context.Context, conn io.Writer, body io.Reader, pace time.Duration) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if _, err := io.CopyN(conn, body, 1); err != nil {
				return
			}
		case <-ctx.Done():
			return
		}
	}
}

// uploadMemory: an upload makes the program grow by less than 16 MiB while it runs, whatever its size.
func uploadMemory(t *testing.T, c *e2e.Contest, who *e2e.Person) {
	t.Helper()
	clip := e2e.ClipBytes(t, 20)
	upload := func(size int64) {
		answer, err := c.API.TryUpload(t.Context(), who.Token, e2e.Form(e2e.Padded(clip, size), e2e.TextField("title", "Triples")))
		if err != nil || answer.Status != 201 {
			t.Errorf("upload of %d bytes: %d %s, %v", size, answer.Status, answer.Body, err)
		}
	}
	upload(50 << 20) // so that what is made once is there
	const uploads, most = 5, 16 << 20
	before := e2e.ResidentBytes(t, c.PID())
	peak := before
	ended := make(chan struct{})
	var all sync.WaitGroup
	for i := range uploads {
		all.Go(func() { upload(int64(60+10*i) << 20) })
	}
	go func() { all.Wait(); close(ended) }()
	e2e.Eventually(t, "every upload is answered", func() bool {
		peak = max(peak, e2e.ResidentBytes(t, c.PID()))
		select {
		case <-ended:
			return true
		default:
			return false
		}
	})
	t.Logf("%d MiB before, at most %d MiB with %d uploads at once", before>>20, peak>>20, uploads)
	if grown := peak - before; grown > uploads*most {
		t.Errorf("%d uploads at once made the program grow by %d MiB, more than 16 for each", uploads, grown>>20)
	}
}
