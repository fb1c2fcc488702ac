package command

import (
	"context"

	"github.com/rising-stars/showcase/aggregates"
	"github.com/rising-stars/showcase/aggregates/video"
	"github.com/rising-stars/showcase/events"
)

// Job is what a worker needs to make a clip.
type Job struct {
	VideoID  events.ID
	Original events.Object
	Attempt  int
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
	return s.onVideo(ctx, meta, result.VideoID, video.FinishProcessing{Result: result})
}

// RejectVideo says that the file itself cannot be made into a clip. Refusal: video.ErrNotFound.
func (s *Service) RejectVideo(ctx context.Context, meta events.Metadata, fact events.VideoRejected) error {
	return s.onVideo(ctx, meta, fact.VideoID, video.Reject{Fact: fact})
}

// FailAttempt says that an attempt ended without a result and another will follow.
func (s *Service) FailAttempt(ctx context.Context, meta events.Metadata, fact events.VideoAttemptFailed) error {
	return s.onVideo(ctx, meta, fact.VideoID, video.FailAttempt{Fact: fact})
}

// FailVideo says that the last attempt ended without a result.
func (s *Service) FailVideo(ctx context.Context, meta events.Metadata, fact events.VideoFailed) error {
	return s.onVideo(ctx, meta, fact.VideoID, video.Fail{Fact: fact})
}

// StartProcessing takes a video for a worker. Refusals: video.ErrNotFound, video.ErrNotPending.
func (s *Service) StartProcessing(ctx context.Context, meta events.Metadata, id events.ID, worker string) (Job, error) {
	if err := s.onVideo(ctx, meta, id, video.StartProcessing{VideoID: id, Worker: worker}); err != nil {
		return Job{}, err
	}
	return s.job(ctx, id)
}

// job reads what the log says of the original and the newest attempt.
func (s *Service) job(ctx context.Context, id events.ID) (Job, error) {
	recorded, err := s.Log.ReadStream(ctx, events.VideoStream(id))
	if err != nil {
		return Job{}, err
	}
	job := Job{VideoID: id}
	for _, r := range recorded {
		switch f := r.Event.(type) {
		case events.VideoSubmitted:
			job.Original = f.Original
		case events.VideoProcessingStarted:
			job.Attempt = f.Attempt
		}
	}
	return job, nil
}

func (s *Service) onVideo(ctx context.Context, meta events.Metadata, id events.ID, c aggregates.Command[video.State, events.Video]) error {
	d, err := run[video.State, events.Video](ctx, s, meta, events.VideoStream(id), c, nil)
	if err != nil {
		return err
	}
	return catchUp(ctx, s.Gallery, d)
}
