package httpapi_test

import (
	"context"
	"io"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rising-stars/showcase/handlers/httpapi"
)

func TestMediaIsStreamed(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, _ := s.join("ana")
	v := s.published(ana)
	link := s.get("/api/public/videos/"+v.ID.String(), "").want(200).text("processed_url")
	path := strings.TrimPrefix(link, "http://showcase.test")
	a := s.get(path, "").want(200)
	if string(a.body) != "the whole clip" || a.header.Get("Content-Type") != "video/mp4" || a.header.Get("Accept-Ranges") != "bytes" ||
		a.header.Get("ETag") != `"`+v.Clip.SHA256+`"` || a.header.Get("Content-Length") != "14" {
		t.Errorf("%s, %v", a.body, a.header)
	}
	for header, want := range map[string]string{"bytes=0-2": "the", "bytes=4-": "whole clip", "bytes=-4": "clip", "bytes=0-": "the whole clip"} {
		a := s.do("GET", path, "", nil, "Range", header).want(206)
		if string(a.body) != want || !strings.HasSuffix(a.header.Get("Content-Range"), "/14") {
			t.Errorf("%s: %q, %v", header, a.body, a.header)
		}
	}
	if a := s.do("GET", path, "", nil, "Range", "bytes=0-2", "If-Range", `"old"`).want(200); string(a.body) != "the whole clip" {
		t.Errorf("got %q", a.body)
	}
	for _, header := range []string{"bytes=14-", "bytes=2-1", "bytes=x-"} {
		s.do("GET", path, "", nil, "Range", header).refused(416, "media.no-such-range")
	}
	if a := s.do("GET", path, "", nil, "Range", "bytes=14-"); a.header.Get("Content-Range") != "bytes */14" || a.header.Get("Cache-Control") != "no-store" {
		t.Errorf("%v", a.header)
	}
	for _, header := range []string{"bytes=0-0,2-2,4-4", "bytes=0-0,", "pages=1-2", "bytes"} {
		if a := s.do("GET", path, "", nil, "Range", header).want(200); string(a.body) != "the whole clip" {
			t.Errorf("%s: %q, %v", header, a.body, a.header)
		}
	}
	s.do("GET", path, "", nil, "If-None-Match", a.header.Get("ETag")).want(304)
	if a := s.do("HEAD", path, "", nil).want(200); a.header.Get("Content-Length") != "14" || len(a.body) != 0 {
		t.Errorf("%q, %v", a.body, a.header)
	}
	if a := s.get("/media/"+v.PosterJPEG.Key, "").want(200); a.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("%v", a.header)
	}
	if a := s.get("/media/"+v.PosterWebP.Key, "").want(200); a.header.Get("Content-Type") != "image/webp" {
		t.Errorf("%v", a.header)
	}
}

// TestRangesDoNotMultiplyWork asks for several pieces of one object, of which a request has room for thousands.
func TestRangesDoNotMultiplyWork(t *testing.T) {
	t.Parallel()
	var opened atomic.Int64
	s := start(t, func(c *httpapi.Config) {
		open := c.OpenObject
		c.OpenObject = func(ctx context.Context, key string, offset int64) (io.ReadCloser, error) {
			opened.Add(1)
			return open(ctx, key, offset)
		}
	})
	ana, _ := s.join("ana")
	v := s.published(ana)
	s.do("GET", "/media/"+v.Clip.Key, "", nil, "Range", "bytes=0-0,2-2,4-4,6-6").want(200)
	if n := opened.Load(); n != 1 {
		t.Errorf("the object was opened %d times", n)
	}
}

func TestMediaThatIsNotPublic(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, token := s.join("ana")
	v := s.published(ana)
	s.objects["secret"] = []byte("x")
	s.objects[v.Original.Key] = []byte("x")
	id := v.ID.String()
	for _, key := range []string{
		v.Original.Key, "secret", "", "processed", "processed/", "processed/" + id, "processed/" + id + "/", "processed/" + id + "/p1/abc/other.mp4",
		v.Clip.Key + "/x", "processed/../" + v.Original.Key, "processed/" + id + "/../../" + v.Original.Key, strings.ToUpper(v.Clip.Key), "%2e%2e/secret",
	} {
		if a := s.get("/media/"+key, token); a.status != 404 {
			t.Errorf("%s: %d", key, a.status)
		}
	}
	s.get("/media/"+v.Clip.Key, "").want(200)
	s.mu.Lock()
	s.videos[0].Votable = false // withdrawn
	s.mu.Unlock()
	s.pass(2100 * time.Millisecond)
	s.get("/media/"+v.Clip.Key, token).refused(404, "video.not-found")
}

func TestMediaByRedirect(t *testing.T) {
	t.Parallel()
	s := start(t, func(c *httpapi.Config) { c.OpenObject = nil })
	ana, _ := s.join("ana")
	v := s.published(ana)
	a := s.get("/media/"+v.Clip.Key, "").want(302)
	if a.header.Get("Location") != "http://store.test/"+v.Clip.Key+"?for=15m0s" || !strings.Contains(a.header.Get("Cache-Control"), "max-age=300") {
		t.Errorf("%v", a.header)
	}
}

// TestMediaOfAnEarlierRun follows an old address to what has taken its place.
func TestMediaOfAnEarlierRun(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, _ := s.join("ana")
	v := s.published(ana)
	old := strings.Replace(v.Clip.Key, "/abc/", "/before/", 1)
	a := s.get("/media/"+old, "").want(302)
	if a.header.Get("Location") != "http://showcase.test/media/"+v.Clip.Key {
		t.Errorf("%v", a.header)
	}
	s.get("/media/"+strings.Replace(old, "clip.mp4", "original.mp4", 1), "").refused(404, "video.not-found")
}

func TestHealth(t *testing.T) {
	t.Parallel()
	required, detail := true, "behind"
	s := start(t, func(c *httpapi.Config) {
		c.Checks = []httpapi.Check{
			{Name: "database", Required: true, Probe: func(ctx context.Context) (string, bool) { return "", required }},
			{Name: "ranking", Probe: func(ctx context.Context) (string, bool) { return detail, false }},
		}
	})
	for _, prefix := range []string{"", "/api"} {
		if a := s.get(prefix+"/healthz", "").want(200); string(a.body) != `{"status":"ok"}` {
			t.Errorf("got %s", a.body)
		}
		if a := s.get(prefix+"/readyz", "").want(200); string(a.body) != `{"status":"ready","checks":{"database":"ok","ranking":"behind"}}` {
			t.Errorf("got %s", a.body)
		}
	}
	required = false
	s.pass(time.Second)
	if a := s.get("/readyz", "").want(503); a.object()["status"] != "unready" {
		t.Errorf("got %s", a.body)
	}
	s.get("/healthz", "").want(200)
	required = true
	s.pass(time.Second)
	s.get("/readyz", "").want(200)
	s.api.Drain()
	if a := s.get("/readyz", "").want(503); a.object()["status"] != "draining" {
		t.Errorf("got %s", a.body)
	}
	s.get("/api/public/rankings", "").want(200)
}
