package command

import (
	"context"
	"time"

	"github.com/rising-stars/showcase/aggregates"
	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
)

// Job is what a worker needs to make a clip.
type Job struct {
	VideoID  events.ID
	Original events.Object
	Attempt  int
	Run      int // 1 for the first, one more for each time that an organiser had the video processed again
}

// SubmitVideo enters a stored original; the next request lists it. Refusal: video.ErrTitle.
func (s *Service) SubmitVideo(ctx context.Context, meta events.Metadata, c video.Submit) error {
	return s.onVideo(ctx, meta, c.VideoID, c)
}

// DeleteVideo removes a video for its owner; the next request does not find it. Its objects are the caller's to remove.
// Refusals: video.ErrNotFound, video.ErrNotOwner, video.ErrPublished.
func (s *Service) DeleteVideo(ctx context.Context, meta events.Metadata, id, by events.ID) error {
	return s.onVideo(ctx, meta, id, video.Delete{VideoID: id, By: by})
}

// FinishProcessing brings a worker's result, and publishes the video when it is public. A second result changes
// nothing. Refusal: video.ErrNotFound, for one that was deleted meanwhile.
func (s *Service) FinishProcessing(ctx context.Context, meta events.Metadata, result events.VideoProcessed) error {
	_, err := s.byWorker(ctx, meta, result.VideoID, video.FinishProcessing{Result: result})
	return err
}

// RejectVideo says that the file itself cannot be made into a clip. Refusal: video.ErrNotFound.
func (s *Service) RejectVideo(ctx context.Context, meta events.Metadata, fact events.VideoRejected) error {
	_, err := s.byWorker(ctx, meta, fact.VideoID, video.Reject{Fact: fact})
	return err
}

// FailAttempt says that an attempt ended without a result and another will follow.
func (s *Service) FailAttempt(ctx context.Context, meta events.Metadata, fact events.VideoAttemptFailed) error {
	_, err := s.byWorker(ctx, meta, fact.VideoID, video.FailAttempt{Fact: fact})
	return err
}

// FailVideo says that the last attempt ended without a result.
func (s *Service) FailVideo(ctx context.Context, meta events.Metadata, fact events.VideoFailed) error {
	_, err := s.byWorker(ctx, meta, fact.VideoID, video.Fail{Fact: fact})
	return err
}

// StartProcessing takes a video for a worker. Refusals: video.ErrNotFound, video.ErrNotPending.
func (s *Service) StartProcessing(ctx context.Context, meta events.Metadata, id events.ID, worker string) (Job, error) {
	d, err := s.byWorker(ctx, meta, id, video.StartProcessing{VideoID: id, Worker: worker})
	if err != nil {
		return Job{}, err
	}
	return s.job(ctx, id, d.position)
}

// job reads what the log says of the original and of the attempt that began at a position. What comes later is another's:
// two workers may take a video at once, and an organiser may have it made anew.
func (s *Service) job(ctx context.Context, id events.ID, began int64) (Job, error) {
	recorded, err := s.Log.ReadStream(ctx, events.VideoStream(id))
	if err != nil {
		return Job{}, err
	}
	job := Job{VideoID: id, Run: 1}
	for _, r := range recorded {
		if r.Position > began {
			break
		}
		switch f := r.Event.(type) {
		case events.VideoSubmitted:
			job.Original = f.Original
		case events.VideoProcessingStarted:
			job.Attempt = f.Attempt
		case events.VideoReprocessOrdered:
			job.Run++
		}
	}
	return job, nil
}

// WithdrawVideo takes a video out of the contest for an organiser. Votes stop on every instance within a second, the
// ranking follows. Refusals: video.ErrNotFound, video.ErrReason.
func (s *Service) WithdrawVideo(ctx context.Context, meta events.Metadata, id events.ID, reason string) error {
	defer s.facts.forgetVideo(id)
	return s.onVideo(ctx, meta, id, video.Withdraw{VideoID: id, Reason: reason})
}

// ReprocessVideo has a clip made of the original once more. Refusals: video.ErrNotFound, video.ErrReason,
// video.ErrWithdrawn, video.ErrUnfinished.
func (s *Service) ReprocessVideo(ctx context.Context, meta events.Metadata, id events.ID, reason string) error {
	return s.onVideo(ctx, meta, id, video.Reprocess{VideoID: id, Reason: reason})
}

// Moments of a video, beside the stages that the gallery shows.
const (
	MomentQueued     = "queued"
	MomentProcessing = "processing"
	MomentReady      = "ready"
	MomentPublished  = "published"
	MomentRejected   = "rejected"
	MomentFailed     = "failed"
	MomentWithdrawn  = "withdrawn"
)

// Moment is when a video came to a stage.
type Moment struct {
	Stage string
	At    time.Time
}

// VideoMoments are the newest limit moments of a video, oldest first, as the log has them.
func (s *Service) VideoMoments(ctx context.Context, id events.ID, limit int) ([]Moment, error) {
	recorded, err := s.Log.ReadStream(ctx, events.VideoStream(id))
	if err != nil {
		return nil, err
	}
	moments := make([]Moment, 0, len(recorded))
	for _, r := range recorded {
		if fact, ok := r.Event.(events.Video); ok {
			moments = append(moments, Moment{momentOf(fact), r.RecordedAt})
		}
	}
	return moments[max(0, len(moments)-limit):], nil
}

func momentOf(fact events.Video) string {
	switch fact.(type) {
	case events.VideoSubmitted, events.VideoAttemptFailed, events.VideoReprocessOrdered:
		return MomentQueued
	case events.VideoProcessingStarted:
		return MomentProcessing
	case events.VideoProcessed:
		return MomentReady
	case events.VideoPublished:
		return MomentPublished
	case events.VideoRejected:
		return MomentRejected
	case events.VideoFailed:
		return MomentFailed
	case events.VideoWithdrawn, events.VideoDeleted:
	}
	return MomentWithdrawn
}

func (s *Service) onVideo(ctx context.Context, meta events.Metadata, id events.ID, c aggregates.Command[video.State, events.Video]) error {
	d, err := run[video.State, events.Video](ctx, s, meta, events.VideoStream(id), c, nil)
	if err != nil {
		return err
	}
	return catchUp(ctx, s.Gallery, d)
}

// byWorker is onVideo for who need not see what they did. A gallery that stands still must not have workers try again,
// and give up, what they could do; its own tick catches it up.
func (s *Service) byWorker(ctx context.Context, meta events.Metadata, id events.ID, c aggregates.Command[video.State, events.Video]) (decided, error) {
	d, err := run[video.State, events.Video](ctx, s, meta, events.VideoStream(id), c, nil)
	if err == nil {
		_ = catchUp(ctx, s.Gallery, d) // the projector itself tells what is wrong
	}
	return d, err
}
