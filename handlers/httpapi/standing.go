package httpapi

import (
	"net/http"
	"time"

	"github.com/rising-stars/showcase/aggregates/contest"
)

// standing is one's own row of the rankings.
type standing struct {
	Position         *int64 `json:"position"` // in the country; null without a public video
	Participants     int64  `json:"participants"`
	CityPosition     *int64 `json:"city_position"`
	CityParticipants int64  `json:"city_participants"`
	City             string `json:"city"`
	Votes            int64  `json:"votes"`
	ToNext           int64  `json:"to_next"` // votes, to pass the player above in the city; 0 for the first
	Finalist         bool   `json:"finalist"`
}

// showStanding answers GET /api/user/standing.
func (a *api) showStanding(w *reply, r *http.Request) error {
	p, found, err := a.whoami(w, r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	out := standing{City: found.City}
	s, ranked, err := a.Ranking.PlayerRank(ctx, p.Account)
	if err != nil {
		return err
	}
	if !ranked {
		return writeJSON(w, http.StatusOK, out)
	}
	out.City, out.Votes, out.ToNext = s.City, s.Votes, s.VotesToNext
	out.CityPosition, out.CityParticipants = &s.Position, s.Participants
	position, participants, err := a.Ranking.NationalRank(ctx, p.Account)
	if err != nil {
		return err
	}
	if position > 0 {
		out.Position, out.Participants = &position, participants
	}
	settings, _, err := a.Contest.Contest(ctx)
	out.Finalist = s.Position <= int64(settings.FinalistsPerCity)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, out)
}

// publicSettings is what everybody may know of the contest.
type publicSettings struct {
	Name             string    `json:"name"`
	OpensAt          time.Time `json:"opens_at"`
	ClosesAt         time.Time `json:"closes_at"`
	VoteGoal         int       `json:"vote_goal"`
	FinalistsPerCity int       `json:"finalists_per_city"`
	Cities           []string  `json:"cities"`
	Now              time.Time `json:"now"`  // the server's clock
	Open             bool      `json:"open"` // for voting, at that moment
}

// publicContest answers GET /api/public/contest, from memory.
func (a *api) publicContest(w *reply, r *http.Request) error {
	s, ok, err := a.Contest.Contest(r.Context())
	switch {
	case err != nil:
		return err
	case !ok:
		return contest.ErrNotFound
	}
	now := a.Now().UTC()
	return writeJSON(w, http.StatusOK, publicSettings{
		Name: s.Name, OpensAt: s.OpensAt.UTC(), ClosesAt: s.ClosesAt.UTC(), VoteGoal: s.VoteGoal,
		FinalistsPerCity: s.FinalistsPerCity, Cities: orEmpty(s.Cities), Now: now,
		Open: !now.Before(s.OpensAt) && now.Before(s.ClosesAt),
	})
}
