// Package dashboard is the read model of a person's own figures: what their videos got, hour by hour, and which videos
// they voted for.
package dashboard

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// Stages of a video, as the figures count them.
const (
	StagePending   = "pending"
	StageProcessed = "processed" // there, but private
	StagePublic    = "public"
	StageRejected  = "rejected" // the file was no good, or every attempt failed
	StageWithdrawn = "withdrawn"
)

// Projection folds videos, ballots and erasures into the dashboard tables.
type Projection struct{}

// Name names the checkpoint and the queue.
func (Projection) Name() string { return "dashboard" }

// Types are the facts that it reads.
func (Projection) Types() []string {
	return []string{
		events.AccountErased{}.EventType(),
		events.VideoSubmitted{}.EventType(), events.VideoProcessingStarted{}.EventType(),
		events.VideoProcessed{}.EventType(), events.VideoRejected{}.EventType(),
		events.VideoFailed{}.EventType(), events.VideoPublished{}.EventType(), events.VideoWithdrawn{}.EventType(),
		events.VideoDeleted{}.EventType(),
		events.BallotCast{}.EventType(),
		events.BallotsVoided{}.EventType(), events.BallotsReinstated{}.EventType(),
		events.AccountRoleGranted{}.EventType(), events.AccountRoleRevoked{}.EventType(),
		events.VideoReprocessOrdered{}.EventType(),
		events.ContestCreated{}.EventType(), events.ContestChanged{}.EventType(),
		events.QueueRedriveOrdered{}.EventType(),
	}
}

// Reset empties the read model.
func (Projection) Reset(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `
		WITH h AS (DELETE FROM dashboard_hours), b AS (DELETE FROM dashboard_ballots), a AS (DELETE FROM dashboard_acts),
			o AS (DELETE FROM dashboard_voided)
		DELETE FROM dashboard_videos`)
	return err
}

// Apply folds a page of facts. The order of the operations stands for the order of the facts: a ballot never precedes
// its video, and nothing follows a deletion. The page is cut at an erasure, since an upload or a ballot that was under way
// may follow it.
func (Projection) Apply(ctx context.Context, tx pgx.Tx, batch []events.Recorded) error {
	var b pgx.Batch
	p := newPage()
	for _, r := range batch {
		if a, ok := act(r); ok {
			queueAct(&b, a)
		}
		switch f := r.Event.(type) {
		case events.AccountErased:
			p.queue(&b)
			queueErased(&b, f.AccountID)
			p = newPage()
		case events.Video:
			p.video(f)
		case events.Ballot:
			p.ballot(r, f)
		case events.Ledger: // what comes before it is in the tables by then
			p.queue(&b)
			queueLedger(&b, r.Position, f)
			p = newPage()
		}
	}
	p.queue(&b)
	if err := tx.SendBatch(ctx, &b).Close(); err != nil {
		return fmt.Errorf("apply dashboard: %w", err)
	}
	return nil
}

// page is what a page of facts adds up to.
type page struct {
	owners  map[events.ID]events.ID // new videos → owner
	stages  map[events.ID]stage     // the last word on each video
	deleted []events.ID
	voters  []events.ID // one entry per ballot, like the three below
	videos  []events.ID
	places  []int64
	hours   []time.Time
}

func newPage() page {
	return page{owners: map[events.ID]events.ID{}, stages: map[events.ID]stage{}}
}

// stage is the last word on a video. One that is not firm holds only where no clip is there yet: a video that is
// processed again counts as what it was.
type stage struct {
	name string
	firm bool
}

func (p *page) video(fact events.Video) {
	switch f := fact.(type) {
	case events.VideoSubmitted:
		p.owners[f.VideoID] = f.OwnerID
		p.stages[f.VideoID] = stage{StagePending, true}
	case events.VideoProcessingStarted:
		p.unlessThere(f.VideoID, StagePending) // also one that was brought back after it had failed
	case events.VideoReprocessOrdered:
		p.unlessThere(f.VideoID, StagePending)
	case events.VideoRejected:
		p.unlessThere(f.VideoID, StageRejected)
	case events.VideoFailed:
		p.unlessThere(f.VideoID, StageRejected)
	case events.VideoProcessed:
		p.unlessThere(f.VideoID, StageProcessed)
	case events.VideoPublished:
		p.stages[f.VideoID] = stage{StagePublic, true}
	case events.VideoWithdrawn:
		p.stages[f.VideoID] = stage{StageWithdrawn, true}
	case events.VideoDeleted:
		p.deleted = append(p.deleted, f.VideoID)
	case events.VideoAttemptFailed: // still pending
	}
}

// unlessThere moves a video on that has no clip, as far as the page knows; queue asks the table for the rest.
func (p *page) unlessThere(id events.ID, name string) {
	s := p.stages[id]
	switch s.name {
	case StageProcessed, StagePublic, StageWithdrawn:
		return
	}
	s.name = name
	p.stages[id] = s
}

func (p *page) ballot(r events.Recorded, fact events.Ballot) {
	switch f := fact.(type) {
	case events.BallotCast:
		p.voters = append(p.voters, f.VoterID)
		p.videos = append(p.videos, f.VideoID)
		p.places = append(p.places, r.Position)
		p.hours = append(p.hours, r.RecordedAt.Truncate(time.Hour))
	}
}

func (p *page) queue(b *pgx.Batch) {
	for id, owner := range p.owners {
		b.Queue(`INSERT INTO dashboard_videos (video_id, owner_id, stage) VALUES ($1, $2, $3)`, id, owner, StagePending)
	}
	for id, s := range p.stages {
		b.Queue(`UPDATE dashboard_videos SET stage = $2 WHERE video_id = $1 AND ($3 OR stage IN ('pending', 'rejected'))`, id, s.name, s.firm)
	}
	p.queueBallots(b)
	if len(p.deleted) > 0 {
		b.Queue(`DELETE FROM dashboard_videos WHERE video_id = ANY($1)`, p.deleted)
	}
}

func queueErased(b *pgx.Batch, account events.ID) {
	b.Queue(`DELETE FROM dashboard_videos WHERE owner_id = $1`, account)
	b.Queue(`DELETE FROM dashboard_hours WHERE owner_id = $1`, account)
	b.Queue(`DELETE FROM dashboard_ballots WHERE voter_id = $1`, account)
}

// queueBallots counts ballots of a video that is known; its owner may have been erased since.
func (p *page) queueBallots(b *pgx.Batch) {
	if len(p.voters) == 0 {
		return
	}
	b.Queue(`
		INSERT INTO dashboard_ballots (voter_id, video_id, position)
		SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[])`, p.voters, p.videos, p.places)
	b.Queue(`
		UPDATE dashboard_videos v
		SET votes = v.votes + t.votes
		FROM (SELECT video_id, count(*) AS votes FROM unnest($1::uuid[]) AS u (video_id) GROUP BY video_id) t
		WHERE v.video_id = t.video_id`, p.videos)
	b.Queue(`
		INSERT INTO dashboard_hours (owner_id, hour, votes)
		SELECT v.owner_id, t.hour, count(*)
		FROM unnest($1::uuid[], $2::timestamptz[]) AS t (video_id, hour)
		JOIN dashboard_videos v USING (video_id)
		GROUP BY v.owner_id, t.hour
		ON CONFLICT (owner_id, hour) DO UPDATE SET votes = dashboard_hours.votes + excluded.votes`, p.videos, p.hours)
}
