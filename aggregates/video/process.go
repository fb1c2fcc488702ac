package video

import "github.com/rising-stars/showcase/events"

// StartProcessing says that a worker takes the video. A video that another worker has may be taken too: leases end,
// and the result is written once whoever brings it.
type StartProcessing struct {
	VideoID events.ID
	Worker  string
}

// Decide refuses what is not there, and what has its result.
func (c StartProcessing) Decide(s State) ([]events.Video, error) {
	switch {
	case s.gone():
		return nil, ErrNotFound
	case !s.pending():
		return nil, ErrNotPending
	}
	return []events.Video{events.VideoProcessingStarted{
		VideoID: c.VideoID, Attempt: s.Attempt + 1, Worker: c.Worker,
	}}, nil
}

// FinishProcessing brings the clip, and publishes it when its owner wants it public and it is not.
type FinishProcessing struct {
	Result events.VideoProcessed
}

// Decide takes the first result and ignores any other: a second run of a job changes nothing.
func (c FinishProcessing) Decide(s State) ([]events.Video, error) {
	switch {
	case s.gone():
		return nil, ErrNotFound
	case !s.awaits(c.Result.Attempt):
		return nil, nil
	case s.Public && !s.Open:
		return []events.Video{c.Result, events.VideoPublished{VideoID: c.Result.VideoID}}, nil
	}
	return []events.Video{c.Result}, nil
}

// Reject says that the file itself cannot be made into a clip.
type Reject struct {
	Fact events.VideoRejected
}

// Decide takes the first result and ignores any other.
func (c Reject) Decide(s State) ([]events.Video, error) {
	switch {
	case s.gone():
		return nil, ErrNotFound
	case !s.awaits(c.Fact.Attempt):
		return nil, nil
	}
	return []events.Video{c.Fact}, nil
}

// FailAttempt says that an attempt ended without a result.
type FailAttempt struct {
	Fact events.VideoAttemptFailed
}

// Decide ignores the end of an attempt that is not the newest: a worker that lost its lease has no say.
func (c FailAttempt) Decide(s State) ([]events.Video, error) {
	if s.Status != Processing || s.Attempt != c.Fact.Attempt {
		return nil, nil
	}
	return []events.Video{c.Fact}, nil
}

// Fail says that no further attempt will follow by itself.
type Fail struct {
	Fact events.VideoFailed
}

// Decide ignores the end of an attempt that is not the newest.
func (c Fail) Decide(s State) ([]events.Video, error) {
	if s.Status != Processing || s.Attempt != c.Fact.Attempt {
		return nil, nil
	}
	return []events.Video{c.Fact}, nil
}

// Reprocess has a clip made of the original once more, because an organiser says so. What is shown stays until the new
// result comes; votes are not touched.
type Reprocess struct {
	VideoID events.ID
	Reason  string
}

// Decide refuses a missing reason, a video that was taken out and one whose first run is not over; ordering twice
// changes nothing.
func (c Reprocess) Decide(s State) ([]events.Video, error) {
	reason, err := checkReason(c.Reason)
	switch {
	case s.gone():
		return nil, ErrNotFound
	case err != nil:
		return nil, err
	case s.Status == Withdrawn:
		return nil, ErrWithdrawn
	case s.Again:
		return nil, nil
	case s.Status == Submitted || s.Status == Processing:
		return nil, ErrUnfinished
	}
	return []events.Video{events.VideoReprocessOrdered{VideoID: c.VideoID, Reason: reason}}, nil
}
