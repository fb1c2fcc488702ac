package httpapi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
)

func (s *service) vote(v events.ID, token string, headers ...string) *answer {
	s.t.Helper()
	return s.do("POST", "/api/public/videos/"+v.String()+"/vote", token, nil, headers...)
}

func TestVote(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, owner := s.join("ana")
	_, voter := s.join("beto")
	v, queued := s.published(ana), s.addVideo(ana, nil)
	if a := s.vote(v.ID, voter).want(200); string(a.body) != `{"message":"Voto registrado exitosamente."}` {
		t.Errorf("got %s", a.body)
	}
	if p := s.vote(v.ID, voter).refused(400, "vote.already-cast"); !strings.Contains(p.Error, "Ya has votado por este video") {
		t.Errorf("got %s", p.Error)
	}
	s.vote(v.ID, owner).refused(400, "vote.own-video")
	s.vote(queued.ID, voter).refused(404, "video.not-found")
	s.vote(newID(), voter).refused(404, "video.not-found")
	if got := s.get("/api/user/votes", voter).want(200); string(got.body) != `["`+v.ID.String()+`"]` {
		t.Errorf("got %s", got.body)
	}
	if got := s.get("/api/user/votes", owner).want(200); string(got.body) != `[]` {
		t.Errorf("got %s", got.body)
	}
	s.pass(48 * time.Hour)
	_, late := s.join("carla")
	s.vote(v.ID, late).refused(400, "vote.closed")
}

func TestVoteIgnoresTheBody(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, _ := s.join("ana")
	v := s.published(ana)
	for i, body := range []string{`{"email":"somebody@example.com","user_id":"x"}`, "{{{", "\x00\xff", strings.Repeat("x", 3<<20)} {
		_, voter := s.join(fmt.Sprint("voter", i))
		s.do("POST", "/api/public/videos/"+v.ID.String()+"/vote", voter, strings.NewReader(body), "Content-Type", "whatever").want(200)
	}
}

func TestVoteIsReplayedByItsKey(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, _ := s.join("ana")
	_, voter := s.join("beto")
	v := s.published(ana)
	s.vote(v.ID, voter, "Idempotency-Key", "try-1").want(200)
	s.vote(v.ID, voter, "Idempotency-Key", "try-1").want(200)
	s.vote(v.ID, voter, "Idempotency-Key", "try-2").refused(400, "vote.already-cast")
	s.vote(v.ID, voter).refused(400, "vote.already-cast")
	if n := len(s.votes[v.ID]); n != 1 {
		t.Errorf("%d votes", n)
	}
	for _, odd := range []string{strings.Repeat("k", 256), "a b", "ñ"} {
		s.vote(v.ID, voter, "Idempotency-Key", odd).refused(400, "request.idempotency-key")
	}
}

func TestPublicVideos(t *testing.T) {
	t.Parallel()
	s := start(t)
	if a := s.get("/api/public/videos", "").want(200); string(a.body) != "[]" {
		t.Errorf("nothing yet: %s", a.body)
	}
	ana, token := s.join("ana")
	v := s.published(ana)
	hidden := s.addVideo(ana, nil)
	s.votes[v.ID] = []events.ID{newID()}
	s.pass(time.Second)
	list := s.get("/api/public/videos", "").want(200).list()
	if len(list) != 1 || list[0]["video_id"] != v.ID.String() || list[0]["username"] != "ana Pérez" || list[0]["city"] != "Bogotá" ||
		list[0]["votes"] != 1.0 || list[0]["processed_url"] != "http://showcase.test/media/"+v.Clip.Key {
		t.Errorf("got %v", list)
	}
	if one := s.get("/api/public/videos/"+v.ID.String(), token).want(200).object(); one["title"] != "Mate" {
		t.Errorf("got %v", one)
	}
	s.get("/api/public/videos/"+hidden.ID.String(), token).refused(404, "video.not-found")
	for city, want := range map[string]int{"": 1, "%20": 1, "bogota": 1, "BOGOT%C3%81": 1, "Cali": 0, "%27%20OR%201=1": 0, "%F0%9F%8F%80": 0} {
		if got := s.get("/api/public/videos?city="+city, "").want(200).list(); len(got) != want {
			t.Errorf("city %q: %d", city, len(got))
		}
	}
	for _, city := range []string{"%00", "%ff", "a%0Ab", strings.Repeat("a", 101), "a&city=b"} {
		s.get("/api/public/videos?city="+city, "").refused(400, "request.bad-parameter")
	}
}

