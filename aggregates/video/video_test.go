package video_test

import (
	"strings"
	"testing"

	"github.com/rising-stars/showcase/aggregates/scenario"
	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
)

var (
	id    = events.ID{7}
	ana   = events.ID{1}
	eva   = events.ID{2}
	clip  = events.Object{Key: "processed/clip.mp4", Bytes: 10, SHA256: "aa"}
	first = events.Object{Key: "originals/x.mp4", Bytes: 99, SHA256: "bb"}

	submitted = events.VideoSubmitted{
		VideoID: id, OwnerID: ana, Title: events.Open("Mi mejor tiro"), Public: true,
		Original: first, DurationMS: 30_000, Width: 1920, Height: 1080,
	}
	private   = func() events.VideoSubmitted { s := submitted; s.Public = false; return s }()
	started   = events.VideoProcessingStarted{VideoID: id, Attempt: 1, Worker: "w1"}
	started2  = events.VideoProcessingStarted{VideoID: id, Attempt: 2, Worker: "w1"}
	stumbled  = events.VideoAttemptFailed{VideoID: id, Attempt: 1, Code: "storage"}
	processed = events.VideoProcessed{VideoID: id, Attempt: 1, Clip: clip}
	published = events.VideoPublished{VideoID: id}
	rejected  = events.VideoRejected{VideoID: id, Attempt: 1, Code: "codec", ReasonES: "…", ReasonEN: "…"}
	failed    = events.VideoFailed{VideoID: id, Attempt: 1, Code: "storage"}
	withdrawn = events.VideoWithdrawn{VideoID: id, Reason: "No es de baloncesto"}
	deleted   = events.VideoDeleted{VideoID: id}
	ordered   = events.VideoReprocessOrdered{VideoID: id, Reason: "Sin sonido"}
)

func given(t *testing.T, facts ...events.Video) scenario.Story[video.State, events.Video] {
	t.Helper()
	return scenario.Given[video.State](t, facts...)
}

func TestSubmit(t *testing.T) {
	t.Parallel()
	submit := video.Submit{
		VideoID: id, OwnerID: ana, Title: "  Mi mejor tiro ", Public: true,
		Original: first, DurationMS: 30_000, Width: 1920, Height: 1080,
	}
	given(t).When(submit).Then(submitted)
	given(t, submitted).When(submit).Then()
	for _, title := range []string{"", " \t", strings.Repeat("x", 101), "a\x00b", "\xff", "two\nlines"} {
		submit.Title = title
		given(t).When(submit).Refused(video.ErrTitle)
	}
	for _, title := range []string{"x", strings.Repeat("é", 100), "🏀🏀", "مهارات", "<script>alert(1)</script>"} {
		if got, err := video.CheckTitle(title); err != nil || got != title {
			t.Errorf("CheckTitle(%q) = %q, %v", title, got, err)
		}
	}
}

func TestStartProcessing(t *testing.T) {
	t.Parallel()
	start := video.StartProcessing{VideoID: id, Worker: "w1"}
	given(t, submitted).When(start).Then(started)
	given(t, submitted, started, stumbled).When(start).Then(started2)
	given(t, submitted, started).When(start).Then(started2) // the other worker's lease ended
	given(t, submitted, started, failed).When(start).Then(started2)
	given(t, submitted, started, processed, published).When(start).Refused(video.ErrNotPending)
	given(t, submitted, started, rejected).When(start).Refused(video.ErrNotPending)
	given(t, submitted, started, withdrawn).When(start).Refused(video.ErrNotPending)
	given(t, submitted, deleted).When(start).Refused(video.ErrNotFound)
	given(t).When(start).Refused(video.ErrNotFound)
}

func TestFinishProcessing(t *testing.T) {
	t.Parallel()
	finish := video.FinishProcessing{Result: processed}
	given(t, submitted, started).When(finish).Then(processed, published)
	given(t, private, started).When(finish).Then(processed)
	given(t, submitted, started, failed).When(finish).Then(processed, published)
	given(t, submitted, started, processed, published).When(finish).Then()
	given(t, private, started, processed).When(finish).Then()
	given(t, submitted, started, withdrawn).When(finish).Then()
	given(t, submitted, started, deleted).When(finish).Refused(video.ErrNotFound)
}

func TestReject(t *testing.T) {
	t.Parallel()
	reject := video.Reject{Fact: rejected}
	given(t, submitted, started).When(reject).Then(rejected)
	given(t, submitted, started, rejected).When(reject).Then()
	given(t, submitted, started, processed, published).When(reject).Then()
	given(t, submitted, deleted).When(reject).Refused(video.ErrNotFound)
}

func TestFailures(t *testing.T) {
	t.Parallel()
	stumble, fail := video.FailAttempt{Fact: stumbled}, video.Fail{Fact: failed}
	given(t, submitted, started).When(stumble).Then(stumbled)
	given(t, submitted, started).When(fail).Then(failed)
	// A worker that lost its lease has no say.
	given(t, submitted, started, started2).When(stumble).Then()
	given(t, submitted, started, started2).When(fail).Then()
	given(t, submitted, started, processed, published).When(fail).Then()
	given(t, submitted, started, stumbled).When(stumble).Then()
}

