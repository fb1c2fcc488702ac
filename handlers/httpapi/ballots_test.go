package httpapi_test

import (
	"testing"
	"time"

	"github.com/rising-stars/showcase/projections/dashboard"
)

// TestVoidedVotesAreTold has organisers take a video's votes out of the count: who gave one and whose video it is are told
// why, and nobody else is told anything.
func TestVoidedVotesAreTold(t *testing.T) {
	t.Parallel()
	s := start(t)
	ana, anas := s.join("ana")
	ben, bens := s.join("ben")
	video, other := s.published(ana), s.published(ben)
	s.vote(video.ID, bens).want(200)
	_, carlas := s.join("carla")
	s.vote(video.ID, carlas).want(200)
	s.vote(other.ID, carlas).want(200)

	type told struct {
		VideoID   string `json:"video_id"`
		Title     string
		Counts    *bool
		Reason    string
		DecidedAt time.Time `json:"decided_at"`
		Votes     int
	}
	var ballots []told
	s.get("/api/user/ballots", carlas).want(200).decode(&ballots)
	for _, b := range ballots {
		if !*b.Counts || b.Reason != "" {
			t.Errorf("before: %+v", b)
		}
	}
	at := time.Date(2026, 11, 20, 15, 0, 0, 0, time.UTC)
	s.mu.Lock()
	s.voided[video.ID] = dashboard.Ruling{Reason: "Votos de un <b>robot</b>", At: at}
	s.mu.Unlock()
	s.get("/api/user/ballots", carlas).want(200).decode(&ballots)
	if len(ballots) != 2 || *ballots[0].Counts || ballots[0].Reason != "Votos de un <b>robot</b>" || !ballots[0].DecidedAt.Equal(at) || !*ballots[1].Counts {
		t.Errorf("after: %+v", ballots)
	}
	if got := s.get("/api/user/votes", carlas).want(200); string(got.body) != `["`+video.ID.String()+`","`+other.ID.String()+`"]` {
		t.Errorf("the ids are %s", got.body)
	}
	for name, c := range map[string]struct {
		token       string
		lost, given int
	}{"the player": {anas, 1, 0}, "a voter": {bens, 0, 1}} {
		var d struct {
			VoidedVotes   []told `json:"voided_votes"`
			VoidedBallots []told `json:"voided_ballots"`
		}
		s.get("/api/dashboard", c.token).want(200).decode(&d)
		if len(d.VoidedVotes) != c.lost || len(d.VoidedBallots) != c.given {
			t.Errorf("%s is told %+v", name, d)
		}
		for _, v := range d.VoidedVotes {
			if v.Votes != 2 || v.Reason != "Votos de un <b>robot</b>" {
				t.Errorf("%s is told %+v", name, v)
			}
		}
		for _, b := range d.VoidedBallots {
			if b.VideoID != video.ID.String() || b.Title != "Mate" || !b.DecidedAt.Equal(at) {
				t.Errorf("%s is told %+v", name, b)
			}
		}
	}
	s.get("/api/user/ballots", "").refused(401, "auth.token-missing")
}
