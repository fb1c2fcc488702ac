package audit

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/eventstore"
)

// Verdict is what Verify found. The log and the live ranking are right when Wrong is empty.
type Verdict struct {
	Position   int64    `json:"position"` // of the live ranking, up to which all was counted
	Head       int64    `json:"head"`     // of the log, up to which it was read
	Sealed     int64    `json:"sealed"`   // last position under a seal
	GoDigest   string   `json:"go_digest"`
	SQLDigest  string   `json:"sql_digest"`
	LiveDigest string   `json:"live_digest"`
	Wrong      []string `json:"wrong"`
}

// maxWrong bounds what is listed of one kind.
const maxWrong = 10

// row is an event as it is stored.
type row struct{ raw events.Raw }

// Verify reads the whole log: it must be without holes, every event must decode, the seals must hold. It counts it twice,
// here and in the database, and holds both to the live ranking.
func (r Reader) Verify(ctx context.Context, progress func(position, upTo int64)) (Verdict, error) {
	var v Verdict
	var err error
	if v.LiveDigest, v.Position, err = r.LiveDigest(ctx); err != nil {
		return v, err
	}
	if v.Head, err = r.Store.Head(ctx); err != nil {
		return v, err
	}
	check := sealCheck{}
	if check.seals, err = r.seals(ctx); err != nil {
		return v, err
	}
	void, err := r.Void(ctx, v.Position)
	if err != nil {
		return v, err
	}
	count := analysis.NewCount(analysis.Rule{}, void, nil, nil)
	read := reading{v: &v, seals: &check, count: count}
	if err := read.all(ctx, r, progress); err != nil {
		return v, err
	}
	v.Sealed = check.sealed
	v.wrong("the event at position %d is not what was sealed", check.changed)
	v.Wrong = append(v.Wrong, check.broken[:min(len(check.broken), maxWrong)]...)
	v.GoDigest = goDigest(count.Videos(), count.Result().Lines)
	if v.SQLDigest, err = r.SQLDigest(ctx, v.Position); err != nil {
		return v, err
	}
	if v.GoDigest != v.SQLDigest {
		v.Wrong = append(v.Wrong, "the two ways to count the log differ: "+v.GoDigest+" in Go, "+v.SQLDigest+" in SQL")
	}
	if v.GoDigest != v.LiveDigest {
		v.Wrong = append(v.Wrong, "the live ranking is not what the log says")
		err = r.compareLive(ctx, &v, count)
	}
	return v, err
}

func (v *Verdict) wrong(format string, positions []int64) {
	for i, position := range positions {
		if i == maxWrong {
			v.Wrong = append(v.Wrong, fmt.Sprintf("and %d more", len(positions)-i))
			return
		}
		v.Wrong = append(v.Wrong, fmt.Sprintf(format, position))
	}
}

// reading is one pass over the whole log.
type reading struct {
	v     *Verdict
	seals *sealCheck
	count *analysis.Count
	next  int64
	bad   int // events that do not decode, or are in a wrong stream
}

const pageRows = 10_000

func (p *reading) all(ctx context.Context, r Reader, progress func(position, upTo int64)) error {
	for p.next < p.v.Head {
		rows, err := r.Pool.Query(ctx, `
			SELECT position, stream, version, id, type, schema, data, meta, recorded_at
			FROM events
			WHERE log_id = $1 AND position > $2 AND position <= $3
			ORDER BY position`, mode, r.Store.Log(), p.next, min(p.next+pageRows, p.v.Head))
		if err != nil {
			return fmt.Errorf("read after position %d: %w", p.next, err)
		}
		upTo := min(p.next+pageRows, p.v.Head)
		var e row
		_, err = pgx.ForEachRow(rows, []any{
			&e.raw.Position, &e.raw.Stream, &e.raw.Version, &e.raw.ID, &e.raw.Type, &e.raw.Schema, &e.raw.Data, &e.raw.Meta, &e.raw.RecordedAt,
		}, func() error {
			p.event(&e)
			return nil
		})
		if err != nil {
			return fmt.Errorf("read after position %d: %w", p.next, err)
		}
		if p.next < upTo {
			p.hole(upTo + 1)
		}
		if progress != nil {
			progress(p.next, p.v.Head)
		}
	}
	return nil
}

// hole notes that the positions before this one are missing.
func (p *reading) hole(position int64) {
	p.v.Wrong = append(p.v.Wrong, fmt.Sprintf("%v: positions %d to %d are missing", eventstore.ErrHole, p.next+1, position-1))
	p.next = position - 1
}

func (p *reading) event(e *row) {
	if e.raw.Position != p.next+1 {
		p.hole(e.raw.Position)
	}
	p.next = e.raw.Position
	p.seals.event(e)
	one, err := e.raw.Decode()
	switch {
	case err != nil:
		if p.bad++; p.bad <= maxWrong {
			p.v.Wrong = append(p.v.Wrong, fmt.Sprintf("the event at position %d cannot be read: %v", e.raw.Position, err))
		}
	case e.raw.Position <= p.v.Position:
		p.count.Event(one)
	}
	if f, ok := one.Event.(events.BallotCast); ok && err == nil && e.raw.Stream != events.BallotStream(f.VoterID, f.VideoID) {
		if p.bad++; p.bad <= maxWrong {
			p.v.Wrong = append(p.v.Wrong, fmt.Sprintf("the ballot at position %d is in a stream that does not name its voter and video", e.raw.Position))
		}
	}
}

// compareLive names the videos whose live figures differ, and the snapshots.
func (r Reader) compareLive(ctx context.Context, v *Verdict, count *analysis.Count) error {
	rows, err := r.Pool.Query(ctx, `SELECT video_id, public, votes, reached FROM ranking_videos ORDER BY video_id`)
	if err != nil {
		return fmt.Errorf("read live videos: %w", err)
	}
	counted := count.Videos()
	found := 0
	say := func(format string, args ...any) {
		if found++; found <= maxWrong {
			v.Wrong = append(v.Wrong, fmt.Sprintf(format, args...))
		}
	}
	var id events.ID
	var public bool
	var votes, reached int64
	_, err = pgx.ForEachRow(rows, []any{&id, &public, &votes, &reached}, func() error {
		want, known := counted[id]
		delete(counted, id)
		switch {
		case !known:
			say("video %s is in the live ranking and not in the log", id)
		case want.Votes != votes || want.Reached != reached || want.Public != public:
			say("video %s of player %s: live %d votes up to position %d, public %t; the log says %d up to %d, %t",
				id, want.Owner, votes, reached, public, want.Votes, want.Reached, want.Public)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read live videos: %w", err)
	}
	for id := range counted {
		say("video %s is in the log and not in the live ranking", id)
	}
	if found == 0 {
		say("the players' totals or cities differ from their videos'")
	}
	return nil
}
