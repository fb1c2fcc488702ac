package dashboard

import (
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// queueLedger takes ballots out of the figures, or back in. The voter's list keeps them, with whether they count.
func queueLedger(b *pgx.Batch, fact events.Ledger) {
	switch f := fact.(type) {
	case events.BallotsVoided:
		queueCount(b, f.Ballots, false)
	case events.BallotsReinstated:
		queueCount(b, f.Ballots, true)
	}
}

func queueCount(b *pgx.Batch, groups []events.BallotsOfHour, counts bool) {
	var positions, votes []int64
	var videos []events.ID
	var hours []time.Time
	for _, g := range groups {
		n := int64(len(g.Positions))
		if !counts {
			n = -n
		}
		positions = append(positions, g.Positions...)
		videos, hours, votes = append(videos, g.VideoID), append(hours, g.Hour), append(votes, n)
	}
	b.Queue(`UPDATE dashboard_ballots SET counts = $2 WHERE position = ANY($1)`, positions, counts)
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
