package command_test

import (
	"context"
	"errors"
	"testing"

	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
)

// away is a read model that cannot be caught up.
type away struct{}

var errAway = errors.New("connection lost")

func (away) CatchUp(context.Context, int64) error { return errAway }

// TestWhatIsRepeatedIsCaughtUp has an erasure recorded and its asker told of an error, since the read model did not
// follow. Asking again must not answer before it has.
func TestWhatIsRepeatedIsCaughtUp(t *testing.T) {
	t.Parallel()
	p := start(t)
	owner := p.owner(t)
	model := p.Accounts
	p.Accounts = away{}
	if err := p.EraseAccount(t.Context(), events.Metadata{}, owner); !errors.Is(err, errAway) {
		t.Fatal(err)
	}
	p.Accounts = model
	check(t, p.EraseAccount(t.Context(), events.Metadata{}, owner))
	var keys int
	check(t, p.pool.QueryRow(t.Context(), `SELECT count(*) FROM account_keys`).Scan(&keys))
	if keys != 0 {
		t.Errorf("%d keys are left of who is erased", keys)
	}
}

// TestWorkersDoNotWaitForTheGallery has a gallery that cannot go on. A worker's attempt begins and ends nevertheless.
func TestWorkersDoNotWaitForTheGallery(t *testing.T) {
	t.Parallel()
	p := start(t)
	owner, id := p.owner(t), newID()
	check(t, p.SubmitVideo(t.Context(), events.Metadata{}, video.Submit{
		VideoID: id, OwnerID: owner, Title: "x", Public: true, Original: events.Object{Key: "originals/x"},
	}))
	p.Gallery = away{}
	job, err := p.StartProcessing(t.Context(), events.Metadata{}, id, "w")
	check(t, err)
	check(t, p.FinishProcessing(t.Context(), events.Metadata{}, events.VideoProcessed{VideoID: id, Attempt: job.Attempt}))
	if err := p.DeleteVideo(t.Context(), events.Metadata{}, id, owner); !errors.Is(err, video.ErrPublished) {
		t.Errorf("the video is not published: %v", err)
	}
}
