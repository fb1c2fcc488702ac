package httpapi

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/projections/gallery"
)

const maxSearch = 100 // characters

// stages are what entries can be narrowed down to.
var stages = []string{
	gallery.StageQueued, gallery.StageProcessing, gallery.StageReady, gallery.StageRejected, gallery.StageFailed, gallery.StageWithdrawn,
}

// entry is one video as an organiser sees it.
type entry struct {
	VideoID    events.ID `json:"video_id"`
	Title      string    `json:"title"`
	PlayerID   events.ID `json:"player_id"`
	PlayerName string    `json:"player_name"`
	City       string    `json:"city"`
	Stage      string    `json:"stage"`
	Reason     string    `json:"reason,omitempty"`
	ReasonCode string    `json:"reason_code,omitempty"`
	Public     bool      `json:"public"`          // its player wants it published
	Votable    bool      `json:"open_for_voting"` // also while it is processed again
	Progress   int       `json:"progress"`        // percent
	Attempts   int       `json:"attempts"`
	Votes      int64     `json:"votes"`
	UploadedAt time.Time `json:"uploaded_at"`
	ClipURL    string    `json:"clip_url,omitempty"`
	PosterURL  string    `json:"poster_url,omitempty"`
}

// listEntries answers GET /api/organiser/entries.
func (a *api) listEntries(w *reply, r *http.Request) error {
	if _, err := a.organiser(w, r); err != nil {
		return err
	}
	q := parameters(r)
	part, filter := q.window(), gallery.Filter{City: q.city(), Text: q.search()}
	filter.Stage = q.oneOf("stage", stages)
	if err := q.err(); err != nil {
		return err
	}
	list, total, err := a.Gallery.Entries(r.Context(), filter, part.limit, part.offset)
	if err != nil {
		return err
	}
	ids := make([]events.ID, len(list))
	for i, e := range list {
		ids[i] = e.ID
	}
	votes, err := a.Ranking.VideoVotes(r.Context(), ids)
	if err != nil {
		return err
	}
	out := make([]entry, 0, len(list))
	for _, e := range list {
		line, err := a.entry(r, e)
		if err != nil {
			return err
		}
		line.Votes = votes[e.ID]
		out = append(out, line)
	}
	w.Header().Add("Vary", "Accept-Language") // reasons are sentences
	w.Header().Set("X-Total-Count", strconv.FormatInt(total, 10))
	return writeJSON(w, http.StatusOK, out)
}

func (a *api) entry(r *http.Request, e gallery.Entry) (entry, error) {
	out := entry{
		VideoID: e.ID, Title: e.Title, PlayerID: e.OwnerID, PlayerName: e.OwnerName, City: e.City, Stage: e.Stage,
		Reason: e.ReasonES, ReasonCode: e.ReasonCode, Public: e.Public, Votable: e.Votable, Progress: e.Progress,
		Attempts: e.Attempts, UploadedAt: e.UploadedAt.UTC(),
	}
	if prefersEnglish(r) {
		out.Reason = e.ReasonEN
	}
	var err error
	if out.ClipURL, err = a.link(r.Context(), e.Video, e.Clip); err != nil {
		return entry{}, err
	}
	out.PosterURL, err = a.link(r.Context(), e.Video, e.PosterJPEG)
	return out, err
}

// oneOf is a parameter that is one of the choices, or absent or empty.
func (q *query) oneOf(name string, choices []string) string {
	given := q.values[name]
	if len(given) == 0 || len(given) == 1 && given[0] == "" {
		return ""
	}
	if len(given) > 1 || !slices.Contains(choices, given[0]) {
		list := strings.Join(choices, ", ")
		q.refuse(name, "Debe ser uno de: "+list+".", "It must be one of: "+list+".")
		return ""
	}
	return given[0]
}

// search is the text of q; empty for no search.
func (q *query) search() string {
	given := q.values["q"]
	if len(given) == 0 {
		return ""
	}
	text := strings.TrimSpace(given[0])
	if len(given) > 1 || !utf8.ValidString(text) || utf8.RuneCountInString(text) > maxSearch || strings.ContainsFunc(text, unicode.IsControl) {
		q.refuse("q", "Debe ser un texto de hasta 100 caracteres.", "It must be a text of up to 100 characters.")
		return ""
	}
	return text
}

type entryReply struct {
	Message string    `json:"message"`
	VideoID events.ID `json:"video_id"`
}

// withdrawEntry answers POST /api/organiser/entries/{id}/withdraw.
func (a *api) withdrawEntry(w *reply, r *http.Request) error {
	return a.actOnEntry(w, r, a.Organising.WithdrawVideo, http.StatusOK, "El video fue retirado del concurso.")
}

// reprocessEntry answers POST /api/organiser/entries/{id}/reprocess.
func (a *api) reprocessEntry(w *reply, r *http.Request) error {
	return a.actOnEntry(w, r, a.Organising.ReprocessVideo, http.StatusAccepted, "El video se procesará de nuevo.")
}

// actOnEntry does something to a video for an organiser who says why.
func (a *api) actOnEntry(
	w *reply, r *http.Request,
	do func(ctx context.Context, meta events.Metadata, id events.ID, reason string) error, status int, message string,
) error {
	p, err := a.organiser(w, r)
	if err != nil {
		return err
	}
	id, err := videoID(r)
	if err != nil {
		return err
	}
	var in because
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := do(r.Context(), a.meta(w, r, p.Account), id, in.Reason); err != nil {
		return err
	}
	return writeJSON(w, status, entryReply{message, id})
}
