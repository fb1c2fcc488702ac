package httpapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"net/http"
	"slices"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/gallery"
)

const (
	dashboardVideos = 100     // of one's own
	dashboardHours  = 24 * 45 // with votes
	featuredVideos  = 6       // of others
	featuredFrom    = 100     // public videos that they are picked from
)

// noIDs encodes as [].
var noIDs = []events.ID{}

type dashboardReply struct {
	TotalVotes       int64          `json:"total_votes"`
	City             string         `json:"city"`
	CityRank         *int64         `json:"city_rank"` // null without a public video
	CityParticipants int64          `json:"city_participants"`
	National         national       `json:"national"`
	VotesToNext      int64          `json:"votes_to_next"` // to pass the player above
	VideosProcessed  int            `json:"videos_processed"`
	VideosPending    int            `json:"videos_pending"`
	VideosRejected   int            `json:"videos_rejected"`
	DaysRemaining    int            `json:"days_remaining"` // begun days until voting closes
	OpensAt          *time.Time     `json:"opens_at"`
	ClosesAt         *time.Time     `json:"closes_at"`
	Goal             goal           `json:"goal"`
	VotesByHour      []hourVotes    `json:"votes_by_hour"`
	VoidedVotes      []voidedVotes  `json:"voided_votes"`   // for one's videos, newest act first
	VoidedBallots    []voidedBallot `json:"voided_ballots"` // one's own, newest first
	Videos           []votedVideo   `json:"videos"`
	Featured         []publicVideo  `json:"featured"`
}

type national struct {
	Rank         *int64 `json:"rank"` // null without a public video
	Participants int64  `json:"participants"`
}

// hourVotes are the votes that came in one hour; hours without any are left out.
type hourVotes struct {
	Hour  time.Time `json:"hour"` // its beginning
	Votes int64     `json:"votes"`
}

type goal struct {
	Votes   int64 `json:"votes"`
	Target  int   `json:"target"`
	Percent int   `json:"percent"` // at most 100
}

type votedVideo struct {
	ownVideo
	Votes int64 `json:"votes"`
}

// dashboard answers GET /api/dashboard. Every number is computed from the log.
func (a *api) dashboard(w *reply, r *http.Request) error {
	p, found, err := a.whoami(w, r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	figures, err := a.Figures.Of(ctx, p.Account)
	if err != nil {
		return err
	}
	out := dashboardReply{
		TotalVotes: figures.TotalVotes, City: found.City,
		VideosProcessed: figures.Processed, VideosPending: figures.Pending, VideosRejected: figures.Rejected,
		Goal: goal{Votes: figures.TotalVotes},
	}
	if err := a.addContest(ctx, &out); err != nil {
		return err
	}
	if err := a.addStanding(ctx, p.Account, &out); err != nil {
		return err
	}
	if out.VotesByHour, err = a.votesByHour(ctx, p.Account); err != nil {
		return err
	}
	if err := a.addVoided(ctx, p.Account, &out); err != nil {
		return err
	}
	if out.Videos, err = a.myVideos(r, p.Account); err != nil {
		return err
	}
	if out.Featured, err = a.featured(ctx, p.Account); err != nil {
		return err
	}
	w.Header().Add("Vary", "Accept-Language")
	return writeJSON(w, http.StatusOK, out)
}

func (a *api) addContest(ctx context.Context, out *dashboardReply) error {
	settings, ok, err := a.Contest.Contest(ctx)
	if err != nil || !ok {
		return err
	}
	opens, closes := settings.OpensAt.UTC(), settings.ClosesAt.UTC()
	out.OpensAt, out.ClosesAt = &opens, &closes
	out.DaysRemaining = daysUntil(a.Now(), closes)
	out.Goal.Target = settings.VoteGoal
	if settings.VoteGoal > 0 {
		out.Goal.Percent = int(min(100, out.Goal.Votes*100/int64(settings.VoteGoal)))
	}
	return nil
}

// daysUntil are begun days; 0 when the time has come.
func daysUntil(now, then time.Time) int {
	const day = 24 * time.Hour
	left := then.Sub(now)
	if left <= 0 {
		return 0
	}
	return int((left + day - 1) / day)
}

func (a *api) addStanding(ctx context.Context, player events.ID, out *dashboardReply) error {
	s, ok, err := a.Ranking.PlayerRank(ctx, player)
	if err != nil || !ok {
		return err
	}
	out.CityRank, out.CityParticipants, out.VotesToNext = &s.Position, s.Participants, s.VotesToNext
	position, participants, err := a.Ranking.NationalRank(ctx, player)
	if err != nil || position == 0 {
		return err
	}
	out.National = national{Rank: &position, Participants: participants}
	return nil
}

func (a *api) votesByHour(ctx context.Context, owner events.ID) ([]hourVotes, error) {
	hours, err := a.Figures.Hours(ctx, owner, dashboardHours)
	out := make([]hourVotes, 0, len(hours))
	for _, h := range hours {
		out = append(out, hourVotes{h.Hour.UTC(), h.Votes})
	}
	return out, err
}

func (a *api) myVideos(r *http.Request, owner events.ID) ([]votedVideo, error) {
	list, err := a.Gallery.OfOwner(r.Context(), owner, dashboardVideos, 0)
	if err != nil {
		return nil, err
	}
	votes, err := a.Ranking.VideoVotes(r.Context(), idsOf(list))
	if err != nil {
		return nil, err
	}
	own, err := a.ownVideos(r, list)
	if err != nil {
		return nil, err
	}
	out := make([]votedVideo, 0, len(own))
	for _, v := range own {
		out = append(out, votedVideo{ownVideo: v, Votes: votes[v.VideoID]})
	}
	return out, nil
}

// featured are public videos of others that the account has not voted for, in an order that is another one for every
// account and every day, so that no player is favoured.
func (a *api) featured(ctx context.Context, account events.ID) ([]publicVideo, error) {
	list, err := a.Gallery.Public(ctx, "", featuredFrom, 0)
	if err != nil {
		return nil, err
	}
	done, err := a.Figures.VotedBy(ctx, account)
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(v gallery.Video) bool { return v.OwnerID == account || slices.Contains(done, v.ID) })
	day := a.Now().UTC().Format(time.DateOnly)
	lot := func(v gallery.Video) []byte {
		sum := sha256.Sum256(slices.Concat(account[:], v.ID[:], []byte(day)))
		return sum[:]
	}
	slices.SortFunc(list, func(x, y gallery.Video) int { return bytes.Compare(lot(x), lot(y)) })
	return a.publicVideos(ctx, list[:min(featuredVideos, len(list))])
}
