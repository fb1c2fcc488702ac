package httpapi_test

import (
	"context"
	"slices"
	"strings"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/dashboard"
	"github.com/rising-stars/showcase/projections/gallery"
	"github.com/rising-stars/showcase/projections/ranking"
)

type accountQueries struct{ w *world }

func (q accountQueries) ByStream(_ context.Context, stream string) (accounts.Account, bool, error) {
	unlock, err := q.w.lock()
	defer unlock()
	for _, a := range q.w.accounts {
		if a.Stream == stream {
			return a, true, err
		}
	}
	return accounts.Account{}, false, err
}

func (q accountQueries) ByID(_ context.Context, id events.ID) (accounts.Account, bool, error) {
	unlock, err := q.w.lock()
	defer unlock()
	a, ok := q.w.accounts[id]
	return a, ok, err
}

type galleryQueries struct{ w *world }

func (q galleryQueries) ByID(_ context.Context, id events.ID) (gallery.Video, bool, error) {
	unlock, err := q.w.lock()
	defer unlock()
	i := slices.IndexFunc(q.w.videos, func(v gallery.Video) bool { return v.ID == id })
	if i < 0 || err != nil {
		return gallery.Video{}, false, err
	}
	return q.w.videos[i], true, nil
}

func (q galleryQueries) OfOwner(_ context.Context, owner events.ID, limit, offset int) ([]gallery.Video, error) {
	return q.where(limit, offset, func(v gallery.Video) bool { return v.OwnerID == owner })
}

func (q galleryQueries) Public(_ context.Context, city string, limit, offset int) ([]gallery.Video, error) {
	return q.where(limit, offset, func(v gallery.Video) bool {
		return v.Votable && (city == "" || cityname.Key(city) == cityname.Key(v.City))
	})
}

func (q galleryQueries) where(limit, offset int, want func(gallery.Video) bool) ([]gallery.Video, error) {
	unlock, err := q.w.lock()
	defer unlock()
	var list []gallery.Video
	for _, v := range q.w.videos {
		if want(v) {
			list = append(list, v)
		}
	}
	return part(list, limit, offset), err
}

func part[T any](list []T, limit, offset int) []T {
	list = list[min(offset, len(list)):]
	return slices.Clone(list[:min(limit, len(list))])
}

type rankingQueries struct{ w *world }

func (q rankingQueries) Page(_ context.Context, city string, limit, offset int) ([]ranking.Row, int64, error) {
	unlock, err := q.w.lock()
	defer unlock()
	q.w.pages++
	var rows []ranking.Row
	for _, a := range q.w.accounts {
		if votes, public := q.w.total(a.ID); public && (city == "" || cityname.Key(city) == cityname.Key(a.City)) {
			rows = append(rows, ranking.Row{PlayerID: a.ID, Username: a.FirstName + " " + a.LastName, City: a.City, Votes: votes})
		}
	}
	slices.SortFunc(rows, func(a, b ranking.Row) int {
		if a.Votes != b.Votes {
			return int(b.Votes - a.Votes)
		}
		return slices.Compare(a.PlayerID[:], b.PlayerID[:])
	})
	for i := range rows {
		rows[i].Position = int64(i + 1)
	}
	return part(rows, limit, offset), q.w.position, err
}

// total is what the ranking would say; the world is locked.
func (w *world) total(player events.ID) (votes int64, public bool) {
	for _, v := range w.videos {
		if v.OwnerID == player && v.Votable {
			votes, public = votes+int64(len(w.votes[v.ID])), true
		}
	}
	return votes, public
}

func (q rankingQueries) VideoVotes(_ context.Context, ids []events.ID) (map[events.ID]int64, error) {
	unlock, err := q.w.lock()
	defer unlock()
	out := map[events.ID]int64{}
	for _, id := range ids {
		out[id] = int64(len(q.w.votes[id]))
	}
	return out, err
}