func TestDelete(t *testing.T) {
	t.Parallel()
	mine, theirs := video.Delete{VideoID: id, By: ana}, video.Delete{VideoID: id, By: eva}
	given(t, submitted).When(mine).Then(deleted)
	given(t, submitted, started).When(mine).Then(deleted)
	given(t, private, started, processed).When(mine).Then(deleted)
	given(t, submitted, started, rejected).When(mine).Then(deleted)
	given(t, submitted, started, processed, published).When(mine).Refused(video.ErrPublished)
	given(t, submitted, started, processed, published).When(theirs).Refused(video.ErrNotOwner)
	given(t, submitted).When(theirs).Refused(video.ErrNotOwner)
	given(t, submitted, deleted).When(mine).Refused(video.ErrNotFound)
	given(t).When(mine).Refused(video.ErrNotFound)
}

func TestWithdraw(t *testing.T) {
	t.Parallel()
	withdraw := video.Withdraw{VideoID: id, Reason: " No es de baloncesto "}
	given(t, submitted, started, processed, published).When(withdraw).Then(withdrawn)
	given(t, submitted).When(withdraw).Then(withdrawn)
	given(t, submitted, withdrawn).When(withdraw).Then()
	given(t, submitted).When(video.Withdraw{VideoID: id, Reason: " no "}).Refused(video.ErrReason)
	given(t, submitted, deleted).When(withdraw).Refused(video.ErrNotFound)
	given(t, submitted, withdrawn).When(video.Delete{VideoID: id, By: ana}).Then(deleted)
}

func TestReprocess(t *testing.T) {
	t.Parallel()
	order := video.Reprocess{VideoID: id, Reason: " Sin sonido "}
	given(t, submitted, started, processed, published).When(order).Then(ordered)
	given(t, private, started, processed).When(order).Then(ordered)
	given(t, submitted, started, rejected).When(order).Then(ordered)
	given(t, submitted, started, failed).When(order).Then(ordered)
	given(t, submitted, started, processed, published, ordered).When(order).Then()
	given(t, submitted, started, processed, published, ordered, started2).When(order).Then()
	given(t, submitted).When(order).Refused(video.ErrUnfinished)
	given(t, submitted, started).When(order).Refused(video.ErrUnfinished)
	given(t, submitted, started, withdrawn).When(order).Refused(video.ErrWithdrawn)
	given(t, submitted, deleted).When(order).Refused(video.ErrNotFound)
	given(t).When(order).Refused(video.ErrNotFound)
	given(t, submitted, started, rejected).When(video.Reprocess{VideoID: id, Reason: "no"}).Refused(video.ErrReason)
}

func TestAnotherRun(t *testing.T) {
	t.Parallel()
	open := []events.Video{submitted, started, processed, published, ordered}
	again, second := video.StartProcessing{VideoID: id, Worker: "w1"}, processed
	second.Attempt = 2
	finish := video.FinishProcessing{Result: second}
	given(t, open...).When(again).Then(started2)
	// The video is open for voting all the while, so it is published once.
	given(t, append(open, started2)...).When(finish).Then(second)
	given(t, append(open, started2, second)...).When(finish).Then()
	given(t, append(open, started2, second)...).When(again).Refused(video.ErrNotPending)
	given(t, append(open, started2)...).When(video.Delete{VideoID: id, By: ana}).Refused(video.ErrPublished)
	given(t, append(open, started2)...).When(video.Withdraw{VideoID: id, Reason: "No es de baloncesto"}).Then(withdrawn)
	given(t, append(open, started2, withdrawn)...).When(finish).Then()
	// A worker of the first run that wakes up late has no say in the second.
	given(t, append(open, started2)...).When(video.FinishProcessing{Result: processed}).Then()
	given(t, append(open, started2)...).When(video.Reject{Fact: rejected}).Then()
	given(t, append(open, started2)...).When(video.FailAttempt{Fact: stumbled}).Then()
	// What was rejected or failed is published by its first good result.
	given(t, submitted, started, rejected, ordered, started2).When(finish).Then(second, published)
	given(t, private, started, failed, ordered, started2).When(finish).Then(second)
	// A run that ended badly can be ordered once more, or brought back by an operator.
	failed2 := events.VideoFailed{VideoID: id, Attempt: 2, Code: "storage"}
	given(t, append(open, started2, failed2)...).When(video.Reprocess{VideoID: id, Reason: "Sin sonido"}).Then(ordered)
	given(t, append(open, started2, failed2)...).When(video.StartProcessing{VideoID: id, Worker: "w1"}).
		Then(events.VideoProcessingStarted{VideoID: id, Attempt: 3, Worker: "w1"})
	given(t, append(open, started2, failed2)...).When(video.Delete{VideoID: id, By: ana}).Refused(video.ErrPublished)
}
