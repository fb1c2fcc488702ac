package transcode

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/command"
	"github.com/rising-stars/showcase/internal/media"
)

// attempt is one try at one video.
type attempt struct {
	*Handler
	meta events.Metadata
	job  command.Job
	last bool // SQS will not deliver the message again
	log  *slog.Logger
}

// step is an error of ours with the code that the log gets for it.
type step struct {
	code string
	err  error
}

func (s *step) Error() string { return s.code + ": " + s.err.Error() }

func (s *step) Unwrap() error { return s.err }

// Codes of what may pass.
const (
	codeScratch  = "scratch"  // the scratch directory
	codeFetch    = "fetch"    // reading the original
	codeProcess  = "process"  // the pipeline
	codeStore    = "store"    // storing the outputs
	codeRecord   = "record"   // the log
	codeTimeout  = "timeout"  // the job's time was over
	codeNoSpace  = "no-space" // the scratch directory is full
	codeNotReady = "not-ready"
)

// run makes the attempt, up to its recorded result.
func (a *attempt) run(ctx context.Context) error {
	dir := filepath.Join(a.Scratch, a.job.VideoID.String()+"-"+strconv.Itoa(a.job.Attempt))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return &step{codeScratch, err}
	}
	defer a.clean(dir)
	report := a.report(ctx)
	defer report.stop()

	input := filepath.Join(dir, "in.mp4") // where the pipeline would put it
	if err := fetch(ctx, a.Objects, a.job.Original, input); err != nil {
		return &step{codeFetch, err}
	}
	report.set(percentFetched)
	result, err := a.Pipeline.Process(ctx, media.Job{
		Input: input, Scratch: dir, Progress: func(percent int) { report.set(between(percentFetched, percentProcessed, percent)) },
	})
	if err != nil {
		return &step{codeProcess, err}
	}
	if err := ctx.Err(); err != nil { // what a cancelled pipeline leaves may look whole
		return err
	}
	report.set(percentProcessed)
	fact, err := a.store(ctx, result)
	if err != nil {
		return &step{codeStore, err}
	}
	if err := a.record(ctx, fact); err != nil {
		return &step{codeRecord, err}
	}
	report.stop()
	a.forget(ctx)
	a.log.LogAttrs(ctx, slog.LevelInfo, "video processed", slog.String("pipeline", fact.Pipeline), slog.Int64("cpu_ms", fact.CPUMS))
	return nil
}

func (a *attempt) clean(dir string) {
	if err := os.RemoveAll(dir); err != nil {
		a.log.Warn("scratch not removed", slog.Any("error", err))
	}
}

// record brings the result. When the video was deleted meanwhile its outputs go, too.
func (a *attempt) record(ctx context.Context, fact events.VideoProcessed) error {
	err := a.Commands.FinishProcessing(ctx, a.meta, fact)
	if !nothingToDo(err) {
		return err
	}
	a.log.LogAttrs(ctx, slog.LevelInfo, "video gone while it was processed")
	return a.Objects.Delete(ctx, fact.Clip.Key, fact.Preview.Key, fact.PosterJPEG.Key, fact.PosterWebP.Key)
}

// end says how the attempt ended, and returns nil when the message is settled with that.
func (a *attempt) end(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	expired := errors.Is(context.Cause(ctx), context.DeadlineExceeded)
	if ctx.Err() != nil && !expired {
		return err // shut down, or somebody else has the message: nothing is known about the video
	}
	if expired {
		err = &step{codeTimeout, err}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), recordTimeout)
		defer cancel()
	}
	if verdict, ok := a.verdict(err); ok {
		return a.reject(ctx, verdict)
	}
	if errors.Is(err, media.ErrNotReady) || errors.Is(err, media.ErrNoSpace) {
		a.fail(ctx, codeOf(err))
		return fmt.Errorf("%w: %w", bus.ErrGiveBack, err)
	}
	if a.last {
		a.giveUp(ctx, codeOf(err))
	} else {
		a.fail(ctx, codeOf(err))
	}
	return fmt.Errorf("attempt %d at %s: %w", a.job.Attempt, a.job.VideoID, err)
}

// verdict is why the file itself is to blame, if it is. What is only suspected is believed when it was not the first
// attempt.
func (a *attempt) verdict(err error) (media.Permanent, bool) {
	if p, ok := errors.AsType[*media.Permanent](err); ok {
		return *p, true
	}
	if s, ok := errors.AsType[*media.Suspect](err); ok && a.job.Attempt > 1 {
		return media.Permanent{Code: s.Code, ES: s.ES, EN: s.EN}, true
	}
	return media.Permanent{}, false
}

func (a *attempt) reject(ctx context.Context, p media.Permanent) error {
	err := a.Commands.RejectVideo(ctx, a.meta, events.VideoRejected{
		VideoID: a.job.VideoID, Attempt: a.job.Attempt, Code: p.Code, ReasonES: p.ES, ReasonEN: p.EN,
	})
	if err != nil && !nothingToDo(err) {
		return fmt.Errorf("reject %s: %w", a.job.VideoID, err)
	}
	a.forget(ctx)
	a.log.LogAttrs(ctx, slog.LevelInfo, "video rejected", slog.String("code", p.Code))
	return nil
}

// fail and giveUp are for the owner to see; the message comes again, or ends in the dead-letter queue, without them.
func (a *attempt) fail(ctx context.Context, code string) {
	err := a.Commands.FailAttempt(ctx, a.meta, events.VideoAttemptFailed{VideoID: a.job.VideoID, Attempt: a.job.Attempt, Code: code})
	a.log.LogAttrs(ctx, slog.LevelWarn, "attempt failed", ended(code, err)...)
}

func (a *attempt) giveUp(ctx context.Context, code string) {
	err := a.Commands.FailVideo(ctx, a.meta, events.VideoFailed{VideoID: a.job.VideoID, Attempt: a.job.Attempt, Code: code})
	a.log.LogAttrs(ctx, slog.LevelError, "video given up", ended(code, err)...)
}

// ended is what the log line says of an attempt's end, and of why that was not recorded.
func ended(code string, err error) []slog.Attr {
	attrs := []slog.Attr{slog.String("code", code)}
	if err != nil {
		attrs = append(attrs, slog.Any("not_recorded", err))
	}
	return attrs
}

func (a *attempt) forget(ctx context.Context) {
	if err := a.Progress.Forget(ctx, a.job.VideoID); err != nil {
		a.log.LogAttrs(ctx, slog.LevelWarn, "progress not forgotten", slog.Any("error", err))
	}
}

// codeOf is the code of the step that failed; what shows in several steps has one of its own.
func codeOf(err error) string {
	switch {
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, media.ErrNoSpace):
		return codeNoSpace
	case errors.Is(err, media.ErrNotReady):
		return codeNotReady
	}
	if s, ok := errors.AsType[*step](err); ok {
		return s.code
	}
	return codeProcess
}
