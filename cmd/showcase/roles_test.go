package main

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/e2e"
)

// TestRoles runs the four roles as four processes, from an empty database to a counted vote, and looks after a job that
// fails again and again.
func TestRoles(t *testing.T) {
	t.Parallel()
	d := e2e.NewDeployment(t, time.Now)
	d.Tool("migrate") // again, which changes nothing
	provision(t, d)
	if out := d.Tool("contest", "apply"); out != "" {
		t.Errorf("contest apply prints %q", out)
	}
	if out := d.Tool("contest", "show"); !strings.Contains(out, `"Ensayo general"`) {
		t.Errorf("contest show prints %s", out)
	}
	for _, role := range []string{"api", "relay", "project", "transcode"} {
		d.Run(role)
	}
	e2e.Eventually(t, "the API is ready", func() bool {
		answer, err := d.API.Try(t.Context(), e2e.Request{Path: "/readyz"})
		return err == nil && answer.Status == 200
	})
	ana := d.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	leo := d.API.Join(&e2e.Person{First: "Leo", Last: "Ruiz", Email: "leo@people.example", City: "Cali"})
	video := d.API.Upload(ana.Token, e2e.VideoField(e2e.ClipBytes(t, 20)), e2e.TextField("title", "Triples")).Want(201).Text("video_id")
	if v := d.API.AwaitProcessed(video, ana.Token); len(d.API.Download(v.ProcessedURL)) < 100_000 {
		t.Errorf("the clip at %s is small", v.ProcessedURL)
	}
	vote := e2e.Request{Method: "POST", Path: "/public/videos/" + video + "/vote", Token: leo.Token}
	d.API.Do(vote).Want(200)
	d.API.Do(vote).Refused(400, "vote.already-cast")
	d.API.AwaitRanking("", e2e.Place{Position: 1, Username: "Ana Peña", City: "Bogotá", Votes: 1})

	deadJob(t, d, ana)
	e2e.CheckReadModels(t, d.Env)
	for _, role := range []string{"transcode", "project", "relay", "api"} {
		stop(t, d, role)
	}
}

// stop ends a role in order.
func stop(t *testing.T, d *e2e.Deployment, role string) {
	t.Helper()
	if code := d.Role(role).Stop(syscall.SIGTERM); code != 0 {
		t.Errorf("%s ends with exit code %d: %s", role, code, d.Role(role).Output())
	}
}

// provision makes queues and bucket, twice.
func provision(t *testing.T, d *e2e.Deployment) {
	t.Helper()
	queues := e2e.NewQueues(t, d.Env)
	var before map[string]string
	for range 2 {
		if out := d.Tool("provision"); out != "queues and bucket are there\n" {
			t.Errorf("provision prints %q", out)
		}
		got := queues.Attributes("e2e-transcode")
		if !strings.Contains(got["RedrivePolicy"], "e2e-transcode-dlq") {
			t.Errorf("redrive policy %q", got["RedrivePolicy"])
		}
		if before != nil && got["LastModifiedTimestamp"] != before["LastModifiedTimestamp"] {
			t.Error("provisioning again changed a queue")
		}
		before = got
	}
	if keys := e2e.NewObjects(t, d.Env).Keys(); len(keys) > 0 {
		t.Errorf("a new bucket has %v", keys)
	}
}

// deadJob has a job fail until its message is dead, mends what was wrong and brings the message back.
func deadJob(t *testing.T, d *e2e.Deployment, who *e2e.Person) {
	t.Helper()
	stop(t, d, "transcode") // so that the object can be hidden before the job is begun
	video := d.API.Upload(who.Token, e2e.VideoField(e2e.ClipBytes(t, 20)), e2e.TextField("title", "Mates")).Want(201).Text("video_id")
	objects := e2e.NewObjects(t, d.Env)
	keys := objects.Keys()
	i := slices.IndexFunc(keys, func(key string) bool { return strings.HasPrefix(key, "originals/"+video+"/") })
	if i < 0 {
		t.Fatalf("no original of %s among %v", video, keys)
	}
	objects.Move(keys[i], "hidden.mp4")
	worker := d.Run("transcode")
	e2e.Eventually(t, "the job is given up", func() bool { return d.API.Video(video, who.Token).Stage == "failed" })
	e2e.Eventually(t, "its message is dead", func() bool { return strings.Contains(d.Tool("dlq", "list", "transcode"), video) })
	if out := d.Tool("dlq", "list", "transcode"); strings.Count(out, "\n") != 2 || !strings.Contains(out, video) {
		t.Errorf("dlq list prints\n%s", out)
	}
	if out := d.Tool("dlq", "list", "ranking"); strings.Count(out, "\n") != 1 {
		t.Errorf("dlq list of another topic prints\n%s", out)
	}
	if n := strings.Count(worker.Output(), `"msg":"attempt failed"`) + strings.Count(worker.Output(), `"msg":"video given up"`); n != 5 {
		t.Errorf("%d attempts were made, want 5:\n%s", n, worker.Output())
	}

	objects.Move("hidden.mp4", keys[i])
	if out := d.Tool("dlq", "redrive", "transcode"); out != "transcode: 1 brought back\n" {
		t.Errorf("dlq redrive prints %q", out)
	}
	e2e.Eventually(t, "the video is processed after all", func() bool { return d.API.Video(video, who.Token).Status == "processed" })
	if out := d.Tool("dlq", "list"); strings.Count(out, "\n") != 1 {
		t.Errorf("dlq list prints\n%s", out)
	}
	if left, err := filepath.Glob(filepath.Join(d.Scratch, "jobs", "*")); err != nil || len(left) > 0 {
		t.Errorf("left in scratch: %v, %v", left, err)
	}
}
