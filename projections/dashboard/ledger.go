package dashboard

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// queueLedger takes ballots out of the figures, or back in. The voter's list keeps them, with what keeps them out.
func queueLedger(b *pgx.Batch, position int64, fact events.Ledger) {
	switch f := fact.(type) {
	case events.BallotsVoided:
		queueCount(b, f.Ballots, &position)
		queueVoided(b, position, f)
	case events.BallotsReinstated:
		queueCount(b, f.Ballots, nil)
		b.Queue(`DELETE FROM dashboard_voided WHERE act_id = $1`, f.ActID)
	}
}

// queueVoided notes for each video how many of its votes the act takes.
func queueVoided(b *pgx.Batch, position int64, f events.BallotsVoided) {
	taken := map[events.ID]int64{}
	for _, g := range f.Ballots {
		taken[g.VideoID] += int64(len(g.Positions))
	}
	for id, votes := range taken {
		b.Queue(`INSERT INTO dashboard_voided (act_id, video_id, position, votes) VALUES ($1, $2, $3, $4)`, f.ActID, id, position, votes)
	}
}

// queueCount has ballots kept out by the act at a position; by none, they count.
func queueCount(b *pgx.Batch, groups []events.BallotsOfHour, act *int64) {
	var positions, votes []int64
	var videos []events.ID
	var hours []time.Time
	for _, g := range groups {
		n := int64(len(g.Positions))
		if act != nil {
			n = -n
		}
		positions = append(positions, g.Positions...)
		videos, hours, votes = append(videos, g.VideoID), append(hours, g.Hour), append(votes, n)
	}
	b.Queue(`UPDATE dashboard_ballots SET counts = $2::bigint IS NULL, act = $2 WHERE position = ANY($1)`, positions, act)
	b.Queue(`
		UPDATE dashboard_videos v
		SET votes = v.votes + t.votes
		FROM (SELECT video_id, sum(votes) AS votes FROM unnest($1::uuid[], $2::bigint[]) AS u (video_id, votes) GROUP BY video_id) t
		WHERE v.video_id = t.video_id`, videos, votes)
	b.Queue(`
		UPDATE dashboard_hours h
		SET votes = h.votes + t.votes
		FROM (
			SELECT v.owner_id, u.hour, sum(u.votes) AS votes
			FROM unnest($1::uuid[], $2::timestamptz[], $3::bigint[]) AS u (video_id, hour, votes)
			JOIN dashboard_videos v USING (video_id)
			GROUP BY v.owner_id, u.hour
		) t
		WHERE h.owner_id = t.owner_id AND h.hour = t.hour`, videos, hours, votes)
}
