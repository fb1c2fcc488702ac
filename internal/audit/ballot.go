package audit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// BallotTold is one ballot and everything that was ever said of it.
type BallotTold struct {
	Position int64     `json:"position"`
	At       time.Time `json:"recorded_at"`
	Voter    events.ID `json:"voter_id"`
	Video    events.ID `json:"video_id"`
	Player   events.ID `json:"player_id"`
	Counts   bool      `json:"counts"`
	Reason   string    `json:"reason,omitempty"` // why it does not count
	Acts     []ToldAct `json:"acts"`
}

// ToldAct is an act of the ledger about a ballot.
type ToldAct struct {
	What     string    `json:"what"` // void or reinstate
	Act      events.ID `json:"act_id"`
	Position int64     `json:"position"`
	At       time.Time `json:"recorded_at"`
	Reason   string    `json:"reason"`
}

// ErrNoBallot says that there is no ballot there.
var ErrNoBallot = errors.New("there is no such ballot")

// BallotTold finds a ballot by its position or by its event's id.
func (r Reader) BallotTold(ctx context.Context, ballot string) (BallotTold, error) {
	told := BallotTold{Counts: true, Acts: []ToldAct{}}
	one, err := r.ballot(ctx, ballot)
	if err != nil {
		return told, err
	}
	fact, ok := one.Event.(events.BallotCast)
	if !ok {
		return told, fmt.Errorf("%w: event %s is %s", ErrNoBallot, ballot, one.Event.EventType())
	}
	told.Position, told.At, told.Voter, told.Video = one.Position, one.RecordedAt, fact.VoterID, fact.VideoID
	sent, err := r.Store.ReadStream(ctx, events.VideoStream(fact.VideoID))
	if err != nil {
		return told, err
	}
	for _, s := range sent {
		if f, ok := s.Event.(events.VideoSubmitted); ok {
			told.Player = f.OwnerID
		}
	}
	head, err := r.Store.Head(ctx)
	if err != nil {
		return told, err
	}
	acts, err := r.Acts(ctx, head)
	for _, act := range acts {
		switch f := act.Event.(type) {
		case events.BallotsVoided:
			told.say("void", act, f.Ballots, f.ActID, f.Reason)
		case events.BallotsReinstated:
			told.say("reinstate", act, f.Ballots, f.ActID, f.Reason)
		}
	}
	return told, err
}

func (t *BallotTold) say(what string, act events.Recorded, groups []events.BallotsOfHour, id events.ID, reason string) {
	if !slices.ContainsFunc(groups, func(g events.BallotsOfHour) bool { return slices.Contains(g.Positions, t.Position) }) {
		return
	}
	t.Acts = append(t.Acts, ToldAct{what, id, act.Position, act.RecordedAt, reason})
	t.Counts, t.Reason = what == "reinstate", ""
	if !t.Counts {
		t.Reason = reason
	}
}

func (r Reader) ballot(ctx context.Context, ballot string) (events.Recorded, error) {
	position, err := strconv.ParseInt(ballot, 10, 64)
	if err != nil {
		id, err := events.ParseID(ballot)
		if err != nil {
			return events.Recorded{}, fmt.Errorf("%q is neither a position nor the id of an event", ballot)
		}
		err = r.Pool.QueryRow(ctx, `SELECT position FROM events WHERE log_id = $1 AND id = $2`, mode, r.Store.Log(), id).Scan(&position)
		if errors.Is(err, pgx.ErrNoRows) {
			return events.Recorded{}, fmt.Errorf("%w: %s", ErrNoBallot, id)
		}
		if err != nil {
			return events.Recorded{}, fmt.Errorf("find ballot: %w", err)
		}
	}
	if err := r.CheckPosition(ctx, position); err != nil {
		return events.Recorded{}, err
	}
	list, err := r.At(ctx, []int64{position})
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("%w: %d", ErrNoBallot, position)
	}
	if err != nil {
		return events.Recorded{}, err
	}
	return list[0], nil
}
