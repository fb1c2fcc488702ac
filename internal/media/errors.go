package media

import (
	"errors"
	"fmt"

	"github.com/rising-stars/showcase/internal/fault"
	"github.com/rising-stars/showcase/internal/media/mp4"
)

// ErrNotReady is a fault of ours: ffmpeg, its features, the artwork or the sandbox is missing.
var ErrNotReady = errors.New("media pipeline is not ready")

// ErrNoSpace is too little free space for a job.
var ErrNoSpace = errors.New("too little free space for a job")

// Permanent is a video that the contest refuses: no retry changes it.
type Permanent struct {
	Code   string // one of the codes in permanentCodes
	ES, EN string // a sentence for the player
}

func (e *Permanent) Error() string { return "video refused: " + e.Code + ": " + e.EN }

// Suspect is a video that could not be processed, by its own fault unless the machine had one. The caller refuses it
// when it happens again.
type Suspect struct {
	Code   string // transcode_failed, decoder_crash or resource_limit
	ES, EN string // a sentence for the player
	Err    error  // what was seen, for the log
}

func (e *Suspect) Error() string { return fmt.Sprintf("video suspect: %s: %v", e.Code, e.Err) }

// Unwrap is what was seen.
func (e *Suspect) Unwrap() error { return e.Err }

// Codes of a Suspect.
const (
	codeFailed = "transcode_failed"
	codeCrash  = "decoder_crash"
	codeLimit  = "resource_limit"
)

func failed(err error) *Suspect {
	return &Suspect{
		Code: codeFailed, Err: err,
		ES: "No pudimos procesar el video; el archivo parece estar dañado.",
		EN: "We could not process the video; the file seems to be damaged.",
	}
}

func crashed(err error) *Suspect {
	return &Suspect{
		Code: codeCrash, Err: err,
		ES: "No pudimos leer el video; el archivo parece estar dañado.",
		EN: "We could not read the video; the file seems to be damaged.",
	}
}

func exhausted(err error) *Suspect {
	return &Suspect{
		Code: codeLimit, Err: err,
		ES: "Procesar el video exige más recursos de los permitidos; expórtalo de nuevo en 1080p y a 30 imágenes por segundo.",
		EN: "Processing the video takes more resources than allowed; export it again as 1080p at 30 frames per second.",
	}
}

// permanentCodes are the reasons of a Permanent, by the refusal of package mp4 that means the same at the upload.
var permanentCodes = map[string]string{
	mp4.ErrNotMP4.Code:        "not_an_mp4",
	mp4.ErrMalformed.Code:     "container",
	mp4.ErrTooLarge.Code:      "too_big",
	mp4.ErrTruncated.Code:     "truncated",
	mp4.ErrTooManyTracks.Code: "too_many_streams",
	mp4.ErrNoVideo.Code:       "video_streams",
	mp4.ErrSeveralVideos.Code: "video_streams",
	mp4.ErrCodec.Code:         "codec",
	mp4.ErrTooShort.Code:      "duration",
	mp4.ErrTooLong.Code:       "duration",
	mp4.ErrTooSmall.Code:      "resolution",
	mp4.ErrTooManyPixels.Code: "resolution_too_high",
	mp4.ErrFrameRate.Code:     "frame_rate",
	mp4.ErrTooManyFrames.Code: "frame_count",
}

// refuse turns a refusal of package mp4 into a Permanent and leaves other errors as they are.
func refuse(err error) error {
	refusal, ok := errors.AsType[*fault.Fault](err)
	if !ok {
		return err
	}
	return &Permanent{Code: permanentCodes[refusal.Code], ES: refusal.ES, EN: refusal.EN}
}
