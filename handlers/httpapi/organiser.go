package httpapi

import (
	"context"
	"net/http"
	"slices"
	"time"

	"github.com/go-chi/chi/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/projections/accounts"
)

// Limits of what organisers ask for.
const (
	maxRedrive  = 500 // dead letters brought back by one request
	maxActs     = 200
	defaultActs = 50
)

var (
	errRole = fault.New(fault.Forbidden, "auth.role",
		"Solo la organización puede hacer esto.", "Only organisers can do this.")
	// ErrQueueAway is what Redrive answers while the queue server does not. What was moved before is moved.
	ErrQueueAway = fault.New(fault.Unavailable, "queue.unreachable",
		"El servidor de colas no responde; inténtalo más tarde.", "The queue server does not answer; try again later.").After(30 * time.Second)
	errNoQueue = fault.New(fault.NotFound, "queue.not-found",
		"No existe esa cola.", "There is no such queue.")
)

// Organising is what organisers do. Each act says who did it and why.
type Organising interface {
	ContestNow(ctx context.Context) (settings events.ContestSettings, version int64, err error)
	ChangeContest(ctx context.Context, meta events.Metadata, settings events.ContestSettings, version int64, reason string) error
	WithdrawVideo(ctx context.Context, meta events.Metadata, id events.ID, reason string) error
	ReprocessVideo(ctx context.Context, meta events.Metadata, id events.ID, reason string) error
	OrderRedrive(ctx context.Context, meta events.Metadata, queue, reason string) error
}

// Machinery tells how queues and read models do.
type Machinery interface {
	Queues() []string
	System(ctx context.Context) (System, error)
	Redrive(ctx context.Context, queue string, limit int) (moved int, err error)
}

// System is how queues and read models do at a moment.
type System struct {
	Queues      []QueueState      `json:"queues"`
	Projections []ProjectionState `json:"projections"`
	LogPosition int64             `json:"log_position"`
}

// QueueState is how many messages a queue has, as its server approximates them.
type QueueState struct {
	Name      string `json:"name"`
	Waiting   int    `json:"waiting"` // now or after a delay
	InFlight  int    `json:"in_flight"`
	Dead      int    `json:"dead"`      // in its dead-letter queue
	Reachable bool   `json:"reachable"` // when not, the numbers are zero and mean nothing
}

// ProjectionState is how far a read model is.
type ProjectionState struct {
	Name     string `json:"name"`
	Position int64  `json:"position"`
	Behind   int64  `json:"behind"`  // events
	Stopped  bool   `json:"stopped"` // before an event that it cannot apply
}

// organiser is who asks, when that is an organiser by what the read model says now.
func (a *api) organiser(w *reply, r *http.Request) (auth.Principal, error) {
	p, found, err := a.whoami(w, r)
	switch {
	case err != nil:
		return auth.Principal{}, err
	case found.Role != accounts.RoleOrganiser:
		return auth.Principal{}, errRole
	}
	return p, nil
}

// contestSettings is how the contest is set, as JSON has it.
type contestSettings struct {
	Name             string    `json:"name"`
	Cities           []string  `json:"cities"`
	OpensAt          time.Time `json:"opens_at"`
	ClosesAt         time.Time `json:"closes_at"`
	VoteGoal         int       `json:"vote_goal"`
	FinalistsPerCity int       `json:"finalists_per_city"`
	Version          int64     `json:"version"`
}

type contestChange struct {
	contestSettings
	Reason string `json:"reason"`
}

// showContest answers GET /api/organiser/contest.
func (a *api) showContest(w *reply, r *http.Request) error {
	if _, err := a.organiser(w, r); err != nil {
		return err
	}
	return a.writeContest(w, r)
}

func (a *api) writeContest(w *reply, r *http.Request) error {
	s, version, err := a.Organising.ContestNow(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, contestSettings{
		Name: s.Name, Cities: orEmpty(s.Cities), OpensAt: s.OpensAt.UTC(), ClosesAt: s.ClosesAt.UTC(),
		VoteGoal: s.VoteGoal, FinalistsPerCity: s.FinalistsPerCity, Version: version,
	})
}

