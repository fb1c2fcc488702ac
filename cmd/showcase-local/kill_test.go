package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/e2e"
)

const (
	killSeed = 20261122 // decides when the program is killed and who votes in which order
	kills    = 4        // and one more end, by a signal that it may answer
	burst    = 16       // votes under way in the moment of the end
	uploaded = 20 << 20 // bytes of each video, so that it takes its time
)

// TestKilled kills the program at random moments while it takes votes, sign-ups and uploads and makes a clip. What was
// answered is there afterwards, once; what was not may be there, once.
func TestKilled(t *testing.T) {
	t.Parallel()
	c := e2e.NewContest(t).Start()
	r := &rush{
		t: t, c: c, tally: e2e.NewTally(t), random: rand.New(rand.NewPCG(killSeed, killSeed)),
		owner: c.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"}),
	}
	first := r.upload("first")
	r.voters = c.API.Crowd((kills+1)*burst, "voter", "Bogotá", "Cali")
	c.API.AwaitProcessed(first, r.owner.Token)
	for _, v := range r.voters {
		r.ballots = append(r.ballots, e2e.Ballot{Voter: v.ID, Video: first})
	}
	var kept string // uploaded in the first round, and worked on while the program is killed again and again
	for round := range kills {
		r.round(round, func() {
			c.Kill()
			e2e.Eventually(t, "its children are gone", func() bool { return len(r.family.Living()) == 0 })
		})
		c.Start()
		r.nothingLost()
		id := r.upload(fmt.Sprintf("round-%d", round)) // again, under the same key
		if round == 0 {
			kept = id
		} else {
			c.API.Do(e2e.Request{Method: "DELETE", Path: "/videos/" + id, Token: r.owner.Token}).Want(200)
		}
	}
	r.round(kills, func() {
		if code := c.Stop(syscall.SIGTERM); code != 0 {
			t.Errorf("exit code %d after SIGTERM: %s", code, c.Output())
		}
	})
	c.Start()
	r.settle()
	if got := c.API.AwaitProcessed(kept, r.owner.Token); got.Title != "round-0" {
		t.Errorf("got %+v", got)
	}
	e2e.CheckReadModels(t, c.Env())
}

// rush is what goes on while the program is killed.
type rush struct {
	t       *testing.T
	c       *e2e.Contest
	tally   *e2e.Tally
	random  *rand.Rand
	owner   *e2e.Person
	voters  []*e2e.Person
	ballots []e2e.Ballot
	family  e2e.Family

	joined, maybe []*e2e.Person // by the last round's goroutine, read after it
}

// upload uploads a video, or finds out under which id an earlier try entered it.
func (r *rush) upload(title string) string {
	r.t.Helper()
	answer, err := r.tryUpload(r.t.Context(), title)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer.Want(201).Text("video_id")
}

func (r *rush) tryUpload(ctx context.Context, title string) (e2e.Answer, error) {
	form := e2e.Form(e2e.Padded(e2e.ClipBytes(r.t, 20), uploaded), e2e.TextField("title", title))
	form.Header = map[string]string{"Idempotency-Key": title}
	return r.c.API.TryUpload(ctx, r.owner.Token, form)
}

// round lets clients rush for a random while and then ends the program.
func (r *rush) round(n int, end func()) {
	r.t.Helper()
	ctx, stop := context.WithCancel(r.t.Context())
	defer stop()
	var clients sync.WaitGroup
	for range 4 {
		random := rand.New(rand.NewPCG(killSeed, r.random.Uint64()))
		clients.Go(func() { r.vote(ctx, random, n*burst) })
	}
	clients.Go(func() { r.signUp(ctx, n) })
	clients.Go(func() { _, _ = r.tryUpload(ctx, fmt.Sprintf("round-%d", n)) }) // whatever comes of it
	while := time.Duration(r.random.Int64N(int64(2500 * time.Millisecond)))
	r.t.Logf("round %d goes on for %s", n, while)
	<-time.After(while)
	r.family = e2e.FamilyOf(r.t, r.c.PID())
	for i := n * burst; i < (n+1)*burst; i++ {
		clients.Go(func() { r.tally.Vote(ctx, r.c.API, r.voters[i], r.ballots[i].Video) })
	}
	<-time.After(time.Duration(r.random.Int64N(int64(25 * time.Millisecond))))
	end()
	stop()
	clients.Wait()
	if r.t.Failed() {
		r.t.FailNow()
	}
}

