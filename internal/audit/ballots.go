package audit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
)

// Strike prepares an act of the ledger: the ballots, up to a position, that a rule leaves out and that count as yet. text
// is the rule as it was read. The fact has no id, contest or reason.
func (r Reader) Strike(
	ctx context.Context, upTo int64, rule analysis.Rule, text []byte, progress func(position, upTo int64),
) (events.BallotsVoided, error) {
	sum := sha256.Sum256(text)
	fact := events.BallotsVoided{Rule: string(text), RuleSHA256: hex.EncodeToString(sum[:]), UpTo: upTo}
	type hour struct {
		video events.ID
		at    time.Time
	}
	at := map[hour]int{}
	struck := map[int64]bool{}
	newest := map[events.ID]int64{}
	_, err := r.Recount(ctx, upTo, rule, func(b *analysis.Ballot) {
		h := hour{b.Video, b.At.UTC().Truncate(time.Hour)}
		i, ok := at[h]
		if !ok {
			i = len(fact.Ballots)
			at[h] = i
			fact.Ballots = append(fact.Ballots, events.BallotsOfHour{VideoID: h.video, Hour: h.at})
		}
		fact.Ballots[i].Positions = append(fact.Ballots[i].Positions, b.Position)
		fact.Count++
		struck[b.Position] = true
		newest[b.Video] = 0
	}, progress)
	if err != nil || fact.Count == 0 {
		return fact, err
	}
	void, err := r.Void(ctx, upTo)
	if err != nil {
		return fact, err
	}
	err = r.Each(ctx, upTo, Sink{Progress: progress, Ballot: func(b *analysis.Ballot) {
		if _, touched := newest[b.Video]; touched && !struck[b.Position] && !void[b.Position] {
			newest[b.Video] = b.Position
		}
	}})
	for _, g := range fact.Ballots {
		if position, once := newest[g.VideoID]; once {
			fact.Newest = append(fact.Newest, events.NewestBallot{VideoID: g.VideoID, Position: position})
			delete(newest, g.VideoID)
		}
	}
	return fact, err
}

// Told is what became of one ballot.
type Told struct {
	Position int64      `json:"position"`
	At       time.Time  `json:"recorded_at"`
	Voter    events.ID  `json:"voter_id"`
	Video    events.ID  `json:"video_id"`
	Counts   bool       `json:"counts"`
	Act      *events.ID `json:"act_id,omitempty"` // the last act that said something of it
	Reason   string     `json:"reason,omitempty"`
}

// BallotsOf are a voter's ballots, or those for a player's videos, as of a position, with what the ledger says of each.
func (r Reader) BallotsOf(ctx context.Context, account events.ID, upTo int64) ([]Told, error) {
	rows, err := r.Pool.Query(ctx, `
		WITH mine AS (
			SELECT video_id FROM ranking_videos WHERE player_id = $3
		)
		SELECT position, recorded_at, (data->>'voter_id')::uuid, (data->>'video_id')::uuid
		FROM events
		WHERE log_id = $1 AND position <= $2 AND type = 'ballot.cast'
			AND (stream >= 'ballot-' || $3::text AND stream < 'ballot-' || $3::text || '.'
				OR (data->>'video_id')::uuid IN (SELECT video_id FROM mine))
		ORDER BY position`, mode, r.Store.Log(), upTo, account)
	if err != nil {
		return nil, fmt.Errorf("read ballots: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (t Told, err error) {
		t.Counts = true
		err = row.Scan(&t.Position, &t.At, &t.Voter, &t.Video)
		return t, err
	})
	if err != nil {
		return nil, fmt.Errorf("read ballots: %w", err)
	}
	acts, err := r.Acts(ctx, upTo)
	if err != nil {
		return nil, err
	}
	tell(list, acts)
	return list, nil
}

func tell(list []Told, acts []events.Recorded) {
	at := make(map[int64]*Told, len(list))
	for i := range list {
		at[list[i].Position] = &list[i]
	}
	say := func(groups []events.BallotsOfHour, counts bool, act events.ID, reason string) {
		for _, g := range groups {
			for _, position := range g.Positions {
				if t := at[position]; t != nil {
					t.Counts, t.Act, t.Reason = counts, &act, reason
				}
			}
		}
	}
	for _, one := range acts {
		switch f := one.Event.(type) {
		case events.BallotsVoided:
			say(f.Ballots, false, f.ActID, f.Reason)
		case events.BallotsReinstated:
			say(f.Ballots, true, f.ActID, f.Reason)
		}
	}
}

// FactLine is a fact about a player, other than a ballot.
type FactLine struct {
	Position int64     `json:"position"`
	At       time.Time `json:"recorded_at"`
	What     string    `json:"what"`
}

// FactsOf are the facts, ballots aside, that a player's number is made of: when and where they are from, and when their
// videos were open for voting.
func (r Reader) FactsOf(ctx context.Context, player events.ID, upTo int64) ([]FactLine, error) {
	rows, err := r.Pool.Query(ctx, `
		SELECT position, recorded_at, type || ' ' || coalesce(data->>'city', '')
		FROM events
		WHERE log_id = $1 AND data->>'account_id' = $3::uuid::text AND position <= $2 AND `+profileTypes+`
		UNION ALL
		SELECT e.position, e.recorded_at, e.type || ' ' || (e.data->>'video_id')
		FROM ranking_videos v
		JOIN events e ON e.log_id = $1 AND e.stream = 'video-' || v.video_id::text
			AND e.type IN ('video.submitted', 'video.published', 'video.withdrawn', 'video.deleted')
		WHERE v.player_id = $3 AND e.position <= $2
		ORDER BY 1`, mode, r.Store.Log(), upTo, player)
	if err != nil {
		return nil, fmt.Errorf("read facts of %s: %w", player, err)
	}
	list, err := pgx.CollectRows(rows, pgx.RowToStructByPos[FactLine])
	if err != nil {
		return nil, fmt.Errorf("read facts of %s: %w", player, err)
	}
	return list, nil
}
