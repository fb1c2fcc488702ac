package ranking

import (
	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// queueLedger takes ballots out of the tables, or back in.
func queueLedger(b *pgx.Batch, fact events.Ledger) {
	switch f := fact.(type) {
	case events.BallotsVoided:
		queueVoided(b, f)
	case events.BallotsReinstated:
		queueReinstated(b, f)
	}
}

func queueVoided(b *pgx.Batch, f events.BallotsVoided) {
	ids, votes, newest := tallies(f.Ballots)
	for i := range newest {
		newest[i] = 0
	}
	at := map[events.ID]int{}
	for i, id := range ids {
		at[id] = i
	}
	for _, n := range f.Newest {
		if i, ok := at[n.VideoID]; ok {
			newest[i] = n.Position
		}
	}
	// A ballot that came after the act was prepared counts, and is the newest.
	b.Queue(`
		UPDATE ranking_videos v
		SET votes = v.votes - t.votes, reached = CASE WHEN v.reached > $4 THEN v.reached ELSE t.newest END
		FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS t (video_id, votes, newest)
		WHERE v.video_id = t.video_id`, ids, votes, newest, f.UpTo)
	queueTotals(b, ids)
}

func queueReinstated(b *pgx.Batch, f events.BallotsReinstated) {
	ids, votes, newest := tallies(f.Ballots)
	b.Queue(`
		UPDATE ranking_videos v
		SET votes = v.votes + t.votes, reached = greatest(v.reached, t.newest)
		FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS t (video_id, votes, newest)
		WHERE v.video_id = t.video_id`, ids, votes, newest)
	queueTotals(b, ids)
}

// tallies adds the ballots up per video: how many, and the newest of them.
func tallies(groups []events.BallotsOfHour) (ids []events.ID, votes, newest []int64) {
	at := map[events.ID]int{}
	for _, g := range groups {
		i, ok := at[g.VideoID]
		if !ok {
			i = len(ids)
			at[g.VideoID] = i
			ids, votes, newest = append(ids, g.VideoID), append(votes, 0), append(newest, 0)
		}
		votes[i] += int64(len(g.Positions))
		for _, position := range g.Positions {
			newest[i] = max(newest[i], position)
		}
	}
	return ids, votes, newest
}
