package httpapi_test

import (
	"strings"
	"testing"

	"github.com/rising-stars/showcase/events"
)

func TestSessionsAreListedAndClosed(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, here := s.join("ana")
	_, stranger := s.join("beto")
	phone, err := s.Open(t.Context(), ana)
	if err != nil {
		t.Fatal(err)
	}
	there := s.token(ana, phone.ID)
	list := s.get("/api/auth/sessions", here).want(200).list()
	if len(list) != 2 || (list[0]["current"] == list[1]["current"]) {
		t.Fatalf("%v", list)
	}
	path := "/api/auth/sessions/" + phone.ID.String()
	s.do("DELETE", path, "", nil).refused(401, "auth.token-missing")
	s.do("DELETE", path, stranger, nil).refused(404, "session.not-found")
	s.do("DELETE", "/api/auth/sessions/nonsense", here, nil).refused(404, "session.not-found")
	s.do("DELETE", path, here, nil).want(200)
	s.do("DELETE", path, here, nil).refused(404, "session.not-found")
	s.get("/api/auth/me", there).refused(401, "auth.token-revoked")
	list = s.get("/api/auth/sessions", here).want(200).list()
	if len(list) != 1 || list[0]["current"] != true {
		t.Errorf("%v", list)
	}
	own := s.do("DELETE", "/api/auth/sessions/"+list[0]["session_id"].(string), here, nil).want(200)
	if !strings.Contains(own.header.Get("Set-Cookie"), "Max-Age=0") {
		t.Errorf("the cookie stays: %v", own.header)
	}
	s.get("/api/auth/sessions", here).refused(401, "auth.token-revoked")
}

func TestExportIsAllThatIsKnown(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, token := s.join("ana")
	beto, voter := s.join("beto")
	mine, theirs := s.published(ana), s.published(beto)
	s.addVideo(ana, nil)
	s.cast(t, token, theirs.ID)
	s.cast(t, voter, mine.ID)
	s.get("/api/auth/me/export", "").refused(401, "auth.token-missing")
	a := s.get("/api/auth/me/export", token).want(200)
	if !strings.HasPrefix(a.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("%v", a.header)
	}
	var got struct {
		Account struct{ Email string }
		Videos  []struct {
			VideoID events.ID `json:"video_id"`
			Votes   int
			SHA256  string
		}
		Ballots []struct {
			VideoID events.ID `json:"video_id"`
		}
		Sessions []struct{ Current bool }
	}
	a.decode(&got)
	if got.Account.Email != "ana@example.com" || len(got.Videos) != 2 || got.Videos[0].VideoID != mine.ID || got.Videos[0].Votes != 1 ||
		got.Videos[0].SHA256 != mine.Original.SHA256 || len(got.Ballots) != 1 || got.Ballots[0].VideoID != theirs.ID || len(got.Sessions) != 1 {
		t.Errorf("%s", a.body)
	}
	if strings.Contains(string(a.body), "argon2id") {
		t.Error("the password's hash is in it")
	}
}