// orEmpty encodes as [], never null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// changeContest answers PUT /api/organiser/contest.
func (a *api) changeContest(w *reply, r *http.Request) error {
	p, err := a.organiser(w, r)
	if err != nil {
		return err
	}
	var in contestChange
	if err := decode(r, &in); err != nil {
		return err
	}
	settings := events.ContestSettings{
		Name: in.Name, Cities: in.Cities, OpensAt: in.OpensAt.UTC(), ClosesAt: in.ClosesAt.UTC(),
		VoteGoal: in.VoteGoal, FinalistsPerCity: in.FinalistsPerCity,
	}
	if err := a.Organising.ChangeContest(r.Context(), a.meta(w, r, p.Account), settings, in.Version, in.Reason); err != nil {
		return err
	}
	return a.writeContest(w, r)
}

// showSystem answers GET /api/organiser/system.
func (a *api) showSystem(w *reply, r *http.Request) error {
	if _, err := a.organiser(w, r); err != nil {
		return err
	}
	s, err := a.Machinery.System(r.Context())
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, s)
}

// because is the body of an act.
type because struct {
	Reason string `json:"reason"`
}

type redriveReply struct {
	Moved int `json:"moved"`
}

// redrive answers POST /api/organiser/queues/{name}/redrive. The act is in the log before the first message moves.
func (a *api) redrive(w *reply, r *http.Request) error {
	p, err := a.organiser(w, r)
	if err != nil {
		return err
	}
	queue := chi.URLParam(r, "name")
	if !slices.Contains(a.Machinery.Queues(), queue) {
		return errNoQueue
	}
	var in because
	if err := decode(r, &in); err != nil {
		return err
	}
	if err := a.Organising.OrderRedrive(r.Context(), a.meta(w, r, p.Account), queue, in.Reason); err != nil {
		return err
	}
	moved, err := a.Machinery.Redrive(r.Context(), queue, maxRedrive)
	if err != nil {
		return err
	}
	return writeJSON(w, http.StatusOK, redriveReply{moved})
}

// act is something that an organiser or operator did.
type act struct {
	Position    int64     `json:"position"`
	At          time.Time `json:"at"`
	ActorName   string    `json:"actor_name"` // empty for the command line, a file, and who is gone
	Act         string    `json:"act"`
	Subject     string    `json:"subject"`
	SubjectName string    `json:"subject_name,omitempty"` // of a video or an account that is there
	Reason      string    `json:"reason"`
}

// listActs answers GET /api/organiser/acts.
func (a *api) listActs(w *reply, r *http.Request) error {
	if _, err := a.organiser(w, r); err != nil {
		return err
	}
	q := parameters(r)
	limit := q.number("limit", 1, maxActs, defaultActs, false)
	if err := q.err(); err != nil {
		return err
	}
	ctx := r.Context()
	list, err := a.Figures.Acts(ctx, limit)
	if err != nil {
		return err
	}
	var people, videos []events.ID
	for _, done := range list {
		people = append(people, done.ActorID, done.SubjectID)
		videos = append(videos, done.SubjectID)
	}
	names, err := a.Accounts.Names(ctx, people)
	if err != nil {
		return err
	}
	found, err := a.Gallery.ByIDs(ctx, videos)
	if err != nil {
		return err
	}
	subjects := map[events.ID]string{}
	for _, v := range found {
		subjects[v.ID] = v.Title
	}
	out := make([]act, 0, len(list))
	for _, done := range list {
		line := act{
			Position: done.Position, At: done.At.UTC(), ActorName: names[done.ActorID], Act: done.Act,
			Subject: done.Subject, Reason: done.Reason,
		}
		if !done.SubjectID.IsZero() {
			line.Subject, line.SubjectName = done.SubjectID.String(), subjects[done.SubjectID]
			if line.SubjectName == "" {
				line.SubjectName = names[done.SubjectID]
			}
		}
		out = append(out, line)
	}
	return writeJSON(w, http.StatusOK, out)
}
