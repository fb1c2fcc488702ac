package gallery

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
)

// Video is one video as the gallery shows it.
type Video struct {
	ID, OwnerID     events.ID
	OwnerName, City string
	Title           string
	Stage           string
	Progress        int // of the running attempt, 0 to 100; 100 when ready
	ReasonCode      string
	ReasonES        string
	ReasonEN        string
	Public, Votable bool
	UploadedAt      time.Time
	ProcessedAt     *time.Time
	DurationMS      int64
	Original        events.Object
	Clip            events.Object // Key is empty until processed, like those below
	Preview         events.Object
	PosterJPEG      events.Object
	PosterWebP      events.Object
}

// Processed reports whether the clip is there.
func (v Video) Processed() bool { return v.Clip.Key != "" }

// Queries reads the read model.
type Queries struct{ Pool *pgxpool.Pool }

// selectVideos joins the progress that workers report beside the log; it is shown only while its attempt runs.
const selectVideos = `
	SELECT v.video_id, v.owner_id, o.name, o.city, v.title, v.stage,
	       CASE v.stage WHEN 'ready' THEN 100 WHEN 'processing' THEN coalesce(p.percent, 0) ELSE 0 END,
	       v.reason_code, v.reason_es, v.reason_en, v.public, v.votable, v.uploaded_at, v.processed_at, v.duration_ms,
	       v.original, v.clip, v.preview, v.poster_jpeg, v.poster_webp
	FROM gallery_videos v
	JOIN gallery_owners o USING (owner_id)
	LEFT JOIN video_progress p ON p.video_id = v.video_id AND p.attempt = v.attempt `

// ByID is one video; false when there is none.
func (q Queries) ByID(ctx context.Context, id events.ID) (Video, bool, error) {
	list, err := q.list(ctx, selectVideos+`WHERE v.video_id = $1`, id)
	if err != nil || len(list) == 0 {
		return Video{}, false, err
	}
	return list[0], true, nil
}

// OfOwner is a page of a player's videos, oldest first.
func (q Queries) OfOwner(ctx context.Context, owner events.ID, limit, offset int) ([]Video, error) {
	return q.list(ctx, selectVideos+`
		WHERE v.owner_id = $1
		ORDER BY v.uploaded_at, v.video_id
		LIMIT $2 OFFSET $3`, owner, limit, offset)
}

// Public is a page of the videos that are open for voting, oldest first; of one city, or of all when city is empty.
func (q Queries) Public(ctx context.Context, city string, limit, offset int) ([]Video, error) {
	return q.list(ctx, selectVideos+`
		WHERE v.votable AND ($1 = '' OR o.city_key = $1)
		ORDER BY v.uploaded_at, v.video_id
		LIMIT $2 OFFSET $3`, cityname.Key(city), limit, offset)
}

// Pending are videos that wait for a result and about which nothing was said since a moment, longest silence first.
func (q Queries) Pending(ctx context.Context, silentSince time.Time, limit int) ([]Video, error) {
	return q.list(ctx, selectVideos+`
		WHERE v.stage IN ('queued', 'processing') AND greatest(v.changed_at, p.updated_at) < $1
		ORDER BY v.changed_at, v.video_id
		LIMIT $2`, silentSince, limit)
}

// Known are those of the ids that the gallery has; objects of others may be removed.
func (q Queries) Known(ctx context.Context, ids []events.ID) (map[events.ID]bool, error) {
	rows, err := q.Pool.Query(ctx, `SELECT video_id FROM gallery_videos WHERE video_id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("find known videos: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowTo[events.ID])
	if err != nil {
		return nil, fmt.Errorf("find known videos: %w", err)
	}
	known := make(map[events.ID]bool, len(list))
	for _, id := range list {
		known[id] = true
	}
	return known, nil
}

func (q Queries) list(ctx context.Context, sql string, args ...any) ([]Video, error) {
	rows, err := q.Pool.Query(ctx, sql, args...)
	if err != nil {
		return nil, fmt.Errorf("list videos: %w", err)
	}
	list, err := pgx.CollectRows(rows, scan)
	if err != nil {
		return nil, fmt.Errorf("list videos: %w", err)
	}
	return list, nil
}

func scan(row pgx.CollectableRow) (Video, error) {
	var v Video
	var original, clip, preview, jpeg, webp []byte
	if err := row.Scan(&v.ID, &v.OwnerID, &v.OwnerName, &v.City, &v.Title, &v.Stage, &v.Progress,
		&v.ReasonCode, &v.ReasonES, &v.ReasonEN, &v.Public, &v.Votable, &v.UploadedAt, &v.ProcessedAt, &v.DurationMS,
		&original, &clip, &preview, &jpeg, &webp); err != nil {
		return Video{}, err
	}
	for _, o := range []struct {
		json []byte
		to   *events.Object
	}{{original, &v.Original}, {clip, &v.Clip}, {preview, &v.Preview}, {jpeg, &v.PosterJPEG}, {webp, &v.PosterWebP}} {
		if o.json == nil {
			continue
		}
		if err := json.Unmarshal(o.json, o.to); err != nil {
			return Video{}, fmt.Errorf("read stored object: %w", err)
		}
	}
	return v, nil
}
