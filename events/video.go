package events

// Video is the sum of all facts on a video's stream.
//
//sumtype:decl
type Video interface {
	Event
	video()
}

// Object is a stored file.
type Object struct {
	Key    string `json:"key"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"` // lower-case hex
}

// VideoSubmitted says that an original passed the checks and is stored. Duration and size are what its boxes say.
type VideoSubmitted struct {
	VideoID    ID             `json:"video_id"`
	OwnerID    ID             `json:"owner_id"`
	Title      Sealed[string] `json:"title"`
	Public     bool           `json:"public"` // publish for voting once processed
	Original   Object         `json:"original"`
	DurationMS int64          `json:"duration_ms"`
	Width      int            `json:"width"`  // as displayed, after rotation
	Height     int            `json:"height"` // as displayed, after rotation
}

// VideoProcessingStarted says that a worker took the job. Attempts count from 1 and only grow.
type VideoProcessingStarted struct {
	VideoID ID     `json:"video_id"`
	Attempt int    `json:"attempt"`
	Worker  string `json:"worker"`
}

// VideoAttemptFailed says that an attempt ended without a result for a reason that may pass; another will follow.
type VideoAttemptFailed struct {
	VideoID ID     `json:"video_id"`
	Attempt int    `json:"attempt"`
	Code    string `json:"code"`
}

// VideoProcessed says that the clip and its pictures are stored.
type VideoProcessed struct {
	VideoID        ID     `json:"video_id"`
	Attempt        int    `json:"attempt"`
	Pipeline       string `json:"pipeline"` // version of command, artwork and ffmpeg
	Clip           Object `json:"clip"`
	Preview        Object `json:"preview"`
	PosterJPEG     Object `json:"poster_jpeg"`
	PosterWebP     Object `json:"poster_webp"`
	DurationMS     int64  `json:"duration_ms"`
	PerceptualHash string `json:"perceptual_hash"`
	CPUMS          int64  `json:"cpu_ms"`
}

// VideoRejected says that the file itself cannot be made into a clip; the sentences are for its owner.
type VideoRejected struct {
	VideoID  ID     `json:"video_id"`
	Attempt  int    `json:"attempt"`
	Code     string `json:"code"`
	ReasonES string `json:"reason_es"`
	ReasonEN string `json:"reason_en"`
}

// VideoFailed says that every attempt ended without a result and the job went to the dead-letter queue.
type VideoFailed struct {
	VideoID ID     `json:"video_id"`
	Attempt int    `json:"attempt"`
	Code    string `json:"code"`
}

// VideoPublished says that the video is open for voting.
type VideoPublished struct {
	VideoID ID `json:"video_id"`
}

// VideoWithdrawn says that an organiser took the video out of the contest, and why.
type VideoWithdrawn struct {
	VideoID ID     `json:"video_id"`
	Reason  string `json:"reason"`
}

// VideoDeleted says that the owner deleted the video before it was open for voting.
type VideoDeleted struct {
	VideoID ID `json:"video_id"`
}

// VideoReprocessOrdered says that an organiser wants a clip made of the original once more, and why. Until its result
// comes the video is shown and voted for as it was.
type VideoReprocessOrdered struct {
	VideoID ID     `json:"video_id"`
	Reason  string `json:"reason"`
}

// EventType is part of Event.
func (VideoSubmitted) EventType() string         { return "video.submitted" }
func (VideoProcessingStarted) EventType() string { return "video.processing-started" }
func (VideoAttemptFailed) EventType() string     { return "video.attempt-failed" }
func (VideoProcessed) EventType() string         { return "video.processed" }
func (VideoRejected) EventType() string          { return "video.rejected" }
func (VideoFailed) EventType() string            { return "video.failed" }
func (VideoPublished) EventType() string         { return "video.published" }
func (VideoWithdrawn) EventType() string         { return "video.withdrawn" }
func (VideoDeleted) EventType() string           { return "video.deleted" }
func (VideoReprocessOrdered) EventType() string  { return "video.reprocess-ordered" }

func (VideoSubmitted) video()         {}
func (VideoProcessingStarted) video() {}
func (VideoAttemptFailed) video()     {}
func (VideoProcessed) video()         {}
func (VideoRejected) video()          {}
func (VideoFailed) video()            {}
func (VideoPublished) video()         {}
func (VideoWithdrawn) video()         {}
func (VideoDeleted) video()           {}
func (VideoReprocessOrdered) video()  {}

// Subject is part of Personal: a title is sealed under its owner's key, since people write names into titles.
func (e VideoSubmitted) Subject() ID { return e.OwnerID }

// WithSealed is part of Personal.
func (e VideoSubmitted) WithSealed(f func(Sealing) error) (Event, error) {
	err := f(&e.Title)
	return e, err
}