// vote casts ballots of the rounds before once more, and a fresh one, until nobody answers.
func (r *rush) vote(ctx context.Context, random *rand.Rand, tried int) {
	for ctx.Err() == nil {
		i := random.IntN(tried + 1)
		if !r.tally.Vote(ctx, r.c.API, r.voters[i], r.ballots[i].Video) {
			return
		}
	}
}

// signUp makes accounts until nobody answers.
func (r *rush) signUp(ctx context.Context, round int) {
	for i := 0; ctx.Err() == nil; i++ {
		p := &e2e.Person{First: "Eva", Last: "Sol", City: "Cali", Email: fmt.Sprintf("eva%d-%d@people.example", round, i)}
		answer, err := r.c.API.TrySignUp(p)
		switch {
		case err != nil:
			r.maybe = append(r.maybe, p)
			return
		case answer.Status == 201:
			r.joined = append(r.joined, p)
		default:
			r.t.Errorf("sign-up: %d %s", answer.Status, answer.Body)
			return
		}
	}
}

// nothingLost compares the log with the votes that were answered.
func (r *rush) nothingLost() {
	r.t.Helper()
	tables := r.c.Tables()
	defer tables.Close()
	inLog := tables.Ballots()
	answered, _ := r.tally.Known()
	for _, b := range answered {
		if !slices.Contains(inLog, b) {
			r.t.Errorf("%v was answered 200 and is lost", b)
		}
	}
}

// settle asks again for all that got no answer, and compares what is there with what was answered.
func (r *rush) settle() {
	r.t.Helper()
	r.nothingLost()
	answered, _ := r.tally.Known()
	r.tally.Storm(r.c.API, r.voters, r.ballots, 2, 8, killSeed)
	r.tally.CheckOnce(r.ballots)
	r.c.API.AwaitRanking("", e2e.Place{Position: 1, Username: r.owner.Name(), City: r.owner.City, Votes: len(r.ballots)})

	r.t.Logf("%d ballots and %d accounts were answered, %d accounts not", len(answered), len(r.joined), len(r.maybe))
	for _, p := range r.maybe {
		if answer, err := r.c.API.TrySignUp(p); err != nil || answer.Status != 201 && answer.Code() != "account.email-taken" {
			r.t.Errorf("sign-up again: %d %s, %v", answer.Status, answer.Body, err)
		}
	}
	for _, p := range slices.Concat(r.joined, r.maybe) {
		if answer, err := r.c.API.TrySignIn(p); err != nil || answer.Status != 200 {
			r.t.Errorf("%s cannot sign in: %d %s, %v", p.Email, answer.Status, answer.Body, err)
		}
	}
	var titles []string
	for _, v := range r.c.API.Videos(r.owner.Token) {
		titles = append(titles, v.Title)
	}
	slices.Sort(titles)
	for _, title := range slices.Compact(slices.Clone(titles)) {
		if n := slices.Index(titles, title); n+1 < len(titles) && titles[n+1] == title {
			r.t.Errorf("%q is there more than once", title)
		}
	}
	if !slices.Contains(titles, "first") || !slices.Contains(titles, "round-0") {
		r.t.Errorf("videos %v", titles)
	}
}

// TestKilledWhileStarting kills the program at moments of its first starts on a directory; the next start finishes.
func TestKilledWhileStarting(t *testing.T) {
	t.Parallel()
	c := e2e.NewContest(t)
	random := rand.New(rand.NewPCG(killSeed, 1))
	for i := range 5 {
		c.Launch()
		while := time.Duration(i)*300*time.Millisecond + time.Duration(random.Int64N(int64(300*time.Millisecond)))
		<-time.After(while)
		family := e2e.FamilyOf(t, c.PID())
		c.Kill()
		e2e.Eventually(t, "its children are gone", func() bool { return len(family.Living()) == 0 })
		t.Logf("killed after %s with %d processes: %q", while, len(family), c.Output())
	}
	c.Start()
	c.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	e2e.CheckReadModels(t, c.Env())
}
