package main

import (
	"context"
	"fmt"
	"sync"
	"testing"

	"github.com/rising-stars/showcase/internal/e2e"
)

// TestChaos holds a contest on queues that double, delay and lose, and that are emptied again and again in the middle.
// What is counted in the end is what was voted.
func TestChaos(t *testing.T) {
	t.Parallel()
	c := e2e.NewContest(t, "--chaos", "0.05").Start()
	ana := c.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	video := c.API.Upload(ana.Token, e2e.VideoField(e2e.ClipBytes(t, 20)), e2e.TextField("title", "Triples")).Want(201).Text("video_id")
	c.API.AwaitProcessed(video, ana.Token)

	const voters = 75
	tally := e2e.NewTally(t)
	queues := e2e.NewQueues(t, c.Env())
	ballots := make([]e2e.Ballot, voters)
	turns := make(chan int)
	var visits sync.WaitGroup
	for range 3 {
		visits.Go(func() {
			for i := range turns {
				ballots[i] = joinAndVote(t, c.API, tally, i, video)
			}
		})
	}
	purged := 0
	func() {
		defer visits.Wait()
		defer close(turns)
		for i := range voters {
			turns <- i
			if i < voters/3 || i > voters*2/3 {
				continue
			}
			if n := queues.Purge(); n != 6 {
				t.Fatalf("%d queues, want three and their dead-letter queues", n)
			}
			purged++
		}
	}()
	if t.Failed() {
		t.FailNow()
	}
	t.Logf("every queue was emptied %d times", purged)
	tally.CheckOnce(ballots)
	c.API.AwaitRanking("", e2e.Place{Position: 1, Username: ana.Name(), City: ana.City, Votes: voters})
	e2e.CheckReadModels(t, c.Env())
}

// joinAndVote is one voter's whole visit; the vote is cast three times.
func joinAndVote(t *testing.T, api *e2e.API, tally *e2e.Tally, i int, video string) e2e.Ballot {
	t.Helper()
	p := &e2e.Person{First: "Eva", Last: "Sol", City: "Cali", Email: fmt.Sprintf("eva%d@people.example", i)}
	if err := api.TryJoin(p); err != nil {
		t.Error(err)
		return e2e.Ballot{}
	}
	for range 3 {
		tally.Vote(context.WithoutCancel(t.Context()), api, p, video)
	}
	return e2e.Ballot{Voter: p.ID, Video: video}
}
