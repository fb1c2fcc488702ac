package app

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/handlers/webui"
	"github.com/rising-stars/showcase/internal/media"
	"github.com/rising-stars/showcase/projections/gallery"
)

const cardWait = time.Second // that a video's page waits for what it tells of the video

// apiPaths are the first parts of the paths that the API answers; the rest is the site's.
var apiPaths = map[string]bool{"api": true, "media": true, "docs": true, "openapi.yaml": true, "healthz": true, "readyz": true}

// withSite answers the site's pages beside the API. The pages may talk to the object store too,
// where clips may come from.
func (a *App) withSite(api http.Handler, publicURL string) http.Handler {
	base := strings.TrimRight(publicURL, "/")
	site := webui.Handler(webui.Config{Origins: list(a.S3PublicURL), PublicURL: base, Video: a.shared(base)})
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		if apiPaths[first] {
			api.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}

// shared tells what a link to a video says. Whoever asks for a page waits for it, so not for long.
func (a *App) shared(base string) func(context.Context, string) (webui.Video, bool, error) {
	videos := gallery.Queries{Pool: a.Pool}
	return func(ctx context.Context, text string) (webui.Video, bool, error) {
		id, err := events.ParseID(text)
		if err != nil {
			return webui.Video{}, false, nil // it is no video's
		}
		ctx, cancel := context.WithTimeout(ctx, cardWait)
		defer cancel()
		v, ok, err := videos.ByID(ctx, id)
		if err != nil {
			a.Log.LogAttrs(ctx, slog.LevelWarn, "a video's page went out without its card", slog.String("video_id", id.String()), slog.Any("error", err))
			return webui.Video{}, false, err
		}
		return webui.Video{
			Title: v.Title, Player: v.OwnerName, City: v.City,
			Poster: httpapi.MediaURL(base, v.PosterJPEG), Width: media.PosterWidth, Height: media.PosterHeight, Clip: httpapi.MediaURL(base, v.Clip),
		}, ok && v.Votable, nil
	}
}