func (q rankingQueries) Cities(context.Context) ([]ranking.City, error) {
	unlock, err := q.w.lock()
	defer unlock()
	players := map[string]*ranking.City{}
	for _, a := range q.w.accounts {
		if votes, public := q.w.total(a.ID); public {
			if players[a.City] == nil {
				players[a.City] = &ranking.City{Name: a.City}
			}
			players[a.City].Players++
			players[a.City].Votes += votes
		}
	}
	var list []ranking.City
	for _, c := range players {
		list = append(list, *c)
	}
	return list, err
}

func (q rankingQueries) PlayerRank(ctx context.Context, player events.ID) (ranking.Standing, bool, error) {
	rows, _, err := q.Page(ctx, "", 1000, 0)
	for _, r := range rows {
		if r.PlayerID == player {
			return ranking.Standing{City: r.City, Position: r.Position, Participants: int64(len(rows)), Votes: r.Votes}, true, err
		}
	}
	return ranking.Standing{}, false, err
}

func (q rankingQueries) Position(context.Context) (int64, error) {
	unlock, err := q.w.lock()
	defer unlock()
	return q.w.position, err
}

func (q rankingQueries) Tops(ctx context.Context, depth int) ([]ranking.Top, error) {
	rows, _, err := q.Page(ctx, "", depth, 0)
	places := map[string]int64{}
	var list []ranking.Top
	for _, r := range rows {
		key := cityname.Key(r.City)
		places[key]++
		list = append(list, ranking.Top{Row: r, CityKey: key, CityPosition: places[key], CityPlayers: int64(len(rows))})
	}
	return list, err
}

func (q rankingQueries) Totals(ctx context.Context) (players, votes int64, err error) {
	rows, _, err := q.Page(ctx, "", 1000, 0)
	for _, r := range rows {
		votes += r.Votes
	}
	return int64(len(rows)), votes, err
}

func (q rankingQueries) Tallies(context.Context, int) ([]ranking.Tally, error) {
	unlock, err := q.w.lock()
	defer unlock()
	var list []ranking.Tally
	for _, v := range q.w.videos {
		if v.Votable {
			list = append(list, ranking.Tally{VideoID: v.ID, CityKey: cityname.Key(v.City), Votes: int64(len(q.w.votes[v.ID]))})
		}
	}
	return list, err
}

func (q galleryQueries) Watched(_ context.Context, watches []gallery.Watch, _ int) ([]gallery.State, error) {
	unlock, err := q.w.lock()
	defer unlock()
	var list []gallery.State
	for _, w := range watches {
		for _, v := range q.w.videos {
			if v.OwnerID == w.Owner {
				list = append(list, gallery.State{
					OwnerID: v.OwnerID, VideoID: v.ID, Stage: v.Stage, Progress: v.Progress, ReasonCode: v.ReasonCode,
					ReasonES: v.ReasonES, ReasonEN: v.ReasonEN, Processed: v.Processed(), Votable: v.Votable, ChangedAt: v.UploadedAt,
				})
			}
		}
	}
	return list, err
}

type figureQueries struct{ w *world }

func (q figureQueries) Of(_ context.Context, owner events.ID) (dashboard.Figures, error) {
	unlock, err := q.w.lock()
	defer unlock()
	var f dashboard.Figures
	f.TotalVotes, _ = q.w.total(owner)
	for _, v := range q.w.videos {
		switch {
		case v.OwnerID != owner:
		case v.Processed():
			f.Processed++
		case v.Stage == gallery.StageRejected, v.Stage == gallery.StageFailed:
			f.Rejected++
		default:
			f.Pending++
		}
	}
	return f, err
}

func (q figureQueries) VotedBy(_ context.Context, voter events.ID) ([]events.ID, error) {
	unlock, err := q.w.lock()
	defer unlock()
	var list []events.ID
	for _, v := range q.w.videos {
		if slices.Contains(q.w.votes[v.ID], voter) {
			list = append(list, v.ID)
		}
	}
	return list, err
}