func TestRankings(t *testing.T) {
	t.Parallel()
	s := start(t)
	if a := s.get("/api/public/rankings", "").want(200); string(a.body) != "[]" {
		t.Errorf("nothing yet: %s", a.body)
	}
	s.position = 4711
	for i := range 7 {
		id, _ := s.join(fmt.Sprint("player", i))
		v := s.published(id)
		for range i {
			s.votes[v.ID] = append(s.votes[v.ID], newID())
		}
	}
	s.pass(time.Second)
	a := s.get("/api/public/rankings?limit=2", "").want(200)
	if want := `[{"position":1,"username":"player6 Pérez","city":"Bogotá","votes":6},{"position":2,"username":"player5 Pérez","city":"Bogotá","votes":5}]`; string(a.body) != want {
		t.Errorf("got %s", a.body)
	}
	if a.header.Get("Log-Position") != "4711" {
		t.Errorf("position %q", a.header.Get("Log-Position"))
	}
	for query, want := range map[string]string{
		"": "1 2 3 4 5 6 7", "from=3": "3 4 5 6 7", "to=2": "1 2", "from=2&to=4": "2 3 4", "from=7&to=7": "7", "from=8&to=9": "", "from=2&to=1000": "2 3 4 5 6 7",
		"from=3&limit=2": "3 4", "from=2&to=6&limit=2&page=2": "4 5", "from=2&to=6&limit=3&offset=3": "5 6", "from=2&to=4&page=2&limit=3": "",
		"from=1000000000000&to=1000000000001": "", "city=bogota&from=1&to=1": "1", "city=Cali": "",
	} {
		var got []string
		for _, row := range s.get("/api/public/rankings?"+query, "").want(200).list() {
			got = append(got, fmt.Sprint(row["position"]))
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", query, got, want)
		}
	}
	for _, query := range []string{"from=0", "to=0", "from=-1", "from=x", "from=", "to=", "from=5&to=4", "from=1&from=2", "to=1.0"} {
		s.get("/api/public/rankings?"+query, "").refused(400, "request.bad-parameter")
	}
}

// However many ask for a page at once, it is read once, and nobody waits longer than for one read to see a change.
func TestRankingPageIsReadOnce(t *testing.T) {
	t.Parallel()
	s := start(t)
	id, _ := s.join("ana")
	v := s.published(id)
	var all sync.WaitGroup
	began := time.Now()
	for range 50 {
		all.Go(func() {
			for range 20 {
				s.get("/api/public/rankings", "").want(200)
			}
		})
	}
	all.Wait()
	if took := time.Since(began); s.pages > 2+int(took/(100*time.Millisecond)) {
		t.Errorf("read %d times in %v", s.pages, took)
	}
	s.mu.Lock()
	s.votes[v.ID] = []events.ID{newID()}
	s.mu.Unlock()
	s.pass(101 * time.Millisecond)
	if list := s.get("/api/public/rankings", "").list(); list[0]["votes"] != 1.0 {
		t.Errorf("got %v", list)
	}
}

func TestETags(t *testing.T) {
	t.Parallel()
	s := start(t)
	id, _ := s.join("ana")
	v := s.published(id)
	for _, path := range []string{"/api/public/rankings", "/api/public/videos", "/api/public/cities", "/api/public/videos/" + v.ID.String()} {
		first := s.get(path, "").want(200)
		tag := first.header.Get("ETag")
		for _, header := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
			if a := s.do("GET", path, "", nil, "If-None-Match", header).want(304); len(a.body) != 0 || a.header.Get("ETag") != tag {
				t.Errorf("%s: %s", path, a.body)
			}
		}
		s.do("GET", path, "", nil, "If-None-Match", `"x"`).want(200)
		s.mu.Lock()
		s.votes[v.ID] = append(s.votes[v.ID], newID())
		s.mu.Unlock()
		s.pass(time.Second)
		s.do("GET", path, "", nil, "If-None-Match", tag).want(200)
	}
}

