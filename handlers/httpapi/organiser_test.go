package httpapi_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/gallery"
)

// organiserRoutes are all that only organisers may ask.
var organiserRoutes = []struct{ method, path string }{
	{"GET", "/api/organiser/contest"},
	{"PUT", "/api/organiser/contest"},
	{"GET", "/api/organiser/entries"},
	{"POST", "/api/organiser/entries/0190a0b1-c2d3-74e5-86f7-000000000002/withdraw"},
	{"POST", "/api/organiser/entries/0190a0b1-c2d3-74e5-86f7-000000000002/reprocess"},
	{"GET", "/api/organiser/system"},
	{"POST", "/api/organiser/queues/transcode/redrive"},
	{"GET", "/api/organiser/acts"},
}

func TestOnlyOrganisers(t *testing.T) {
	t.Parallel()
	s := start(t)
	id, token := s.join("Eva")
	body := map[string]string{"reason": "porque sí"}
	for _, r := range organiserRoutes {
		var send any
		if r.method != http.MethodGet {
			send = body
		}
		s.do(r.method, r.path, "", send).refused(401, "auth.token-missing")
		s.do(r.method, r.path, token, send).refused(403, "auth.role")
		// A refusal says no more to whoever may not ask: neither what is there nor what is wrong with the body.
		s.do(r.method, r.path+"?limit=x", token, send).refused(403, "auth.role")
	}
	if role := s.do("GET", "/api/auth/me", token, nil).want(200).text("role"); role != "player" {
		t.Errorf("the role is %s", role)
	}
	s.promote(id)
	if role := s.do("GET", "/api/auth/me", token, nil).want(200).text("role"); role != "organiser" {
		t.Errorf("the role is %s", role)
	}
	s.do("GET", "/api/organiser/contest", token, nil).want(200)
	s.demote(id) // the same token, a moment later
	s.do("GET", "/api/organiser/contest", token, nil).refused(403, "auth.role")
	if english := s.do("GET", "/api/organiser/acts", token, nil, "Accept-Language", "en").refused(403, "auth.role"); english.Detail != "Only organisers can do this." {
		t.Errorf("in English: %s", english.Detail)
	}
}

func TestChangeContest(t *testing.T) {
	t.Parallel()
	s := start(t)
	id, token := s.join("Eva")
	s.promote(id)
	settings := s.do("GET", "/api/organiser/contest", token, nil).want(200).object()
	settings["name"], settings["cities"], settings["reason"] = "ANB 2026", []string{"Cali"}, "Nombre nuevo"
	changed := s.do("PUT", "/api/organiser/contest", token, settings).want(200).object()
	if changed["name"] != "ANB 2026" || changed["version"] != float64(2) {
		t.Errorf("changed to %v", changed)
	}
	s.do("PUT", "/api/organiser/contest", token, settings).want(200) // a retry
	settings["vote_goal"] = 9
	s.do("PUT", "/api/organiser/contest", token, settings).refused(409, "contest.changed")
	settings["version"] = 2
	s.do("PUT", "/api/organiser/contest", token, settings).want(200)

	if n := len(s.acts); n != 2 {
		t.Errorf("%d acts are on record, want 2", n)
	}
	if s.metas[0].Actor != id || s.metas[0].AddressDigest == "" {
		t.Errorf("the act's metadata is %+v", s.metas[0])
	}
	for field, bad := range map[string]any{
		"name": "", "cities": []string{""}, "closes_at": "2001-01-01T00:00:00Z", "vote_goal": 0, "finalists_per_city": 1001,
	} {
		good := settings[field]
		settings[field] = bad
		p := s.do("PUT", "/api/organiser/contest", token, settings).refused(400, "contest.invalid-settings")
		if len(p.Errors) == 0 || p.Errors[0].Field != field {
			t.Errorf("%s: %+v", field, p.Errors)
		}
		settings[field] = good
	}
	for _, reason := range []string{"", "no", strings.Repeat("x", 501)} {
		settings["reason"] = reason
		s.do("PUT", "/api/organiser/contest", token, settings).refused(400, "contest.reason-required")
	}
	p := s.do("PUT", "/api/organiser/contest", token, `{"vote_goal":"mil"}`).refused(400, "request.wrong-type")
	if len(p.Errors) != 1 || p.Errors[0].Field != "vote_goal" {
		t.Errorf("wrong fields %+v", p.Errors)
	}
	s.do("PUT", "/api/organiser/contest", token, `{"opens_at":"mañana"}`).refused(400, "request.wrong-type")
	s.do("PUT", "/api/organiser/contest", token, `{"prize":1}`).refused(400, "request.unknown-field")
}