func (q figureQueries) BallotsOf(ctx context.Context, voter events.ID) ([]dashboard.Ballot, error) {
	ids, err := q.VotedBy(ctx, voter)
	var list []dashboard.Ballot
	for i, id := range ids {
		b := dashboard.Ballot{VideoID: id, Position: int64(i + 1), Counts: true}
		if out, ok := q.w.voided[id]; ok {
			b.Counts, b.Out = false, out
		}
		list = append(list, b)
	}
	return list, err
}

func (q figureQueries) VoidedBy(ctx context.Context, voter events.ID, limit int) ([]dashboard.Ballot, error) {
	list, err := q.BallotsOf(ctx, voter)
	list = slices.DeleteFunc(list, func(b dashboard.Ballot) bool { return b.Counts })
	slices.Reverse(list)
	return part(list, limit, 0), err
}

func (q figureQueries) VoidedOf(_ context.Context, owner events.ID, limit int) ([]dashboard.Voided, error) {
	unlock, err := q.w.lock()
	defer unlock()
	var list []dashboard.Voided
	for _, v := range q.w.videos {
		if out, ok := q.w.voided[v.ID]; ok && v.OwnerID == owner {
			list = append(list, dashboard.Voided{Ruling: out, Votes: int64(len(q.w.votes[v.ID]))})
		}
	}
	return part(list, limit, 0), err
}

func (q galleryQueries) ByIDs(_ context.Context, ids []events.ID) ([]gallery.Video, error) {
	return q.where(1000, 0, func(v gallery.Video) bool { return slices.Contains(ids, v.ID) })
}

func (q galleryQueries) Cards(_ context.Context, limit int) ([]gallery.Card, error) {
	list, err := q.where(limit, 0, func(v gallery.Video) bool { return v.Votable })
	cards := make([]gallery.Card, 0, len(list))
	for _, v := range list {
		cards = append(cards, gallery.Card{ID: v.ID, CityKey: cityname.Key(v.City), Text: v.Title + " " + v.OwnerName, UploadedAt: v.UploadedAt})
	}
	return cards, err
}

func (q galleryQueries) Entries(_ context.Context, f gallery.Filter, limit, offset int) ([]gallery.Entry, int64, error) {
	list, err := q.where(1000, 0, func(v gallery.Video) bool {
		return (f.Stage == "" || v.Stage == f.Stage) && (f.City == "" || cityname.Key(f.City) == cityname.Key(v.City)) &&
			(f.Text == "" || strings.Contains(cityname.Key(v.Title+" "+v.OwnerName), cityname.Key(f.Text)))
	})
	slices.Reverse(list)
	entries := make([]gallery.Entry, 0, len(list))
	for _, v := range part(list, limit, offset) {
		entries = append(entries, gallery.Entry{Video: v, Attempts: q.w.attempts[v.ID]})
	}
	return entries, int64(len(list)), err
}

func (q rankingQueries) NationalRank(ctx context.Context, player events.ID) (position, participants int64, err error) {
	s, _, err := q.PlayerRank(ctx, player)
	return s.Position, s.Participants, err
}

func (q figureQueries) Hours(_ context.Context, _ events.ID, limit int) ([]dashboard.Hour, error) {
	unlock, err := q.w.lock()
	defer unlock()
	return part(q.w.hours, limit, 0), err
}

func (q figureQueries) Acts(_ context.Context, limit int) ([]dashboard.Act, error) {
	unlock, err := q.w.lock()
	defer unlock()
	list := slices.Clone(q.w.acts)
	slices.Reverse(list)
	return part(list, limit, 0), err
}

func (q galleryQueries) Known(_ context.Context, ids []events.ID) (map[events.ID]bool, error) {
	list, err := q.where(1000, 0, func(v gallery.Video) bool { return slices.Contains(ids, v.ID) })
	known := map[events.ID]bool{}
	for _, v := range list {
		known[v.ID] = true
	}
	return known, err
}
