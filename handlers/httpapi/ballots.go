package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/dashboard"
)

const voidedShown = 100 // on the dashboard, of each kind; the newest

// ownBallot is a vote that one gave, and what became of it.
type ownBallot struct {
	VideoID     events.ID  `json:"video_id"`
	LogPosition int64      `json:"log_position"`
	Counts      bool       `json:"counts"`
	Reason      *string    `json:"reason"`     // why organisers took it out of the count; null while it counts
	DecidedAt   *time.Time `json:"decided_at"` // when they did
}

// ruling is why and when votes were taken out of the count.
type ruling struct {
	Reason    string    `json:"reason"`
	DecidedAt time.Time `json:"decided_at"`
}

// voidedVotes are votes that one's videos lost to one act.
type voidedVotes struct {
	Votes int64 `json:"votes"`
	ruling
}

// voidedBallot is a vote that one gave and that does not count.
type voidedBallot struct {
	VideoID events.ID `json:"video_id"`
	Title   *string   `json:"title"` // null when the video is not open for voting
	ruling
}

func rulingOf(r dashboard.Ruling) ruling { return ruling{r.Reason, r.At.UTC()} }

// listBallots answers GET /api/user/ballots with every vote that the account gave, in order, and what became of it.
func (a *api) listBallots(w *reply, r *http.Request) error {
	p, err := a.principal(w, r)
	if err != nil {
		return err
	}
	list, err := a.ballotsOf(r.Context(), p.Account)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, list)
}

func (a *api) ballotsOf(ctx context.Context, voter events.ID) ([]ownBallot, error) {
	list, err := a.Figures.BallotsOf(ctx, voter)
	out := make([]ownBallot, 0, len(list))
	for _, b := range list {
		own := ownBallot{VideoID: b.VideoID, LogPosition: b.Position, Counts: b.Counts}
		if !b.Counts && !b.Out.At.IsZero() {
			said := rulingOf(b.Out)
			own.Reason, own.DecidedAt = &said.Reason, &said.DecidedAt
		}
		out = append(out, own)
	}
	return out, err
}

// addVoided tells of votes for one's videos, and of votes of one's own, that organisers took out of the count.
func (a *api) addVoided(ctx context.Context, account events.ID, out *dashboardReply) error {
	lost, err := a.Figures.VoidedOf(ctx, account, voidedShown)
	if err != nil {
		return err
	}
	out.VoidedVotes = make([]voidedVotes, 0, len(lost))
	for _, v := range lost {
		out.VoidedVotes = append(out.VoidedVotes, voidedVotes{v.Votes, rulingOf(v.Ruling)})
	}
	out.VoidedBallots = []voidedBallot{}
	given, err := a.Figures.VoidedBy(ctx, account, voidedShown)
	if err != nil || len(given) == 0 {
		return err
	}
	ids := make([]events.ID, len(given))
	for i, b := range given {
		ids[i] = b.VideoID
	}
	videos, err := a.Gallery.ByIDs(ctx, ids)
	if err != nil {
		return err
	}
	titles := map[events.ID]*string{}
	for _, v := range videos {
		if v.Votable {
			titles[v.ID] = &v.Title
		}
	}
	for _, b := range given {
		out.VoidedBallots = append(out.VoidedBallots, voidedBallot{b.VideoID, titles[b.VideoID], rulingOf(b.Out)})
	}
	return nil
}
