package httpapi

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
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
	Duration      float64    `json:"duration_seconds"` // of the clip
	UploadedAt    time.Time  `json:"uploaded_at"`
	ProcessedAt   *time.Time `json:"processed_at,omitempty"`
}

// listPublic answers GET /api/public/videos. The header X-Total-Count says how many there are in all, Log-Position from
// where a stream goes on without a gap.
func (a *api) listPublic(w *reply, r *http.Request) error {
	q := parameters(r)
	key := pageKey{list: "videos", city: q.city(), part: q.window(), sort: q.sort(), text: q.search()}
	if key.sort == sortRandom {
		key.seed = q.seed()
	}
	if err := q.err(); err != nil {
		return err
	}
	memory := a.pages
	if key.text != "" || key.seed != "" { // as many as there are visitors, who must not crowd out what all ask for
		memory = a.asked
	}
	return a.publishFrom(w, r, memory, key, func(ctx context.Context) (page, error) { return a.publicPage(ctx, key) })
}

func (a *api) publicPage(ctx context.Context, key pageKey) (page, error) {
	s, err := a.lookAtShelf(ctx)
	if err != nil {
		return page{}, err
	}
	ids, total := s.pick(wish{key.sort, key.seed, cityname.Key(key.city), cityname.Key(key.text), key.part})
	var list []gallery.Video
	switch {
	case key.part.empty():
	case key.sort == sortOldest && key.text == "": // the table's own order, with what was published a moment ago
		list, err = a.Gallery.Public(ctx, key.city, key.part.limit, key.part.offset)
		if len(list) > 0 {
			total = max(total, key.part.offset+len(list))
		}
	case len(ids) > 0:
		list, err = a.inOrder(ctx, ids)
	}
	if err != nil {
		return page{}, err
	}
	out, err := a.publicVideos(ctx, list)
	if err != nil {
		return page{}, err
	}
	p, err := newPage(out)
	p.total, p.position = []string{strconv.Itoa(total)}, []string{strconv.FormatInt(s.at, 10)}
	return p, err
}

// inOrder are the videos with these ids, less those that are no longer public.
func (a *api) inOrder(ctx context.Context, ids []events.ID) ([]gallery.Video, error) {
	found, err := a.Gallery.ByIDs(ctx, ids)
	if err != nil {
		return nil, err
	}
	known := make(map[events.ID]gallery.Video, len(found))
	for _, v := range found {
		known[v.ID] = v
	}
	list := make([]gallery.Video, 0, len(ids))
	for _, id := range ids {
		if v, ok := known[id]; ok && v.Votable {
			list = append(list, v)
		}
	}
	return list, nil
}

// sort is the order of a list of public videos.
func (q *query) sort() string {
	order := q.oneOf("sort", []string{"oldest", sortNewest, sortVotes, sortRandom})
	if order == "oldest" {
		return sortOldest
	}
	return order
}

// seed names a shuffle.
func (q *query) seed() string {
	given := q.values["seed"]
	if len(given) == 0 {
		return ""
	}
	if len(given) > 1 || len(given[0]) > maxSeed || strings.ContainsFunc(given[0], func(r rune) bool { return r < 0x21 || r > 0x7e }) {
		q.refuse("seed", "Debe tener hasta 64 caracteres ASCII visibles.", "It must have up to 64 visible ASCII characters.")
		return ""
	}
	return given[0]
}

// showPublic answers GET /api/public/videos/{id}.
func (a *api) showPublic(w *reply, r *http.Request) error {
	id, err := videoID(r)
	if err != nil {
		return err
	}
	return a.publish(w, r, pageKey{list: "video", id: id}, func(ctx context.Context) (page, error) {
		at, err := a.Ranking.Position(ctx)
		if err != nil {
			return page{}, err
		}
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
		p, err := newPage(list[0])
		p.position = []string{strconv.FormatInt(at, 10)}
		return p, err
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
			VideoID: v.ID, Duration: float64(v.DurationMS) / 1000, Title: v.Title, Username: v.OwnerName, City: v.City, Votes: votes[v.ID], UploadedAt: v.UploadedAt.UTC(),
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
