package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/gallery"
)

// publicVideo is a video as everybody sees it.
type publicVideo struct {
	VideoID       events.ID  `json:"video_id"`
	Title         string     `json:"title"`
	Username      string     `json:"username"`
	City          string     `json:"city"`
	Votes         int64      `json:"votes"`
	ProcessedURL  string     `json:"processed_url"`
	PreviewURL    string     `json:"preview_url,omitempty"`
	PosterURL     string     `json:"poster_url,omitempty"`
	PosterWebPURL string     `json:"poster_webp_url,omitempty"`
	UploadedAt    time.Time  `json:"uploaded_at"`
	ProcessedAt   *time.Time `json:"processed_at,omitempty"`
}

// listPublic answers GET /api/public/videos.
func (a *api) listPublic(w *reply, r *http.Request) error {
	q := parameters(r)
	part, city := q.window(), q.city()
	if err := q.err(); err != nil {
		return err
	}
	return a.publish(w, r, pageKey{list: "videos", city: city, part: part}, func(ctx context.Context) (page, error) {
		out := []publicVideo{}
		if !part.empty() {
			list, err := a.Gallery.Public(ctx, city, part.limit, part.offset)
			if err != nil {
				return page{}, err
			}
			if out, err = a.publicVideos(ctx, list); err != nil {
				return page{}, err
			}
		}
		return newPage(out)
	})
}

// showPublic answers GET /api/public/videos/{id}.
func (a *api) showPublic(w *reply, r *http.Request) error {
	id, err := videoID(r)
	if err != nil {
		return err
	}
	return a.publish(w, r, pageKey{list: "video", id: id}, func(ctx context.Context) (page, error) {
		v, ok, err := a.Gallery.ByID(ctx, id)
		switch {
		case err != nil:
			return page{}, err
		case !ok, !v.Votable:
			return page{}, video.ErrNotFound
		}
		list, err := a.publicVideos(ctx, []gallery.Video{v})
		if err != nil {
			return page{}, err
		}
		return newPage(list[0])
	})
}

// publicVideos adds the votes, all in one query.
func (a *api) publicVideos(ctx context.Context, list []gallery.Video) ([]publicVideo, error) {
	votes, err := a.Ranking.VideoVotes(ctx, idsOf(list))
	if err != nil {
		return nil, err
	}
	out := make([]publicVideo, 0, len(list))
	for _, v := range list {
		p := publicVideo{
			VideoID: v.ID, Title: v.Title, Username: v.OwnerName, City: v.City, Votes: votes[v.ID], UploadedAt: v.UploadedAt.UTC(),
			ProcessedURL: a.mediaURL(v.Clip), PreviewURL: a.mediaURL(v.Preview),
			PosterURL: a.mediaURL(v.PosterJPEG), PosterWebPURL: a.mediaURL(v.PosterWebP),
		}
		if v.ProcessedAt != nil {
			at := v.ProcessedAt.UTC()
			p.ProcessedAt = &at
		}
		out = append(out, p)
	}
	return out, nil
}

func idsOf(list []gallery.Video) []events.ID {
	ids := make([]events.ID, 0, len(list))
	for _, v := range list {
		ids = append(ids, v.ID)
	}
	return ids
}

type city struct {
	City    string `json:"city"`
	Players int64  `json:"players"`
	Votes   int64  `json:"votes"`
}

// cities answers GET /api/public/cities.
func (a *api) cities(w *reply, r *http.Request) error {
	return a.publish(w, r, pageKey{list: "cities"}, func(ctx context.Context) (page, error) {
		list, err := a.Ranking.Cities(ctx)
		if err != nil {
			return page{}, err
		}
		out := make([]city, 0, len(list))
		for _, c := range list {
			out = append(out, city{City: c.Name, Players: c.Players, Votes: c.Votes})
		}
		return newPage(out)
	})
}
