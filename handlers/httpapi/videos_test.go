package httpapi_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/gallery"
)

func prefixes(list string) (out []netip.Prefix) {
	for p := range strings.SplitSeq(list, ",") {
		if p != "" {
			out = append(out, netip.MustParsePrefix(p))
		}
	}
	return out
}

func TestListOfOwnVideos(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, token := s.join("ana")
	beto, _ := s.join("beto")
	if a := s.get("/api/videos", token).want(200); string(a.body) != "[]" {
		t.Errorf("nothing yet: %s", a.body)
	}
	queued := s.addVideo(ana, nil)
	s.published(beto)
	ready := s.published(ana)
	private := s.published(ana)
	s.mu.Lock()
	for i := range s.videos {
		if s.videos[i].ID == private.ID {
			s.videos[i].Votable, s.videos[i].Public = false, false
		}
	}
	s.mu.Unlock()
	rejected := s.addVideo(ana, func(v *gallery.Video) {
		v.Stage, v.ReasonCode, v.ReasonES, v.ReasonEN = gallery.StageRejected, "codec", "No se entiende.", "It cannot be read."
	})
	list := s.get("/api/videos", token).want(200).list()
	if len(list) != 4 {
		t.Fatalf("%d videos", len(list))
	}
	for i, want := range []map[string]any{
		{"video_id": queued.ID.String(), "status": "uploaded", "stage": "queued", "progress": 0.0, "processed_url": nil, "processed_at": nil, "reason": nil},
		{"video_id": ready.ID.String(), "status": "processed", "stage": "ready", "progress": 100.0, "processed_url": "http://showcase.test/media/" + ready.Clip.Key},
		{"video_id": private.ID.String(), "status": "processed", "is_public": false, "processed_url": "http://store.test/" + private.Clip.Key + "?for=1h0m0s"},
		{"video_id": rejected.ID.String(), "status": "uploaded", "stage": "rejected", "reason": "No se entiende.", "reason_code": "codec"},
	} {
		for key, value := range want {
			if list[i][key] != value {
				t.Errorf("video %d: %s is %v, want %v", i, key, list[i][key], value)
			}
		}
	}
	if _, err := time.Parse(time.RFC3339, fmt.Sprint(list[1]["processed_at"])); err != nil {
		t.Error(err)
	}
	english := s.do("GET", "/api/videos?limit=1&offset=3", token, nil, "Accept-Language", "en").want(200).list()
	if english[0]["reason"] != "It cannot be read." {
		t.Errorf("got %v", english)
	}
}

func TestOneOfMyVideos(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, token := s.join("ana")
	_, other := s.join("beto")
	v := s.published(ana)
	s.votes[v.ID] = []events.ID{newID(), newID()}
	m := s.get("/api/videos/"+v.ID.String(), token).want(200).object()
	for key, want := range map[string]any{
		"votes": 2.0, "is_public": true, "duration": 25.0, "title": "Mate",
		"original_url": "http://store.test/" + v.Original.Key + "?for=15m0s", "processed_url": "http://showcase.test/media/" + v.Clip.Key,
	} {
		if m[key] != want {
			t.Errorf("%s is %v, want %v", key, m[key], want)
		}
	}
	s.get("/api/videos/"+strings.ToUpper(v.ID.String()), token).want(200)
	s.get("/api/videos/"+v.ID.String(), other).refused(403, "video.not-owner")
}

func TestDeleteVideo(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, token := s.join("ana")
	_, other := s.join("beto")
	queued, public := s.addVideo(ana, nil), s.published(ana)
	s.objects[queued.Original.Key] = []byte("mp4")
	path := "/api/videos/" + queued.ID.String()
	s.do("DELETE", path, other, nil).refused(403, "video.not-owner")
	s.do("DELETE", "/api/videos/"+public.ID.String(), token, nil).refused(400, "video.published")
	m := s.do("DELETE", path, token, nil).want(200).object()
	if m["message"] != "El video ha sido eliminado exitosamente." || m["video_id"] != queued.ID.String() {
		t.Errorf("got %v", m)
	}
	if _, left := s.objects[queued.Original.Key]; left {
		t.Error("the original is left")
	}
	if _, left := s.objects[public.Clip.Key]; !left {
		t.Error("the other video's clip is gone")
	}
	s.get(path, token).refused(404, "video.not-found")
	s.do("DELETE", path, token, nil).refused(404, "video.not-found")
}

func TestPagination(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, token := s.join("ana")
	for range 45 {
		s.published(ana)
	}
	ids := func(query string) string {
		var out []string
		for _, v := range s.get("/api/videos?"+query, token).want(200).list() {
			out = append(out, fmt.Sprint(v["video_id"]))
		}
		return strings.Join(out, " ")
	}
	all := strings.Fields(ids("limit=100"))
	for query, want := range map[string][]string{
		"": all[:20], "limit=1": all[:1], "offset=40": all[40:], "limit=10&offset=5": all[5:15], "page=1": all[:20], "page=3": all[40:],
		"page=2&limit=7": all[7:14], "page=2&page_size=7": all[7:14], "page_size=3": all[:3], "page=4": nil, "offset=45": nil, "limit=007": all[:7],
		"page=1000000000000": nil, "page=99999999999999999999999999": nil, "offset=1000000000000": nil, "page=1000000000000&limit=100": nil,
		"unknown=1": all[:20],
	} {
		if got := ids(query); got != strings.Join(want, " ") {
			t.Errorf("%s: got %d, want %d", query, len(strings.Fields(got)), len(want))
		}
	}
	for _, list := range []string{"/api/videos?", "/api/public/videos?", "/api/public/rankings?"} {
		for _, query := range []string{
			"limit=0", "limit=101", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=%2B5", "limit=1e1", "limit=0x10", "limit=%D9%A3", "limit=5%00",
			"limit=99999999999999999999", "limit=1&limit=2", "offset=-1", "offset=x", "offset=", "offset=%27%20OR%201=1", "page=0", "page=-1", "page=x", "page=",
			"page=1&offset=0", "limit=5&page_size=5", "page_size=0", "page_size=101", "limit=%zz", "limit=1;offset=2",
		} {
			s.get(list+query, token).refused(400, "request.bad-parameter")
		}
	}
}
