package httpapi_test

import (
	"bufio"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/gallery"
)

// listening is an open stream.
type listening struct {
	t     *testing.T
	lines *bufio.Scanner
	resp  *http.Response
}

func (s *service) listen(t *testing.T, path, token string, headers ...string) *listening {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.base+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = resp.Body.Close() })
	if resp.StatusCode != http.StatusOK || resp.Header.Get("Content-Type") != "text/event-stream" || resp.Header.Get("X-Accel-Buffering") != "no" {
		t.Fatalf("%s: %d %v", path, resp.StatusCode, resp.Header)
	}
	return &listening{t: t, lines: bufio.NewScanner(resp.Body), resp: resp}
}

// next is the next event of a kind; others are passed over.
func (l *listening) next(kind string) (id string, data map[string]any) {
	l.t.Helper()
	var found string
	for l.lines.Scan() {
		name, value, _ := strings.Cut(l.lines.Text(), ": ")
		switch {
		case name == "" && found == kind:
			return id, data
		case name == "":
			id = ""
		case name == "id":
			id = value
		case name == "event":
			found = value
		case name == "data" && found == kind:
			data = map[string]any{}
			if err := json.Unmarshal([]byte(value), &data); err != nil {
				l.t.Fatalf("%v: %s", err, value)
			}
		}
	}
	l.t.Fatalf("the stream ended before %s: %v", kind, l.lines.Err())
	return "", nil
}

// ends reads until the server ends the stream.
func (l *listening) ends() {
	for l.lines.Scan() {
	}
}

func (s *service) cast(t *testing.T, voter string, id events.ID) {
	t.Helper()
	s.do("POST", "/api/public/videos/"+id.String()+"/vote", voter, nil).want(200)
	s.mu.Lock()
	s.position++
	s.mu.Unlock()
}

func TestStreamTellsVotesAndResumes(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, _ := s.join("ana")
	v := s.published(ana)
	_, beto := s.join("beto")
	_, carla := s.join("carla")
	s.mu.Lock()
	s.position = 10
	s.mu.Unlock()
	visitor := s.listen(t, "/api/events/stream?city=BOGOTA", "")
	if id, _ := visitor.next("position"); id != "10" {
		t.Errorf("begins at %s", id)
	}
	s.cast(t, beto, v.ID)
	_, change := visitor.next("ranking")
	if change["city"] != "Bogotá" || change["full"] != false || change["log_position"] != 11.0 || len(change["rows"].([]any)) != 1 {
		t.Errorf("a vote: %v", change)
	}
	if video := change["videos"].([]any)[0].(map[string]any); video["video_id"] != v.ID.String() || video["votes"] != 1.0 {
		t.Errorf("its video: %v", video)
	}
	id, _ := visitor.next("position")
	_ = visitor.resp.Body.Close()
	s.cast(t, carla, v.ID)
	back := s.listen(t, "/api/events/stream", "", "Last-Event-ID", id)
	if _, change = back.next("ranking"); change["votes"] != 2.0 && change["city"] == "" {
		t.Errorf("what was missed: %v", change)
	}
	unknown := s.listen(t, "/api/events/stream?since=3", "")
	if _, change = unknown.next("ranking"); change["full"] != true {
		t.Errorf("from a position before the instance began: %v", change)
	}
	s.stopHub()
	back.ends()
	unknown.ends()
	s.get("/api/events/stream", "").refused(503, "stream.full")
}

func TestStreamTellsOwnVideosOnly(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, token := s.join("ana")
	beto, _ := s.join("beto")
	s.addVideo(beto, nil)
	v := s.addVideo(ana, nil)
	ticket := s.do("POST", "/api/events/ticket", token, nil).want(201).text("ticket")
	l := s.listen(t, "/api/events/stream?ticket="+ticket, "")
	if _, state := l.next("video"); state["video_id"] != v.ID.String() || state["stage"] != "queued" {
		t.Errorf("at first: %v", state)
	}
	s.mu.Lock()
	for i := range s.videos {
		s.videos[i].Stage, s.videos[i].Progress = gallery.StageProcessing, 40
	}
	s.mu.Unlock()
	if _, state := l.next("video"); state["video_id"] != v.ID.String() || state["progress"] != 40.0 {
		t.Errorf("then: %v", state)
	}
	s.get("/api/events/stream?ticket="+ticket, "").refused(401, "auth.ticket-invalid")
	s.do("POST", "/api/auth/logout", token, nil).want(200)
	l.ends() // its session was closed
}

func TestStreamRefusals(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, token := s.join("ana")
	s.do("POST", "/api/events/ticket", "", nil).refused(401, "auth.token-missing")
	s.get("/api/events/stream", "nonsense").refused(401, "auth.token-invalid")
	s.get("/api/events/stream?since=-1", "").refused(400, "request.bad-parameter")
	s.do("HEAD", "/api/events/stream", "", nil).want(200)
	for range 2 {
		s.listen(t, "/api/events/stream", token)
	}
	s.get("/api/events/stream", token).refused(429, "stream.too-many")
	for range 4 {
		s.listen(t, "/api/events/stream", "")
	}
	s.get("/api/events/stream", "").refused(429, "stream.too-many")
}
