package main

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/rising-stars/showcase/internal/e2e"
)

// TestContest is a whole contest as its players, voters and visitors see it. Its queues double, delay and lose, and are
// emptied again and again while votes are cast; nobody should notice.
func TestContest(t *testing.T) {
	t.Parallel()
	c := e2e.NewContest(t, "--chaos", "0.05").Start()
	ana := c.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	leo := c.API.Join(&e2e.Person{First: "Leo", Last: "Ruiz", Email: "leo@players.example", City: "Cali"})
	c.API.Do(e2e.Request{Method: "POST", Path: "/auth/signup", JSON: map[string]string{
		"first_name": "Otra", "last_name": "Ana", "email": "ANA@players.example", "city": "Cali", "country": "Colombia",
		"password1": "a-fine-password", "password2": "a-fine-password",
	}}).Refused(400, "account.email-taken")

	upload := func(who *e2e.Person, seconds int, title, public string) string {
		return c.API.Upload(who.Token, e2e.TextField("title", title), e2e.TextField("is_public", public),
			e2e.VideoField(e2e.ClipBytes(t, seconds))).Want(201).Text("video_id")
	}
	annas := upload(ana, 20, "Triples", "true")
	watch(t, c.API, annas, ana.Token)
	leos, private := upload(leo, 33, "Mates", "true"), upload(ana, 20, "Solo para mí", "false")
	checkClip(t, c.API, c.API.AwaitProcessed(annas, ana.Token), 25)
	checkClip(t, c.API, c.API.AwaitProcessed(leos, leo.Token), 35)

	voters := c.API.Crowd(40, "voter", "Bogotá", "Cali", "Medellín")
	c.API.AwaitProcessed(private, ana.Token) // its job would be purged with the others
	votes(t, c, voters, annas, leos)
	figures(t, c.API, ana, leo, annas, leos)
	deletion(t, c.API, ana, leo, annas, private)
	logout(t, c.API, leo)
	e2e.CheckReadModels(t, c.Env())
}

// watch sees a video go from queued over processing to ready, with progress that rises.
func watch(t *testing.T, api *e2e.API, id, token string) {
	t.Helper()
	var stages []string
	var progress []int
	defer func() { t.Logf("stages %v, progress %v", stages, progress) }()
	e2e.Eventually(t, "the video is ready", func() bool {
		v := api.Video(id, token)
		if len(stages) == 0 || stages[len(stages)-1] != v.Stage {
			stages = append(stages, v.Stage)
		}
		if v.Stage == "processing" && (len(progress) == 0 || progress[len(progress)-1] != v.Progress) {
			progress = append(progress, v.Progress)
		}
		if v.Stage == "rejected" || v.Stage == "failed" {
			t.Fatalf("%+v", v)
		}
		if want := map[bool]string{true: "processed", false: "uploaded"}[v.Stage == "ready"]; v.Status != want {
			t.Fatalf("stage %s has status %s, want %s", v.Stage, v.Status, want)
		}
		return v.Stage == "ready"
	})
	if !slices.Equal(stages, []string{"queued", "processing", "ready"}) && !slices.Equal(stages, []string{"processing", "ready"}) {
		t.Errorf("stages %v", stages)
	}
	if len(progress) < 3 || !slices.IsSorted(progress) {
		t.Errorf("progress %v, want at least three steps that rise", progress)
	}
}

// checkClip has ffprobe look at what voters see.
func checkClip(t *testing.T, api *e2e.API, v e2e.Video, seconds float64) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "clip.mp4")
	if err := os.WriteFile(path, api.Download(v.ProcessedURL), 0o600); err != nil {
		t.Fatal(err)
	}
	var probed struct {
		Streams []struct {
			CodecName string `json:"codec_name"`
			PixFmt    string `json:"pix_fmt"`
			CodecType string `json:"codec_type"`
			Width     int    `json:"width"`
			Height    int    `json:"height"`
		} `json:"streams"`
		Format struct {
			Duration string `json:"duration"`
		} `json:"format"`
	}
	out := e2e.Run(t, e2e.Command{Path: "ffprobe", Args: []string{"-v", "error", "-show_streams", "-show_format", "-of", "json", path}})
	if err := json.Unmarshal([]byte(out), &probed); err != nil {
		t.Fatal(err)
	}
	if len(probed.Streams) != 1 {
		t.Fatalf("%d streams: %s", len(probed.Streams), out)
	}
	s := probed.Streams[0]
	if s.CodecType != "video" || s.CodecName != "h264" || s.PixFmt != "yuv420p" || s.Width != 1280 || s.Height != 720 {
		t.Errorf("stream %+v", s)
	}
	got, err := strconv.ParseFloat(probed.Format.Duration, 64)
	if err != nil || math.Abs(got-seconds) > 0.1 {
		t.Errorf("%s s long, want %.1f", probed.Format.Duration, seconds)
	}
}