func TestCities(t *testing.T) {
	t.Parallel()
	s := start(t)
	if a := s.get("/api/public/cities", "").want(200); string(a.body) != "[]" {
		t.Errorf("nothing yet: %s", a.body)
	}
	id, _ := s.join("ana")
	s.published(id)
	s.pass(time.Second)
	if a := s.get("/api/public/cities", "").want(200); string(a.body) != `[{"city":"Bogotá","players":1,"votes":0}]` {
		t.Errorf("got %s", a.body)
	}
}

func TestDashboard(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, token := s.join("ana")
	var empty, full struct {
		CityRank         *int `json:"city_rank"`
		Videos, Featured []struct {
			Username string
			Votes    int
		}
	}
	s.get("/api/dashboard", token).want(200).decode(&empty)
	if empty.CityRank != nil || empty.Videos == nil || len(empty.Videos) != 0 || empty.Featured == nil || len(empty.Featured) != 0 {
		t.Errorf("got %+v", empty)
	}
	mine := s.published(ana)
	s.addVideo(ana, nil)
	for i := range 9 {
		id, voter := s.join(fmt.Sprint("other", i))
		v := s.published(id)
		s.vote(mine.ID, voter).want(200)
		if i == 0 {
			s.vote(v.ID, token).want(200)
		}
	}
	m := s.get("/api/dashboard", token).want(200).object()
	for key, want := range map[string]any{
		"total_votes": 9.0, "city_rank": 1.0, "city_participants": 10.0, "videos_processed": 1.0, "videos_pending": 1.0, "videos_rejected": 0.0, "days_remaining": 2.0,
	} {
		if m[key] != want {
			t.Errorf("%s is %v, want %v", key, m[key], want)
		}
	}
	if goal := fmt.Sprint(m["goal"]); goal != "map[percent:100 target:8 votes:9]" {
		t.Errorf("goal %s", goal)
	}
	s.get("/api/dashboard", token).want(200).decode(&full)
	if len(full.Videos) != 2 || full.Videos[0].Votes != 9 || len(full.Featured) != 6 {
		t.Errorf("got %+v", full)
	}
	for _, f := range full.Featured {
		if f.Username == "ana Pérez" || f.Username == "other0 Pérez" {
			t.Errorf("%s is featured", f.Username)
		}
	}
	s.pass(100 * time.Hour)
	session, err := s.Open(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	if m := s.get("/api/dashboard", s.token(ana, session.ID)).want(200).object(); m["days_remaining"] != 0.0 {
		t.Errorf("after the end: %v", m["days_remaining"])
	}
}

func TestRateLimits(t *testing.T) {
	t.Parallel()
	s := start(t, limited(t, "login=2/m,signup.address=2/m,vote=2/m,upload=1/h"))
	for range 2 {
		s.do("POST", "/api/auth/login", "", login("ana@example.com", "x")).want(401)
	}
	s.do("POST", "/api/auth/login", "", login("ANA@example.com", "x")).refused(429, "rate.limited")
	s.do("POST", "/api/auth/login", "", login("beto@example.com", "x")).want(401)
	for i := range 2 {
		s.do("POST", "/api/auth/signup", "", signUp(map[string]any{"email": fmt.Sprint(i, "@example.com")})).want(201)
	}
	a := s.do("POST", "/api/auth/signup", "", signUp(map[string]any{"email": "3@example.com"}))
	a.refused(429, "rate.limited")
	if a.header.Get("Retry-After") != "30" {
		t.Errorf("Retry-After %s", a.header.Get("Retry-After"))
	}
	_, token := s.join("carla")
	for range 2 {
		s.vote(newID(), token).want(404)
	}
	s.vote(newID(), token).refused(429, "rate.limited")
	s.vote(newID(), "bad").want(401)
	s.do("POST", "/api/videos/upload", token, nil).want(400)
	s.do("POST", "/api/videos/upload", token, nil).refused(429, "rate.limited")
	s.pass(30 * time.Second)
	s.vote(newID(), token).want(404)
}
