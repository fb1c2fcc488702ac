package gallery

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/cityname"
)

// Entry is one video as an organiser sees it.
type Entry struct {
	Video
	Attempts int // the newest attempt's number; 0 when none started
}

// Filter narrows entries down; its zero value is all of them.
type Filter struct {
	Stage string // one of the stages; empty for all
	City  string // whatever its case and accents; empty for all
	Text  string // in the title or the player's name, whatever their case and accents, or the whole id; empty for all
}

// entryFilter is what Filter means. Texts are compared without case and accents, as cityname does it for cities.
const entryFilter = `
	WHERE ($1 = '' OR v.stage = $1)
	  AND ($2 = '' OR o.city_key = $2)
	  AND ($3 = '' OR v.video_id::text = $3
	       OR regexp_replace(lower(normalize(v.title || ' ' || o.name, NFKD)), '[\u0300-\u036f]', '', 'g') LIKE '%' || $4 || '%') `

func (f Filter) args() []any {
	text := cityname.Key(f.Text)
	return []any{f.Stage, cityname.Key(f.City), text, strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)}
}

// Entries are a page of all videos that were not deleted, newest first, and how many there are in all.
func (q Queries) Entries(ctx context.Context, f Filter, limit, offset int) ([]Entry, int64, error) {
	args := f.args()
	var total int64
	err := q.Pool.QueryRow(ctx, `
		SELECT count(*)
		FROM gallery_videos v
		JOIN gallery_owners o USING (owner_id)`+entryFilter, args...).Scan(&total)
	if err != nil {
		return nil, 0, fmt.Errorf("count entries: %w", err)
	}
	videos, err := q.list(ctx, selectVideos+entryFilter+`
		ORDER BY v.uploaded_at DESC, v.video_id DESC
		LIMIT $5 OFFSET $6`, append(args, limit, offset)...)
	if err != nil {
		return nil, 0, err
	}
	ids := make([]events.ID, len(videos))
	for i, v := range videos {
		ids[i] = v.ID
	}
	attempts, err := q.attempts(ctx, ids)
	if err != nil {
		return nil, 0, err
	}
	entries := make([]Entry, len(videos))
	for i, v := range videos {
		entries[i] = Entry{Video: v, Attempts: attempts[v.ID]}
	}
	return entries, total, nil
}

func (q Queries) attempts(ctx context.Context, ids []events.ID) (map[events.ID]int, error) {
	rows, err := q.Pool.Query(ctx, `SELECT video_id, attempt FROM gallery_videos WHERE video_id = ANY($1)`, ids)
	if err != nil {
		return nil, fmt.Errorf("count attempts: %w", err)
	}
	attempts := make(map[events.ID]int, len(ids))
	var id events.ID
	var n int
	_, err = pgx.ForEachRow(rows, []any{&id, &n}, func() error {
		attempts[id] = n
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("count attempts: %w", err)
	}
	return attempts, nil
}

// ByIDs are those of the videos that are there, in no order.
func (q Queries) ByIDs(ctx context.Context, ids []events.ID) ([]Video, error) {
	return q.list(ctx, selectVideos+`WHERE v.video_id = ANY($1)`, ids)
}

// Card is what lists of public videos are ordered and searched by.
type Card struct {
	ID         events.ID
	CityKey    string
	Text       string // title and player's name, as they were written
	UploadedAt time.Time
}

// Cards are the cards of up to limit videos that are open for voting, oldest first.
func (q Queries) Cards(ctx context.Context, limit int) ([]Card, error) {
	rows, err := q.Pool.Query(ctx, `
		SELECT v.video_id, o.city_key, v.title || ' ' || o.name, v.uploaded_at
		FROM gallery_videos v
		JOIN gallery_owners o USING (owner_id)
		WHERE v.votable
		ORDER BY v.uploaded_at, v.video_id
		LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list cards: %w", err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[Card])
	if err != nil {
		return nil, fmt.Errorf("list cards: %w", err)
	}
	return list, nil
}