// votes casts thousands of votes at once, each many times, empties every queue meanwhile, and counts.
func votes(t *testing.T, c *e2e.Contest, voters []*e2e.Person, annas, leos string) {
	t.Helper()
	var ballots []e2e.Ballot
	for i, v := range voters {
		ballots = append(ballots, e2e.Ballot{Voter: v.ID, Video: annas})
		if i%3 > 0 {
			ballots = append(ballots, e2e.Ballot{Voter: v.ID, Video: leos})
		}
	}
	tally := e2e.NewTally(t)
	queues, purged := e2e.NewQueues(t, c.Env()), 0
	storm := make(chan struct{})
	go func() {
		defer close(storm)
		tally.Storm(c.API, voters, ballots, 45, 24, 7)
	}()
	e2e.Eventually(t, "the votes are cast", func() bool {
		if n := queues.Purge(); n != 6 {
			t.Errorf("%d queues, want three and their dead-letter queues", n)
		}
		purged++
		select {
		case <-storm:
			return true
		default:
			return false
		}
	})
	t.Logf("every queue was emptied %d times", purged)
	tally.CheckOnce(ballots)
	per := e2e.PerVideo(ballots)
	rows := []e2e.Place{
		{Position: 1, Username: "Ana Peña", City: "Bogotá", Votes: per[annas]},
		{Position: 2, Username: "Leo Ruiz", City: "Cali", Votes: per[leos]},
	}
	c.API.AwaitRanking("", rows...)
	c.API.AwaitRanking("?city=cali", e2e.Place{Position: 1, Username: "Leo Ruiz", City: "Cali", Votes: per[leos]})
	c.API.AwaitRanking("?from=2&to=2", rows[1])
	c.API.AwaitRanking("?city=Leticia")
	if got := c.API.Get("/user/votes", voters[1].Token).Want(200); len(got.Body) < 2*36 {
		t.Errorf("voted for %s", got.Body)
	}
}

// figures compares what players see with the client's own count.
func figures(t *testing.T, api *e2e.API, ana, leo *e2e.Person, annas, leos string) {
	t.Helper()
	for _, want := range []struct {
		who         *e2e.Person
		video       string
		votes       int
		videosReady int
	}{{ana, annas, 40, 2}, {leo, leos, 26, 1}} {
		e2e.Eventually(t, "the dashboard is the client's count", func() bool {
			var d struct {
				TotalVotes      int `json:"total_votes"`
				CityRank        int `json:"city_rank"`
				VideosProcessed int `json:"videos_processed"`
				VideosPending   int `json:"videos_pending"`
			}
			api.Get("/dashboard", want.who.Token).Want(200).Into(&d)
			return d.TotalVotes == want.votes && d.CityRank == 1 && d.VideosProcessed == want.videosReady && d.VideosPending == 0
		})
		if v := api.Video(want.video, want.who.Token); v.Votes != want.votes {
			t.Errorf("%s has %d votes, want %d", v.Title, v.Votes, want.votes)
		}
	}
	for _, video := range []string{annas, leos} {
		vote := func(who *e2e.Person) e2e.Answer {
			return api.Do(e2e.Request{Method: "POST", Path: "/public/videos/" + video + "/vote", Token: who.Token})
		}
		if video == annas {
			vote(ana).Refused(400, "vote.own-video")
			vote(leo).Want(200)
			vote(leo).Refused(400, "vote.already-cast")
		}
	}
}

// deletion is refused once there may be votes, and final where it is allowed.
func deletion(t *testing.T, api *e2e.API, ana, leo *e2e.Person, annas, private string) {
	t.Helper()
	remove := func(id, token string) e2e.Answer {
		return api.Do(e2e.Request{Method: "DELETE", Path: "/videos/" + id, Token: token})
	}
	v := api.Video(private, ana.Token)
	api.Download(v.OriginalURL)
	remove(annas, ana.Token).Refused(400, "video.published")
	remove(private, "").Want(401)
	remove(private, leo.Token).Want(403)
	api.Get("/public/videos/"+private, "").Want(404)
	if got := remove(private, ana.Token).Want(200); got.Text("video_id") != private {
		t.Errorf("got %s", got.Body)
	}
	api.Get("/videos/"+private, ana.Token).Want(404)
	remove(private, ana.Token).Want(404)
	for _, url := range []string{v.OriginalURL, v.ProcessedURL, v.PreviewURL} {
		if status := api.Status(url); status != 404 {
			t.Errorf("GET %s of the deleted video: %d", url, status)
		}
	}
	for _, v := range api.Videos(ana.Token) {
		if v.ID == private {
			t.Error("the deleted video is listed")
		}
	}
	for _, id := range []string{"99999", "00000000-0000-0000-0000-000000000000", fmt.Sprintf("%s'--", annas)} {
		api.Get("/videos/"+id, ana.Token).Want(404)
	}
}

// logout ends the session at once on the instance that was asked, and within a second on others.
func logout(t *testing.T, api *e2e.API, who *e2e.Person) {
	t.Helper()
	api.Get("/auth/me", who.Token).Want(200)
	api.Do(e2e.Request{Method: "POST", Path: "/auth/logout", Token: who.Token}).Want(200)
	e2e.Eventually(t, "the token is refused", func() bool { return api.Get("/auth/me", who.Token).Status == 401 })
	if answer, err := api.TrySignIn(who); err != nil || answer.Status != 200 {
		t.Errorf("signing in again: %d, %v", answer.Status, err)
	}
}
