package e2e

import (
	"context"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
)

// alreadyCast is the sentence of the contract for a second vote.
const alreadyCast = "Ya has votado por este video"

// Ballot is a voter's choice.
type Ballot struct{ Voter, Video string } // ids

// Tally counts votes as a client sees them.
type Tally struct {
	t    testing.TB
	mu   sync.Mutex
	cast map[Ballot]int // answered 200
	open map[Ballot]int // not answered: cast or not
}

// NewTally has seen no vote.
func NewTally(t testing.TB) *Tally {
	t.Helper()
	return &Tally{t: t, cast: map[Ballot]int{}, open: map[Ballot]int{}}
}

// Vote casts a vote and counts it. No answer is counted too; any answer but yes and already cast fails the test. It says
// whether there was an answer. It may be called from any goroutine.
func (y *Tally) Vote(ctx context.Context, api *API, voter *Person, video string) bool {
	b := Ballot{Voter: voter.ID, Video: video}
	answer, err := api.Try(ctx, Request{Method: http.MethodPost, Path: "/public/videos/" + video + "/vote", Token: voter.Token})
	y.mu.Lock()
	defer y.mu.Unlock()
	switch {
	case err != nil:
		y.open[b]++
		return false
	case answer.Status == http.StatusOK:
		y.cast[b]++
	case answer.Code() == "vote.already-cast" && strings.Contains(answer.Text("detail"), alreadyCast):
	default:
		y.t.Errorf("vote: %d %s", answer.Status, answer.Body)
	}
	return true
}

// Storm casts the ballots, each so many times, over so many connections, in an order that a seed gives.
func (y *Tally) Storm(api *API, voters []*Person, ballots []Ballot, times, clients int, seed uint64) {
	y.t.Helper()
	byID := map[string]*Person{}
	for _, v := range voters {
		byID[v.ID] = v
	}
	all := slices.Concat(slices.Repeat([][]Ballot{ballots}, times)...)
	random := rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // repeatable on purpose
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	turns := make(chan Ballot)
	var workers sync.WaitGroup
	for range clients {
		workers.Go(func() {
			for b := range turns {
				y.Vote(y.t.Context(), api, byID[b.Voter], b.Video)
			}
		})
	}
	for _, b := range all {
		turns <- b
	}
	close(turns)
	workers.Wait()
}

// Known are the ballots that were answered 200, and those that got no answer at some time, each in no order.
func (y *Tally) Known() (cast, open []Ballot) {
	y.mu.Lock()
	defer y.mu.Unlock()
	return slices.Collect(maps.Keys(y.cast)), slices.Collect(maps.Keys(y.open))
}

// CheckOnce requires of a tally that saw every ballot of want tried, and an answer to its last try, that each was
// answered 200 once; one that got no answer before may have been cast then and so never be answered 200.
func (y *Tally) CheckOnce(want []Ballot) {
	y.t.Helper()
	y.mu.Lock()
	defer y.mu.Unlock()
	wanted := map[Ballot]bool{}
	for _, b := range want {
		wanted[b] = true
		if y.cast[b] == 0 && y.open[b] == 0 {
			y.t.Errorf("%v was never answered 200", b)
		}
	}
	for b, n := range y.cast {
		if n != 1 {
			y.t.Errorf("%v was answered 200 %d times", b, n)
		}
		if !wanted[b] {
			y.t.Errorf("%v was answered 200", b)
		}
	}
}

// PerVideo counts ballots per video.
func PerVideo(ballots []Ballot) map[string]int {
	n := map[string]int{}
	for _, b := range ballots {
		n[b.Video]++
	}
	return n
}

// Place is a row of the ranking.
type Place struct {
	Position int    `json:"position"`
	Username string `json:"username"`
	City     string `json:"city"`
	Votes    int    `json:"votes"`
}

// AwaitRanking waits until the ranking is these rows; query is such as ?city=cali.
func (a *API) AwaitRanking(query string, want ...Place) {
	a.t.Helper()
	var got []Place
	defer func() {
		if a.t.Failed() {
			a.t.Logf("ranking%s is %+v, want %+v", query, got, want)
		}
	}()
	Eventually(a.t, "the ranking is the client's count", func() bool {
		got = nil
		a.Get("/public/rankings"+query, "").Want(http.StatusOK).Into(&got)
		return slices.Equal(got, want)
	})
}
