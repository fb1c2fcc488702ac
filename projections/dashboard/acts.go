package dashboard

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
)

// Act is something that an organiser or operator did.
type Act struct {
	Position  int64
	At        time.Time
	ActorID   events.ID // zero for the command line and for a file
	Act       string    // the type of the fact
	SubjectID events.ID // the video or account that it was done to; zero when it was neither
	Subject   string    // what else it was done to
	Reason    string    // empty when nobody was asked for one
}

// act is the line of acts that a fact is; false when it is none.
func act(r events.Recorded) (Act, bool) {
	a := Act{Position: r.Position, At: r.RecordedAt, ActorID: r.Meta.Actor, Act: r.Event.EventType()}
	switch f := r.Event.(type) {
	case events.ContestCreated:
		a.Subject = f.Settings.Name
	case events.ContestChanged:
		a.Subject, a.Reason = f.Settings.Name, f.Reason
	case events.AccountRoleGranted:
		a.SubjectID, a.Subject, a.Reason = f.AccountID, f.Role, f.Reason
	case events.AccountRoleRevoked:
		a.SubjectID, a.Subject, a.Reason = f.AccountID, f.Role, f.Reason
	case events.VideoWithdrawn:
		a.SubjectID, a.Reason = f.VideoID, f.Reason
	case events.VideoReprocessOrdered:
		a.SubjectID, a.Reason = f.VideoID, f.Reason
	case events.QueueRedriveOrdered:
		a.Subject, a.Reason = f.Queue, f.Reason
	case events.BallotsVoided:
		a.Subject, a.Reason = strconv.Itoa(f.Count), f.Reason
	case events.BallotsReinstated:
		a.Subject, a.Reason = strconv.Itoa(f.Count), f.Reason
	default:
		return Act{}, false
	}
	return a, true
}

func queueAct(b *pgx.Batch, a Act) {
	b.Queue(`
		INSERT INTO dashboard_acts (position, at, actor_id, act, subject_id, subject, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		a.Position, a.At, orNull(a.ActorID), a.Act, orNull(a.SubjectID), a.Subject, a.Reason)
}

func orNull(id events.ID) *events.ID {
	if id.IsZero() {
		return nil
	}
	return &id
}

// Acts are the newest limit acts, newest first.
func (q Queries) Acts(ctx context.Context, limit int) ([]Act, error) {
	rows, err := q.Pool.Query(ctx, `
		SELECT position, at, actor_id, act, subject_id, subject, reason
		FROM dashboard_acts
		ORDER BY position DESC
		LIMIT $1`, limit)
	if err != nil {
		return nil, fmt.Errorf("list acts: %w", err)
	}
	list, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (a Act, err error) {
		var actor, subject *events.ID
		if err = row.Scan(&a.Position, &a.At, &actor, &a.Act, &subject, &a.Subject, &a.Reason); err != nil {
			return a, err
		}
		if actor != nil {
			a.ActorID = *actor
		}
		if subject != nil {
			a.SubjectID = *subject
		}
		return a, nil
	})
	if err != nil {
		return nil, fmt.Errorf("list acts: %w", err)
	}
	return list, nil
}
