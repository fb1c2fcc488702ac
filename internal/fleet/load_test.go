package fleet

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/rising-stars/showcase/internal/e2e"
)

// Of the load: it must show what fails, not how much a machine can do.
const (
	voters    = 40 // with every fault; without, a few are enough
	fewVoters = 12
	clients   = 4
	pauseEach = 20 * time.Millisecond // of a client between two requests
	patience  = 10 * time.Second      // of a client with one request
	lookEvery = 200 * time.Millisecond
)

// load is people who vote and look at rankings without end.
type load struct {
	f       *fleet
	voters  []*e2e.Person
	player  *e2e.Person
	videos  []string
	next    atomic.Int64
	wait    sync.WaitGroup
	stopped context.CancelFunc

	mu       sync.Mutex
	cast     map[e2e.Ballot]bool // answered 200
	requests int
	failed   int
	last     time.Time // of the last that failed
}

// begin makes the people and a video to vote for.
func begin(f *fleet, voters int) *load {
	f.t.Helper()
	l := &load{f: f, cast: map[e2e.Ballot]bool{}}
	l.player = f.api.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	l.voters = f.api.Crowd(voters, "voter", "Bogotá", "Cali")
	id := l.upload("first")
	l.processed(id)
	l.videos = []string{id}
	return l
}

// upload uploads a video, as often as it takes, under one key.
func (l *load) upload(title string) string {
	l.f.t.Helper()
	var id string
	l.f.await(title+" is uploaded", func() bool {
		ctx, cancel := context.WithTimeout(l.f.t.Context(), 3*patience)
		defer cancel()
		form := e2e.Form(e2e.VideoField(e2e.ClipBytes(l.f.t, 20)), e2e.TextField("title", title))
		form.Header = map[string]string{"Idempotency-Key": title}
		answer, err := l.f.api.TryUpload(ctx, l.player.Token, form)
		if err != nil || answer.Status != 201 {
			return false
		}
		id = answer.Text("video_id")
		return true
	})
	return id
}

// processed waits until a video is processed, whatever answers on the way there.
func (l *load) processed(id string) {
	l.f.t.Helper()
	l.f.await(id+" is processed", func() bool {
		<-time.After(lookEvery)
		ctx, cancel := context.WithTimeout(l.f.t.Context(), patience)
		defer cancel()
		answer, err := l.f.api.Try(ctx, e2e.Request{Path: "/videos/" + id, Token: l.player.Token})
		if err != nil || answer.Status != 200 {
			return false
		}
		var v e2e.Video
		answer.Into(&v)
		if v.Stage == "rejected" || v.Stage == "failed" {
			l.f.t.Fatalf("video %s: %+v", id, v)
		}
		return v.Status == "processed"
	})
}

// run starts the clients.
func (l *load) run() {
	ctx, stop := context.WithCancel(l.f.t.Context())
	l.stopped = stop
	for range clients {
		l.wait.Go(func() {
			for ctx.Err() == nil {
				l.request(ctx)
				select {
				case <-ctx.Done():
				case <-time.After(pauseEach):
				}
			}
		})
	}
}

// stop ends the clients and waits for what is under way.
func (l *load) stop() {
	l.stopped()
	l.wait.Wait()
}

// request votes, or looks at the ranking.
func (l *load) request(ctx context.Context) {
	n := int(l.next.Add(1))
	asked := e2e.Request{Path: "/public/rankings?limit=10"}
	var ballot e2e.Ballot
	if n%2 == 0 {
		voter, video := l.voters[n/2%len(l.voters)], l.videos[n/2/len(l.voters)%len(l.videos)]
		ballot = e2e.Ballot{Voter: voter.ID, Video: video}
		asked = e2e.Request{Method: "POST", Path: "/public/videos/" + video + "/vote", Token: voter.Token}
	}
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	answer, err := l.f.api.Try(bounded, asked)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests++
	switch {
	case err != nil || answer.Status >= 500:
		l.failed++
		l.last = time.Now()
	case answer.Status == 200 && ballot.Voter != "":
		l.cast[ballot] = true
	case answer.Status == 200 || answer.Code() == "vote.already-cast":
	default:
		l.f.t.Errorf("%s: %d %s", asked.Path, answer.Status, answer.Body)
	}
}

// reset begins to count anew and returns what was counted.
func (l *load) reset() (requests, failed int, last time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	requests, failed, last = l.requests, l.failed, l.last
	l.requests, l.failed, l.last = 0, 0, time.Time{}
	return requests, failed, last
}

// lost are the ballots that were answered 200 and are not in the log.
func (l *load) lost(tables *e2e.Tables) (lost int) {
	inLog := map[e2e.Ballot]bool{}
	for _, b := range tables.Ballots() {
		inLog[b] = true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for b := range l.cast {
		if !inLog[b] {
			lost++
		}
	}
	return lost
}

// doubled is what the log has twice that it must have once.
func doubled(tables *e2e.Tables) int {
	return int(tables.Number(`
		SELECT count(*) FROM (
			SELECT FROM events WHERE type = 'ballot.cast' GROUP BY data->>'voter_id', data->>'video_id' HAVING count(*) > 1
			UNION ALL
			SELECT FROM events WHERE type IN ('video.submitted', 'video.processed') GROUP BY stream, type HAVING count(*) > 1
			UNION ALL
			SELECT FROM events GROUP BY id HAVING count(*) > 1
		) AS twice`))
}

// processedOnce says how many of the uploads were not processed exactly once.
func processedOnce(tables *e2e.Tables) int {
	return int(tables.Number(`
		SELECT count(*) FROM (
			SELECT FROM events WHERE stream LIKE 'video-%' OR type LIKE 'video.%' GROUP BY stream
			HAVING count(*) FILTER (WHERE type = 'video.submitted') = 1 AND count(*) FILTER (WHERE type = 'video.processed') <> 1
		) AS odd`))
}

// result is a line of the table.
type result struct {
	fault            string
	requests, failed int
	answers, whole   time.Duration // until the last failed request; until everything had caught up
	lost, doubled    int
}

const heading = "fault                              requests  failed  answers after  whole after  lost  doubled"

func (r result) String() string {
	return fmt.Sprintf("%-34s %8d %7d %12.1f s %10.1f s %5d %8d", r.fault, r.requests, r.failed, r.answers.Seconds(), r.whole.Seconds(), r.lost, r.doubled)
}