func TestEntries(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, _ := s.join("Ana")
	org, token := s.join("Eva")
	s.promote(org)
	open := s.publish(ana, "Clavada")
	s.mu.Lock()
	s.videos = append(s.videos, gallery.Video{
		ID: newID(), OwnerID: ana, OwnerName: "Ana Pérez", City: "Cali", Title: "Rápido", Stage: gallery.StageRejected,
		ReasonCode: "codec", ReasonES: "No se puede leer.", ReasonEN: "It cannot be read.", UploadedAt: time.Now(),
	})
	s.votes[open] = []events.ID{newID(), newID()}
	s.attempts[open] = 3
	s.mu.Unlock()

	all := s.do("GET", "/api/organiser/entries", token, nil).want(200)
	list := all.list()
	if len(list) != 2 || all.header.Get("X-Total-Count") != "2" || list[0]["title"] != "Rápido" || list[0]["reason"] != "No se puede leer." {
		t.Fatalf("entries %v, total %s", list, all.header.Get("X-Total-Count"))
	}
	if e := list[1]; e["votes"] != float64(2) || e["attempts"] != float64(3) || e["open_for_voting"] != true || e["player_name"] != "Ana Pérez" || e["clip_url"] == "" {
		t.Errorf("entry %v", e)
	}
	for query, want := range map[string]int{
		"stage=rejected": 1, "stage=": 2, "city=cali": 1, "q=RAPIDO": 1, "q=ana": 2, "q=nadie": 0, "stage=ready&city=cali": 0, "limit=1": 1, "page=3&limit=1": 0,
	} {
		if got := s.do("GET", "/api/organiser/entries?"+query, token, nil).want(200).list(); len(got) != want {
			t.Errorf("%s: %d entries, want %d", query, len(got), want)
		}
	}
	for _, query := range []string{"stage=lost", "q=" + strings.Repeat("x", 101), "limit=0", "page=0", "q=a&q=b", "q=%00"} {
		s.do("GET", "/api/organiser/entries?"+query, token, nil).refused(400, "request.bad-parameter")
	}
}

func TestWithdrawAndReprocess(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, _ := s.join("Ana")
	org, token := s.join("Eva")
	s.promote(org)
	id := s.publish(ana, "Clavada")
	path := "/api/organiser/entries/" + id.String()
	for _, verb := range []string{"/withdraw", "/reprocess"} {
		s.do("POST", path+verb, token, map[string]string{"reason": "no"}).refused(400, "video.reason-required")
		s.do("POST", path+verb, token, `{}`).refused(400, "video.reason-required")
		s.do("POST", path+verb, token, `[]`).refused(400, "request.malformed-json")
		for _, nobody := range []string{"99999", newID().String(), (events.ID{}).String()} {
			s.do("POST", "/api/organiser/entries/"+nobody+verb, token, map[string]string{"reason": "porque sí"}).refused(404, "video.not-found")
		}
	}
	s.do("POST", path+"/reprocess", token, map[string]string{"reason": "Sin sonido"}).want(202)
	s.do("GET", "/api/public/videos/"+id.String(), "", nil).want(200) // as it was
	s.do("POST", path+"/withdraw", token, map[string]string{"reason": "No es suyo"}).want(200)
	s.do("POST", path+"/withdraw", token, map[string]string{"reason": "No es suyo"}).want(200) // changes nothing
	s.do("POST", path+"/reprocess", token, map[string]string{"reason": "Sin sonido"}).refused(400, "video.withdrawn")

	acts := s.do("GET", "/api/organiser/acts", token, nil).want(200).list()
	if len(acts) != 2 || acts[0]["act"] != "video.withdrawn" || acts[0]["reason"] != "No es suyo" || acts[0]["actor_name"] != "Eva Pérez" ||
		acts[0]["subject"] != id.String() || acts[0]["subject_name"] != "Clavada" {
		t.Errorf("acts %v", acts)
	}
	if acts := s.do("GET", "/api/organiser/acts?limit=1", token, nil).want(200).list(); len(acts) != 1 {
		t.Errorf("%d acts", len(acts))
	}
	s.do("GET", "/api/organiser/acts?limit=201", token, nil).refused(400, "request.bad-parameter")
}

func TestSystemAndRedrive(t *testing.T) {
	t.Parallel()
	s := start(t)
	org, token := s.join("Eva")
	s.promote(org)
	s.mu.Lock()
	s.dead = 7
	s.mu.Unlock()
	if queues, ok := s.do("GET", "/api/organiser/system", token, nil).want(200).object()["queues"].([]any); !ok || len(queues) != 2 {
		t.Errorf("queues %v", queues)
	}
	redrive := func(queue, reason string) *answer {
		return s.do("POST", "/api/organiser/queues/"+queue+"/redrive", token, map[string]string{"reason": reason})
	}
	redrive("votes", "Ya hay disco").refused(404, "queue.not-found")
	redrive("transcode", " ").refused(400, "queue.reason-required")
	if len(s.acts) > 0 {
		t.Errorf("refused acts are on record: %v", s.acts)
	}
	for _, want := range []float64{7, 0} {
		if moved := redrive("transcode", "Ya hay disco").want(200).object()["moved"]; moved != want {
			t.Errorf("%v moved, want %v", moved, want)
		}
	}
	if len(s.acts) != 2 || s.acts[0].Subject != "transcode" {
		t.Errorf("acts %v", s.acts)
	}
	s.mu.Lock()
	s.broken = errStore
	s.mu.Unlock()
	for _, r := range organiserRoutes {
		s.do(r.method, r.path, token, nil).refused(500, "internal")
	}
}
