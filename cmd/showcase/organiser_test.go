package main

import (
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/e2e"
)

// TestOrganiser names an organiser, who sets the contest, has a clip made once more while its video is voted for, and
// takes the video out; each act is on record. Then the role ends.
func TestOrganiser(t *testing.T) {
	t.Parallel()
	d := e2e.NewDeployment(t, time.Now)
	d.Tool("provision")
	d.Tool("contest", "apply")
	for _, role := range []string{"api", "relay", "project", "transcode"} {
		d.Run(role)
	}
	e2e.Eventually(t, "the API is ready", func() bool {
		answer, err := d.API.Try(t.Context(), e2e.Request{Path: "/readyz"})
		return err == nil && answer.Status == 200
	})
	ana := d.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	leo := d.API.Join(&e2e.Person{First: "Leo", Last: "Ruiz", Email: "leo@people.example", City: "Cali"})
	eva := d.API.Join(&e2e.Person{First: "Eva", Last: "Mora", Email: "eva@anb.example", City: "Cali"})
	video := d.API.Upload(ana.Token, e2e.VideoField(e2e.ClipBytes(t, 20)), e2e.TextField("title", "Triples")).Want(201).Text("video_id")

	promote(t, d, eva)
	changeContest(d, eva)
	first := d.API.AwaitProcessed(video, ana.Token)
	vote := e2e.Request{Method: "POST", Path: "/public/videos/" + video + "/vote"}
	vote.Token = leo.Token
	d.API.Do(vote).Want(200)
	vote.Token = eva.Token
	second := reprocess(t, d, first, ana, eva, vote)
	if second.Votes != 2 {
		t.Errorf("%d votes after the second run, want 2", second.Votes)
	}
	withdraw(t, d, video, ana, eva)
	checkActs(t, d, eva)

	if out := d.Tool("organiser", "remove", eva.Email, "--actor", eva.Email, "--reason", "Deja el cargo"); out != eva.Email+" is no organiser\n" {
		t.Errorf("organiser remove prints %q", out)
	}
	d.API.Get("/organiser/acts", eva.Token).Refused(403, "auth.role")
	e2e.CheckReadModels(t, d.Env)
}

func promote(t *testing.T, d *e2e.Deployment, eva *e2e.Person) {
	t.Helper()
	d.API.Get("/organiser/contest", eva.Token).Refused(403, "auth.role")
	for range 2 {
		if out := d.Tool("organiser", "add", eva.Email); out != eva.Email+" is an organiser\n" {
			t.Errorf("organiser add prints %q", out)
		}
	}
	if role := d.API.Get("/auth/me", eva.Token).Want(200).Text("role"); role != "organiser" {
		t.Errorf("the role is %s", role)
	}
	if out := d.Tool("organiser", "list"); strings.Count(out, "\n") != 2 || !strings.Contains(out, "Eva Mora") {
		t.Errorf("organiser list prints\n%s", out)
	}
}

func changeContest(d *e2e.Deployment, eva *e2e.Person) {
	var settings map[string]any
	d.API.Get("/organiser/contest", eva.Token).Want(200).Into(&settings)
	settings["vote_goal"], settings["reason"] = 2, "Meta alcanzable"
	put := e2e.Request{Method: "PUT", Path: "/organiser/contest", Token: eva.Token, JSON: settings}
	d.API.Do(put).Want(200)
	settings["vote_goal"] = 3 // as of the version before
	d.API.Do(put).Refused(409, "contest.changed")
}

// reprocess orders a second run while nobody works, sees that the first clip is served and voted for, and has it done.
func reprocess(t *testing.T, d *e2e.Deployment, first e2e.Video, ana, eva *e2e.Person, vote e2e.Request) e2e.Video {
	t.Helper()
	stop(t, d, "transcode")
	order := e2e.Request{
		Method: "POST", Path: "/organiser/entries/" + first.ID + "/reprocess", Token: eva.Token, JSON: map[string]string{"reason": "Sin sonido"},
	}
	d.API.Do(order).Want(202)
	d.API.Do(order).Want(202) // changes nothing
	var public struct {
		ProcessedURL string `json:"processed_url"`
	}
	d.API.Get("/public/videos/"+first.ID, "").Want(200).Into(&public)
	before := d.API.Download(public.ProcessedURL)
	d.API.Do(vote).Want(200)
	if v := d.API.Video(first.ID, ana.Token); v.Stage != "queued" || v.Status != "processed" {
		t.Errorf("while the second run waits the video is %+v", v)
	}
	d.Run("transcode")
	var second e2e.Video
	e2e.Eventually(t, "the second run is done", func() bool {
		second = d.API.Video(first.ID, ana.Token)
		return second.Stage == "ready" && second.Votes == 2
	})
	if second.ProcessedURL == public.ProcessedURL {
		t.Error("the second run stored over the first")
	}
	if after := d.API.Download(second.ProcessedURL); len(after) < len(before)/2 {
		t.Errorf("the second clip has %d bytes, the first %d", len(after), len(before))
	}
	if moved := d.API.Download(public.ProcessedURL); len(moved) == 0 {
		t.Error("the first clip's address leads nowhere")
	}
	return second
}

func withdraw(t *testing.T, d *e2e.Deployment, video string, ana, eva *e2e.Person) {
	t.Helper()
	d.API.Do(e2e.Request{
		Method: "POST", Path: "/organiser/entries/" + video + "/withdraw", Token: eva.Token, JSON: map[string]string{"reason": "No es de baloncesto"},
	}).Want(200)
	d.API.Get("/public/videos/"+video, "").Want(404)
	d.API.AwaitRanking("")
	answer := d.API.Get("/videos/"+video, ana.Token).Want(200)
	if stage, reason := answer.Text("stage"), answer.Text("reason"); stage != "withdrawn" || reason != "No es de baloncesto" {
		t.Errorf("the player is told %s: %s", stage, reason)
	}
}

func checkActs(t *testing.T, d *e2e.Deployment, eva *e2e.Person) {
	t.Helper()
	type line struct {
		Actor  string `json:"actor_name"`
		Act    string `json:"act"`
		Reason string `json:"reason"`
	}
	want := []line{ // newest first
		{"Eva Mora", "video.withdrawn", "No es de baloncesto"},
		{"Eva Mora", "video.reprocess-ordered", "Sin sonido"},
		{"Eva Mora", "contest.changed", "Meta alcanzable"},
		{"", "account.role-granted", "From the command line."},
		{"", "contest.created", ""},
	}
	var got []line
	e2e.Eventually(t, "the acts are listed", func() bool {
		d.API.Get("/organiser/acts", eva.Token).Want(200).Into(&got)
		return len(got) >= len(want)
	})
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("act %d is %+v, want %+v", i, got[i], want[i])
		}
	}
	var system struct {
		Queues []struct {
			Name      string
			Reachable bool
		}
		Projections []struct{ Stopped bool }
		LogPosition int64 `json:"log_position"`
	}
	d.API.Get("/organiser/system", eva.Token).Want(200).Into(&system)
	if len(system.Queues) != 3 || !system.Queues[0].Reachable || len(system.Projections) != 4 || system.LogPosition < 10 {
		t.Errorf("the system is %+v", system)
	}
	d.API.Do(e2e.Request{
		Method: "POST", Path: "/organiser/queues/transcode/redrive", Token: eva.Token, JSON: map[string]string{"reason": "Ya hay disco"},
	}).Want(200)
}
