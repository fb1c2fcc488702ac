// Package gallery is the read model of videos: a player's own, with stage and reason, and those open to the public.
//
// It is caught up before an upload, a delete or a finished transcode is answered, so that the next request sees it on
// any instance. Votes are not here; they are the ranking's.
package gallery

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
)

// Stages of a video, as its owner sees them.
const (
	StageQueued     = "queued"
	StageProcessing = "processing"
	StageReady      = "ready"
	StageRejected   = "rejected"
	StageFailed     = "failed"
	StageWithdrawn  = "withdrawn"
)

// Projection folds account and video facts into gallery_owners and gallery_videos.
type Projection struct{}

// Name names the checkpoint.
func (Projection) Name() string { return "gallery" }

// Types are the facts that it reads.
func (Projection) Types() []string {
	return []string{
		events.AccountRegistered{}.EventType(), events.AccountProfileChanged{}.EventType(), events.AccountErased{}.EventType(),
		events.VideoSubmitted{}.EventType(), events.VideoProcessingStarted{}.EventType(),
		events.VideoAttemptFailed{}.EventType(), events.VideoProcessed{}.EventType(),
		events.VideoRejected{}.EventType(), events.VideoFailed{}.EventType(), events.VideoPublished{}.EventType(),
		events.VideoWithdrawn{}.EventType(), events.VideoDeleted{}.EventType(), events.VideoReprocessOrdered{}.EventType(),
	}
}

// Reset empties the read model.
func (Projection) Reset(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `WITH v AS (DELETE FROM gallery_videos) DELETE FROM gallery_owners`)
	return err
}

// Apply folds a page of facts, in order.
func (Projection) Apply(ctx context.Context, tx pgx.Tx, batch []events.Recorded) error {
	w := writer{}
	for _, r := range batch {
		switch f := r.Event.(type) {
		case events.Account:
			w.account(f)
		case events.Video:
			w.video(r, f)
		}
	}
	if err := tx.SendBatch(ctx, &w.Batch).Close(); err != nil {
		return fmt.Errorf("apply gallery: %w", err)
	}
	return nil
}

// writer collects the statements of a page.
type writer struct{ pgx.Batch }

func (w *writer) account(fact events.Account) {
	switch f := fact.(type) {
	case events.AccountRegistered:
		w.owner(f.AccountID, f.Person, f.City)
	case events.AccountProfileChanged:
		w.owner(f.AccountID, f.Person, f.City)
	case events.AccountErased:
		w.Queue(`DELETE FROM gallery_videos WHERE owner_id = $1`, f.AccountID)
		w.Queue(`DELETE FROM gallery_owners WHERE owner_id = $1`, f.AccountID)
	case events.AccountPasswordChanged, events.AccountRoleGranted, events.AccountRoleRevoked: // nothing to show
	}
}

// owner leaves out somebody whose key is gone: they were erased later in the log.
func (w *writer) owner(id events.ID, sealed events.Sealed[events.Person], city string) {
	person, ok := sealed.Value()
	if !ok {
		return
	}
	w.Queue(`
		INSERT INTO gallery_owners (owner_id, name, city, city_key)
		VALUES ($1, $2, $3, $4)
		ON CONFLICT (owner_id) DO UPDATE SET name = excluded.name, city = excluded.city, city_key = excluded.city_key`,
		id, person.FirstName+" "+person.LastName, city, cityname.Key(city))
}

