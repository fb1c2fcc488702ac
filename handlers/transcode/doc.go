// Package transcode is the worker's edge: a job from the queue becomes an attempt at a video, and the attempt's end a
// command.
//
// It knows no rule and no ffmpeg: what may be processed is the video aggregate's business, how is the media pipeline's.
// It neither publishes nor reads the log.
//
// # An attempt
//
//	message ─► fit? ─► started ─► original fetched ─► processed ─► outputs stored ─► result recorded ─► acked
//
// Each step may be the last one that happens: the process can be killed between any two of them, and then the message
// comes again and the video is done anew. That is harmless because the scratch directory belongs to one attempt, output
// keys are made of the video, the pipeline, the original's digest and the run, so that the same bytes are stored over
// themselves, and the log takes the first result of a run and ignores every other.
//
// A run is everything up to a result. An organiser may order another one: the job is the same, the attempts' numbers go
// on, and the outputs have keys of their own, so that the clip of before is served untouched until the new result is in
// the log. A result of an earlier run that comes late is ignored.
//
// How an attempt can end, and what then happens:
//
//	end                                     recorded           message
//	result                                  video.processed    acked
//	the file itself is to blame             video.rejected     acked
//	maybe the file, on the first attempt    attempt-failed     backoff
//	maybe the file, on a later attempt      video.rejected     acked
//	trouble of ours that may pass           attempt-failed     backoff
//	the same on the last receive            video.failed       backoff, then the dead-letter queue
//	time is up                              attempt-failed     backoff
//	the worker is not fit (no ffmpeg, less  attempt-failed,    given back; no more are taken until the worker is fit
//	than 1 GiB of scratch)                  once started
//	shutdown, or the lease was lost         nothing            given back by the lease, or somebody else has it
//	nothing to do: done, rejected, deleted  nothing            acked
//	deleted while it was processed          nothing            acked, outputs removed
//	the message means nothing               nothing            dead-letter queue
//	killed                                  nothing            comes again when its visibility time is over
package transcode
