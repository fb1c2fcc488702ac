// Package sweep puts right, each minute, what nothing else will: a video whose job was lost is enqueued again, and objects
// that belong to no video are removed.
//
// It decides by the log, never by a read model alone: a read model is only asked for candidates, since it may be empty
// while it is rebuilt. It appends nothing but that a job was given up.
//
//	state it meets                                   what it does
//	no result, silent for Quiet, queue shorter than  the job is enqueued again, as the relay did
//	what waits
//	the same, but the queue is as long as what       nothing: the job waits its turn, or hides in its backoff
//	waits
//	the same, after ten attempts that never ended    given up: it may be what kills its workers
//	a direct upload that was not completed in a day  its parts are given up, OrphanAge later
//	an original older than OrphanAge without a       removed: its upload broke off before it was submitted
//	submission
//	the same, of a direct upload that is remembered  nothing: it may be completed just now
//	objects of a deleted video, or of an erased      removed, whoever should have done so
//	account
//	outputs of an older pipeline beside the result   removed
//	outputs of an earlier run                        removed, OrphanAge after the result that took their place
//	objects of a video that the gallery does not     nothing: the gallery is behind
//	know and the log does
//	a key that is not ours                           nothing
package sweep
