package httpapi_test

import (
	"context"
	"slices"
	"time"

	"github.com/rising-stars/showcase/aggregates/contest"
	"github.com/rising-stars/showcase/aggregates/operations"
	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/handlers/httpapi"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/dashboard"
	"github.com/rising-stars/showcase/projections/gallery"
)

// What organisers do to the world, by the rules' own answers.

func (w *world) contest() events.ContestSettings {
	if w.version > 1 {
		return w.settings
	}
	return events.ContestSettings{Name: "ANB", OpensAt: w.opens, ClosesAt: w.closes, VoteGoal: 8, FinalistsPerCity: 1}
}

func (w *world) ContestNow(context.Context) (events.ContestSettings, int64, error) {
	unlock, err := w.lock()
	defer unlock()
	return w.contest(), w.version, err
}

func (w *world) ChangeContest(_ context.Context, meta events.Metadata, s events.ContestSettings, version int64, reason string) error {
	unlock, err := w.lock()
	defer unlock()
	if err != nil {
		return err
	}
	facts, err := contest.Change{Settings: s, Version: version, Reason: reason}.
		Decide(contest.State{Created: true, Settings: w.contest(), Version: w.version})
	if err == nil && len(facts) > 0 {
		w.settings, w.version = s, w.version+1
		w.act(meta, facts[0], events.ID{}, s.Name, reason)
	}
	return err
}

// act is what the dashboard's read model would keep; the world is locked.
func (w *world) act(meta events.Metadata, fact events.Event, id events.ID, subject, reason string) {
	w.metas = append(w.metas, meta)
	w.position++
	w.acts = append(w.acts, dashboard.Act{
		Position: w.position, At: time.Now(), ActorID: meta.Actor, Act: fact.EventType(), SubjectID: id, Subject: subject, Reason: reason,
	})
}

// on lets a rule decide on a video.
func (w *world) on(meta events.Metadata, id events.ID, reason string, decide func(video.State) ([]events.Video, error), then func(*gallery.Video)) error {
	unlock, err := w.lock()
	defer unlock()
	if err != nil {
		return err
	}
	state := video.State{}
	i := slices.IndexFunc(w.videos, func(v gallery.Video) bool { return v.ID == id })
	if i >= 0 {
		v := w.videos[i]
		state = video.State{Owner: v.OwnerID, Public: v.Public, Open: v.Votable, Status: map[string]video.Status{
			gallery.StageQueued: video.Submitted, gallery.StageProcessing: video.Processing, gallery.StageReady: video.Processed,
			gallery.StageRejected: video.Rejected, gallery.StageFailed: video.Failed, gallery.StageWithdrawn: video.Withdrawn,
		}[v.Stage]}
	}
	facts, err := decide(state)
	if err == nil && len(facts) > 0 {
		then(&w.videos[i])
		w.act(meta, facts[0], id, "", reason)
	}
	return err
}

func (w *world) WithdrawVideo(_ context.Context, meta events.Metadata, id events.ID, reason string) error {
	return w.on(meta, id, reason, video.Withdraw{VideoID: id, Reason: reason}.Decide, func(v *gallery.Video) {
		v.Votable, v.Stage, v.ReasonCode, v.ReasonES, v.ReasonEN = false, gallery.StageWithdrawn, "video.withdrawn", reason, reason
	})
}

func (w *world) ReprocessVideo(_ context.Context, meta events.Metadata, id events.ID, reason string) error {
	return w.on(meta, id, reason, video.Reprocess{VideoID: id, Reason: reason}.Decide, func(v *gallery.Video) {
		v.Stage = gallery.StageQueued
	})
}

func (w *world) OrderRedrive(_ context.Context, meta events.Metadata, queue, reason string) error {
	unlock, err := w.lock()
	defer unlock()
	if err != nil {
		return err
	}
	facts, err := operations.Redrive{Queue: queue, Reason: reason}.Decide(operations.State{})
	if err == nil {
		w.act(meta, facts[0], events.ID{}, queue, reason)
	}
	return err
}

func (w *world) VideoMoments(_ context.Context, id events.ID, limit int) ([]command.Moment, error) {
	unlock, err := w.lock()
	defer unlock()
	list := w.moments[id]
	return list[max(0, len(list)-limit):], err
}

func (w *world) Queues() []string { return []string{"transcode", "ranking"} }

func (w *world) System(context.Context) (httpapi.System, error) {
	unlock, err := w.lock()
	defer unlock()
	return httpapi.System{
		Queues:      []httpapi.QueueState{{Name: "transcode", Waiting: 2, InFlight: 1, Dead: w.dead, Reachable: true}, {Name: "ranking"}},
		Projections: []httpapi.ProjectionState{{Name: "ranking", Position: w.position, Behind: 3}},
		LogPosition: w.position + 3,
	}, err
}

func (w *world) Redrive(_ context.Context, _ string, limit int) (int, error) {
	unlock, err := w.lock()
	defer unlock()
	moved := min(w.dead, limit)
	w.dead -= moved
	return moved, err
}

// promote makes somebody an organiser, and demote takes it back.
func (w *world) promote(id events.ID) {
	_ = w.change(id, func(a *accounts.Account) { a.Role = accounts.RoleOrganiser }) // they are there
}

func (w *world) demote(id events.ID) {
	_ = w.change(id, func(a *accounts.Account) { a.Role = accounts.RolePlayer }) // they are there
}

func (q accountQueries) Names(_ context.Context, ids []events.ID) (map[events.ID]string, error) {
	unlock, err := q.w.lock()
	defer unlock()
	names := map[events.ID]string{}
	for _, id := range ids {
		if a, ok := q.w.accounts[id]; ok {
			names[id] = a.FirstName + " " + a.LastName
		}
	}
	return names, err
}

// publish gives a titled video that is open for voting.
func (s *service) publish(owner events.ID, title string) events.ID {
	s.t.Helper()
	v := s.published(owner)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.videos {
		if s.videos[i].ID == v.ID {
			s.videos[i].Title = title
		}
	}
	return v.ID
}