func (w *writer) video(r events.Recorded, fact events.Video) {
	switch f := fact.(type) {
	case events.VideoSubmitted:
		w.submitted(r, f)
	case events.VideoProcessingStarted:
		w.Queue(`UPDATE gallery_videos SET stage = $2, attempt = $3, changed_at = $4 WHERE video_id = $1`,
			f.VideoID, StageProcessing, f.Attempt, r.RecordedAt)
	case events.VideoAttemptFailed:
		w.Queue(`UPDATE gallery_videos SET stage = $2, changed_at = $3 WHERE video_id = $1`,
			f.VideoID, StageQueued, r.RecordedAt)
	case events.VideoProcessed:
		w.processed(r, f)
	case events.VideoReprocessOrdered:
		w.ended(r, f.VideoID, StageQueued, "", "", "")
	case events.VideoRejected:
		w.fruitless(r, f.VideoID, StageRejected, f.Code, f.ReasonES, f.ReasonEN)
	case events.VideoFailed:
		w.fruitless(r, f.VideoID, StageFailed, f.Code,
			"No pudimos procesar el video. El equipo ya lo sabe; no hace falta que hagas nada.",
			"We could not process the video. The team knows; you need not do anything.")
	case events.VideoPublished:
		w.Queue(`UPDATE gallery_videos SET votable = true WHERE video_id = $1`, f.VideoID)
	case events.VideoWithdrawn:
		w.Queue(`UPDATE gallery_videos SET votable = false WHERE video_id = $1`, f.VideoID)
		w.ended(r, f.VideoID, StageWithdrawn, "video.withdrawn", f.Reason, f.Reason)
	case events.VideoDeleted:
		w.Queue(`DELETE FROM gallery_videos WHERE video_id = $1`, f.VideoID)
	}
}

// submitted leaves out a video whose title cannot be read any more, since its owner was erased later in the log, and one
// that follows its owner's erasure, as an upload that was under way may: its title may still be readable for a moment.
func (w *writer) submitted(r events.Recorded, f events.VideoSubmitted) {
	title, ok := f.Title.Value()
	if !ok {
		return
	}
	w.Queue(`
		INSERT INTO gallery_videos (video_id, owner_id, title, public, stage, original, duration_ms, uploaded_at, changed_at)
		SELECT $1, owner_id, $3, $4, $5, $6, $7, $8, $8
		FROM gallery_owners
		WHERE owner_id = $2`,
		f.VideoID, f.OwnerID, title, f.Public, StageQueued, object(f.Original), f.DurationMS, r.RecordedAt)
}

func (w *writer) processed(r events.Recorded, f events.VideoProcessed) {
	w.Queue(`
		UPDATE gallery_videos
		SET stage = $2, clip = $3, preview = $4, poster_jpeg = $5, poster_webp = $6, duration_ms = $7,
		    reason_code = '', reason_es = '', reason_en = '', processed_at = $8, changed_at = $8
		WHERE video_id = $1`,
		f.VideoID, StageReady, object(f.Clip), object(f.Preview), object(f.PosterJPEG), object(f.PosterWebP),
		f.DurationMS, r.RecordedAt)
}

// fruitless is the end of a run without a clip. One that is there from an earlier run stays, and the video is ready
// as it was, with a word on what became of the new run.
func (w *writer) fruitless(r events.Recorded, id events.ID, stage, code, es, en string) {
	w.Queue(`
		UPDATE gallery_videos
		SET stage = CASE WHEN clip IS NULL THEN $2 ELSE 'ready' END, reason_code = $3,
		    reason_es = CASE WHEN clip IS NULL THEN '' ELSE $7::text END || $4,
		    reason_en = CASE WHEN clip IS NULL THEN '' ELSE $8::text END || $5,
		    changed_at = $6
		WHERE video_id = $1`,
		id, stage, code, es, en, r.RecordedAt,
		"Se conserva el clip anterior; el nuevo intento no sirvió: ", "The clip of before stays; the new run came to nothing: ")
}

func (w *writer) ended(r events.Recorded, id events.ID, stage, code, es, en string) {
	w.Queue(`
		UPDATE gallery_videos
		SET stage = $2, reason_code = $3, reason_es = $4, reason_en = $5, changed_at = $6
		WHERE video_id = $1`,
		id, stage, code, es, en, r.RecordedAt)
}

// object is a stored object as JSON. It cannot fail: strings and numbers only.
func object(o events.Object) []byte {
	b, _ := json.Marshal(o)
	return b
}
