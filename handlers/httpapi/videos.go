package httpapi

import (
	"context"
	"net/http"
	"time"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/projections/gallery"
)

const (
	originalTTL = 15 * time.Minute // of a link to an original
	privateTTL  = time.Hour        // of a link to a clip that is not public
	maxMoments  = 50               // of a video's past that are shown
	removeLimit = 5 * time.Second  // for deleting a video's objects
)

// The two statuses that clients know; what is in between or went wrong is in stage.
const (
	statusUploaded  = "uploaded"
	statusProcessed = "processed"
)

// ownVideo is a video as its owner sees it in a list.
type ownVideo struct {
	VideoID      events.ID  `json:"video_id"`
	Title        string     `json:"title"`
	Status       string     `json:"status"`
	Stage        string     `json:"stage"`
	Progress     int        `json:"progress"` // percent
	Reason       string     `json:"reason,omitempty"`
	ReasonCode   string     `json:"reason_code,omitempty"`
	IsPublic     bool       `json:"is_public"`
	UploadedAt   time.Time  `json:"uploaded_at"`
	ProcessedAt  *time.Time `json:"processed_at,omitempty"`
	ProcessedURL string     `json:"processed_url,omitempty"`
	PosterURL    string     `json:"poster_url,omitempty"`
}

type ownVideoDetail struct {
	ownVideo
	OriginalURL string   `json:"original_url"`
	PreviewURL  string   `json:"preview_url,omitempty"`
	Duration    float64  `json:"duration"` // of the original, seconds
	Votes       int64    `json:"votes"`
	Stages      []moment `json:"stages"` // the newest maxMoments
}

// moment is when a video came to a stage.
type moment struct {
	Stage string    `json:"stage"`
	At    time.Time `json:"at"`
}

// listVideos answers GET /api/videos.
func (a *api) listVideos(w *reply, r *http.Request) error {
	p, err := a.principal(w, r)
	if err != nil {
		return err
	}
	q := parameters(r)
	part := q.window()
	if err := q.err(); err != nil {
		return err
	}
	out := []ownVideo{}
	if !part.empty() {
		list, err := a.Gallery.OfOwner(r.Context(), p.Account, part.limit, part.offset)
		if err != nil {
			return err
		}
		if out, err = a.ownVideos(r, list); err != nil {
			return err
		}
	}
	w.Header().Add("Vary", "Accept-Language") // reasons are sentences
	return writeJSON(w, http.StatusOK, out)
}

func (a *api) ownVideos(r *http.Request, list []gallery.Video) ([]ownVideo, error) {
	out := make([]ownVideo, 0, len(list))
	for _, v := range list {
		own, err := a.ownVideo(r, v)
		if err != nil {
			return nil, err
		}
		out = append(out, own)
	}
	return out, nil
}

// showVideo answers GET /api/videos/{id}, for its owner.
func (a *api) showVideo(w *reply, r *http.Request) error {
	v, _, err := a.ownersVideo(w, r)
	if err != nil {
		return err
	}
	own, err := a.ownVideo(r, v)
	if err != nil {
		return err
	}
	out := ownVideoDetail{ownVideo: own, Duration: float64(v.DurationMS) / 1000, Stages: []moment{}}
	if out.OriginalURL, err = a.Objects.PresignGet(r.Context(), v.Original.Key, originalTTL); err != nil {
		return err
	}
	if out.PreviewURL, err = a.link(r.Context(), v, v.Preview); err != nil {
		return err
	}
	votes, err := a.Ranking.VideoVotes(r.Context(), []events.ID{v.ID})
	if err != nil {
		return err
	}
	out.Votes = votes[v.ID]
	moments, err := a.VideoCommands.VideoMoments(r.Context(), v.ID, maxMoments)
	if err != nil {
		return err
	}
	for _, m := range moments {
		out.Stages = append(out.Stages, moment{m.Stage, m.At.UTC()})
	}
	w.Header().Add("Vary", "Accept-Language")
	return writeJSON(w, http.StatusOK, out)
}

// ownersVideo is the video in the path, checked in the contract's order: 401, 404, 403.
func (a *api) ownersVideo(w *reply, r *http.Request) (gallery.Video, auth.Principal, error) {
	p, err := a.principal(w, r)
	if err != nil {
		return gallery.Video{}, auth.Principal{}, err
	}
	id, err := videoID(r)
	if err != nil {
		return gallery.Video{}, auth.Principal{}, err
	}
	v, ok, err := a.Gallery.ByID(r.Context(), id)
	switch {
	case err != nil:
		return gallery.Video{}, auth.Principal{}, err
	case !ok:
		return gallery.Video{}, auth.Principal{}, video.ErrNotFound
	case v.OwnerID != p.Account:
		return gallery.Video{}, auth.Principal{}, video.ErrNotOwner
	}
	return v, p, nil
}

type deleteReply struct {
	Message string    `json:"message"`
	VideoID events.ID `json:"video_id"`
}

// deleteVideo answers DELETE /api/videos/{id}.
func (a *api) deleteVideo(w *reply, r *http.Request) error {
	v, p, err := a.ownersVideo(w, r)
	if err != nil {
		return err
	}
	if err := a.VideoCommands.DeleteVideo(r.Context(), a.meta(w, r, p.Account), v.ID, p.Account); err != nil {
		return err
	}
	a.removeObjects(r.Context(), w, objectKeys(v))
	return writeJSON(w, http.StatusOK, deleteReply{"El video ha sido eliminado exitosamente.", v.ID})
}

func (a *api) ownVideo(r *http.Request, v gallery.Video) (ownVideo, error) {
	out := ownVideo{
		VideoID: v.ID, Title: v.Title, Status: statusUploaded, Stage: v.Stage, Progress: v.Progress,
		Reason: v.ReasonES, ReasonCode: v.ReasonCode, IsPublic: v.Public, UploadedAt: v.UploadedAt.UTC(),
	}
	if prefersEnglish(r) {
		out.Reason = v.ReasonEN
	}
	if !v.Processed() {
		return out, nil
	}
	out.Status = statusProcessed
	if v.ProcessedAt != nil {
		at := v.ProcessedAt.UTC()
		out.ProcessedAt = &at
	}
	var err error
	if out.ProcessedURL, err = a.link(r.Context(), v, v.Clip); err != nil {
		return ownVideo{}, err
	}
	out.PosterURL, err = a.link(r.Context(), v, v.PosterJPEG)
	return out, err
}

// link is where a processed object can be fetched: a stable address when the video is public, else one that works for
// a while and for whoever has it. It is empty for an object that is not there.
func (a *api) link(ctx context.Context, v gallery.Video, o events.Object) (string, error) {
	switch {
	case o.Key == "":
		return "", nil
	case v.Votable:
		return a.mediaURL(o), nil
	}
	return a.Objects.PresignGet(ctx, o.Key, privateTTL)
}

// objectKeys are all objects of a video.
func objectKeys(v gallery.Video) []string {
	var keys []string
	for _, o := range []events.Object{v.Original, v.Clip, v.Preview, v.PosterJPEG, v.PosterWebP} {
		if o.Key != "" {
			keys = append(keys, o.Key)
		}
	}
	return keys
}
