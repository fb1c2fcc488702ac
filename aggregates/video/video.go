// Package video holds the rules of one video's life: submitted, processed in attempts, published or kept private,
// processed again when an organiser wants it, withdrawn by an organiser or deleted by its owner.
package video

import (
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// Status is where a video stands.
type Status uint8

// The statuses, as far as the work on the video goes. Whether it is open for voting stands beside them: it may be
// processed again meanwhile.
const (
	None       Status = iota // never submitted
	Submitted                // stored, waiting for a worker, or for the next attempt
	Processing               // a worker has it
	Processed                // the clip is there
	Rejected                 // the file cannot be made into a clip
	Failed                   // every attempt failed; an operator may bring it back
	Withdrawn                // an organiser took it out
	Deleted                  // its owner deleted it
)

// State is what the rules read.
type State struct {
	Status  Status
	Owner   events.ID
	Public  bool
	Open    bool // for voting
	Again   bool // what is pending was ordered by an organiser
	Attempt int  // the newest; 0 when none started
	First   int  // attempts before this one belong to an earlier run, whose results come too late
}

// Refusals.
var (
	ErrNotFound = fault.New(fault.NotFound, "video.not-found",
		"El video no existe.", "There is no such video.")
	ErrNotOwner = fault.New(fault.Forbidden, "video.not-owner",
		"El video no te pertenece.", "The video is not yours.")
	ErrPublished = fault.New(fault.Invalid, "video.published",
		"El video ya está publicado para votación y no se puede eliminar.",
		"The video is already open for voting and cannot be deleted.")
	ErrNotPending = fault.New(fault.Invalid, "video.not-pending",
		"El video no está pendiente de procesamiento.", "The video is not waiting to be processed.")
	ErrTitle = fault.New(fault.Invalid, "upload.bad-title",
		"El título es obligatorio y admite entre 1 y 100 caracteres.", "A title of 1 to 100 characters is required.")
	ErrReason = fault.New(fault.Invalid, "video.reason-required",
		"Hace falta un motivo de entre 3 y 500 caracteres.", "A reason of 3 to 500 characters is required.")
	ErrUnfinished = fault.New(fault.Invalid, "video.unfinished",
		"El video todavía se está procesando.", "The video is still being processed.")
	ErrWithdrawn = fault.New(fault.Invalid, "video.withdrawn",
		"El video fue retirado del concurso.", "The video was taken out of the contest.")
)

// Evolve is the state after one more fact.
func (s State) Evolve(fact events.Video) State {
	switch f := fact.(type) {
	case events.VideoSubmitted:
		s = State{Status: Submitted, Owner: f.OwnerID, Public: f.Public}
	case events.VideoProcessingStarted:
		s.Status, s.Attempt = Processing, f.Attempt
	case events.VideoAttemptFailed:
		s.Status = Submitted
	case events.VideoProcessed:
		s.Status, s.Again = Processed, false
	case events.VideoRejected:
		s.Status, s.Again = Rejected, false
	case events.VideoFailed:
		s.Status, s.Again = Failed, false
	case events.VideoPublished:
		s.Open = true
	case events.VideoReprocessOrdered:
		s.Status, s.Again, s.First = Submitted, true, s.Attempt+1
	case events.VideoWithdrawn:
		s.Status, s.Open = Withdrawn, false
	case events.VideoDeleted:
		s.Status = Deleted
	}
	return s
}

// gone reports whether nobody is to see the video again.
func (s State) gone() bool { return s.Status == None || s.Status == Deleted }

// pending reports whether an attempt may start or end.
func (s State) pending() bool {
	return s.Status == Submitted || s.Status == Processing || s.Status == Failed
}

// awaits reports whether the end of this attempt is what the video waits for. Attempts of one run may overtake each
// other; one of an earlier run says nothing about this one.
func (s State) awaits(attempt int) bool { return s.pending() && attempt >= s.First }
