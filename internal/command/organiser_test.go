package command_test

import (
	"slices"
	"testing"

	"github.com/rising-stars/showcase/aggregates/account"
	"github.com/rising-stars/showcase/aggregates/ballot"
	"github.com/rising-stars/showcase/aggregates/contest"
	"github.com/rising-stars/showcase/aggregates/operations"
	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/projections/accounts"
	"github.com/rising-stars/showcase/projections/gallery"
)

func TestRoleIsSeenAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	id, meta := p.owner(t), events.Metadata{Actor: newID()}
	role := func() string {
		a, _, err := accounts.Queries{Pool: p.pool}.ByID(t.Context(), id)
		check(t, err)
		return a.Role
	}
	for range 2 {
		check(t, p.GrantOrganiser(t.Context(), meta, id, "Coordina Cali"))
	}
	if role() != accounts.RoleOrganiser {
		t.Errorf("the role is %s", role())
	}
	check(t, p.RevokeOrganiser(t.Context(), meta, id, "Deja el cargo"))
	if role() != accounts.RolePlayer {
		t.Errorf("the role is %s", role())
	}
	if n := p.count(t, "account.role-granted"); n != 1 {
		t.Errorf("granted %d times in the log", n)
	}
	refused(t, p.GrantOrganiser(t.Context(), meta, newID(), "Nadie"), account.ErrNotFound)
	refused(t, p.RevokeOrganiser(t.Context(), meta, id, ""), account.ErrReason)
}

// TestTwoOrganisersAtOnce change what both have seen: one of them is told to look again.
func TestTwoOrganisersAtOnce(t *testing.T) {
	t.Parallel()
	p := start(t)
	now, version, err := p.ContestNow(t.Context())
	check(t, err)
	ok, errs := race(8, func(i int) error {
		wanted := now
		wanted.VoteGoal = 100 + i
		return p.ChangeContest(t.Context(), events.Metadata{}, wanted, version, "Otra meta")
	})
	if ok != 1 || p.count(t, "contest.changed") != 1 {
		t.Fatalf("%d of 8 changes of one version passed", ok)
	}
	for _, err := range errs {
		refused(t, err, contest.ErrChanged)
	}
	if _, next, err := p.ContestNow(t.Context()); err != nil || next != version+1 {
		t.Errorf("version %d, %v; want %d", next, err, version+1)
	}
}

func TestAnotherRun(t *testing.T) {
	t.Parallel()
	p := start(t)
	id, meta := p.published(t, p.owner(t)), events.Metadata{Actor: newID()}
	vote := func() error { return p.CastBallot(t.Context(), events.Metadata{}, newID(), id, "") }
	if _, err := p.StartProcessing(t.Context(), events.Metadata{}, id, "w"); err == nil {
		t.Fatal("a finished video was begun again")
	}
	ok, _ := race(5, func(int) error { return p.ReprocessVideo(t.Context(), meta, id, "Sin sonido") })
	if ok != 5 || p.count(t, "video.reprocess-ordered") != 1 {
		t.Fatalf("%d of 5 orders passed, %d are in the log", ok, p.count(t, "video.reprocess-ordered"))
	}
	check(t, vote())
	job, err := p.StartProcessing(t.Context(), events.Metadata{}, id, "w")
	check(t, err)
	if job.Run != 2 || job.Attempt != 2 || job.Original.Key == "" {
		t.Errorf("the job is %+v", job)
	}
	result := func(attempt int, key string) events.VideoProcessed {
		o := events.Object{Key: key}
		return events.VideoProcessed{VideoID: id, Attempt: attempt, Clip: o, Preview: o, PosterJPEG: o, PosterWebP: o}
	}
	check(t, p.FinishProcessing(t.Context(), events.Metadata{}, result(1, "late"))) // of the first run
	check(t, p.FinishProcessing(t.Context(), events.Metadata{}, result(2, "new")))
	check(t, p.FinishProcessing(t.Context(), events.Metadata{}, result(2, "doubled")))
	v, _, err := gallery.Queries{Pool: p.pool}.ByID(t.Context(), id)
	check(t, err)
	if v.Clip.Key != "new" || !v.Votable || v.Stage != gallery.StageReady {
		t.Errorf("the video is %+v", v)
	}
	check(t, vote())
	if n := p.count(t, "video.published"); n != 1 {
		t.Errorf("published %d times", n)
	}
	moments, err := p.VideoMoments(t.Context(), id, 100)
	check(t, err)
	var stages []string
	for _, m := range moments {
		stages = append(stages, m.Stage)
	}
	want := []string{
		command.MomentQueued, command.MomentProcessing, command.MomentReady, command.MomentPublished,
		command.MomentQueued, command.MomentProcessing, command.MomentReady,
	}
	if !slices.Equal(stages, want) {
		t.Errorf("its past is %v, want %v", stages, want)
	}
	if last, err := p.VideoMoments(t.Context(), id, 1); err != nil || len(last) != 1 || last[0] != moments[6] {
		t.Errorf("its newest moment is %v, %v", last, err)
	}

	check(t, p.WithdrawVideo(t.Context(), meta, id, "No es de baloncesto"))
	refused(t, vote(), ballot.ErrNotVotable) // at once where it was withdrawn
	refused(t, p.ReprocessVideo(t.Context(), meta, id, "Sin sonido"), video.ErrWithdrawn)
	if n := p.count(t, "ballot.cast"); n != 2 {
		t.Errorf("%d ballots are in the log, want 2", n)
	}
}

func TestRedriveIsOnRecord(t *testing.T) {
	t.Parallel()
	p := start(t)
	refused(t, p.OrderRedrive(t.Context(), events.Metadata{}, "transcode", ""), operations.ErrReason)
	for range 2 {
		check(t, p.OrderRedrive(t.Context(), events.Metadata{Actor: newID()}, "transcode", "Ya hay disco"))
	}
	if n := p.count(t, "queue.redrive-ordered"); n != 2 {
		t.Errorf("%d orders in the log, want 2", n)
	}
}
