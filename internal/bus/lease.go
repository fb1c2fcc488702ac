package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

var (
	// ErrGiveBack is wrapped by a handler's error to say that the fault lies with this worker: the message is visible to
	// another one at once.
	ErrGiveBack = errors.New("given back")
	// ErrLeaseLost is the cause of a handler's context when the message may have gone to another worker.
	ErrLeaseLost = errors.New("lease lost")
	// ErrShutdown is the cause of a handler's context when it did not end within the drain time. It is a cancellation,
	// so that the router does not log it as a failure.
	ErrShutdown = fmt.Errorf("worker is shutting down: %w", context.Canceled)
)

// settleTimeout bounds the one request that ends a lease.
const settleTimeout = 5 * time.Second

// leaseAPI is what a lease needs of SQS.
type leaseAPI interface {
	ChangeMessageVisibility(context.Context, *sqs.ChangeMessageVisibilityInput, ...func(*sqs.Options)) (*sqs.ChangeMessageVisibilityOutput, error)
	DeleteMessage(context.Context, *sqs.DeleteMessageInput, ...func(*sqs.Options)) (*sqs.DeleteMessageOutput, error)
}

// lease is the middleware that keeps a job's message while its handler runs. doc.go has its states and failures.
type lease struct {
	api        leaseAPI
	url        string
	visibility time.Duration // how long a receive or a renewal hides the message
	drain      time.Duration // how long a handler may go on once the worker shuts down
	backoff    Backoff
	log        *slog.Logger
}

// Backoff is how long a message that failed stays hidden: Base after the first receive, twice that after each further
// one, never more than Max.
type Backoff struct {
	Base, Max time.Duration
}

// After is the backoff after the nth receive, n from 1.
func (b Backoff) After(n int) time.Duration {
	d := b.Base
	for range n - 1 {
		if d *= 2; d >= b.Max {
			break
		}
	}
	return min(d, b.Max)
}

// middleware runs the handler under a lease. The context of an incoming message ends when the subscriber closes; the
// handler's own goes on for the drain time.
func (l *lease) middleware(next message.HandlerFunc) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		shutdown := msg.Context()
		h := &held{lease: l, msg: msg, base: context.WithoutCancel(shutdown), stop: make(chan struct{}), done: make(chan struct{})}
		if shutdown.Err() != nil {
			return nil, h.release(0, "given back", ErrShutdown)
		}
		h.ctx, h.cancel = context.WithCancelCause(h.base)
		defer h.cancel(nil)
		msg.SetContext(h.ctx)
		go h.keep(shutdown)
		out, err := next(msg)
		close(h.stop)
		<-h.done
		return out, h.settle(err)
	}
}

// held is one message under its lease.
type held struct {
	*lease
	msg    *message.Message
	base   context.Context // never cancelled; carries the values of the message's context
	ctx    context.Context // the handler's
	cancel context.CancelCauseFunc
	stop   chan struct{} // closed when the handler has returned
	done   chan struct{} // closed when keep has ended
}

// keep renews the lease until the handler has returned, and cancels the handler when the lease is lost or the drain
// time is over. A cancelled handler still holds the message while it cleans up after a shutdown.
func (h *held) keep(shutdown context.Context) {
	defer close(h.done)
	renewal := time.NewTicker(h.visibility / 3)
	defer renewal.Stop()
	closing := shutdown.Done()
	var drained <-chan time.Time
	failures := 0
	for {
		select {
		case <-h.stop:
			return
		case <-closing:
			closing = nil
			timer := time.NewTimer(h.drain)
			defer timer.Stop() //nolint:gocritic // once: closing is nil from here on
			drained = timer.C
		case <-drained:
			h.cancel(ErrShutdown)
		case <-renewal.C:
			err := h.renew()
			if err == nil {
				failures = 0
				continue
			}
			if failures++; failures > 1 || refused(err) {
				h.cancel(fmt.Errorf("%w: %w", ErrLeaseLost, err))
				return
			}
		}
	}
}

// renew hides the message for another visibility time, counted from now.
func (h *held) renew() error {
	ctx, cancel := context.WithTimeout(h.base, h.visibility/6)
	defer cancel()
	return h.hide(ctx, h.visibility)
}

func (h *held) hide(ctx context.Context, d time.Duration) error {
	_, err := h.api.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
		QueueUrl: aws.String(h.url), ReceiptHandle: aws.String(h.msg.Metadata[metaReceipt]),
		VisibilityTimeout: seconds(d),
	})
	return err
}

// refused says whether SQS has answered that the receipt is of no use any more.
func refused(err error) bool {
	_, gone := errors.AsType[*types.MessageNotInflight](err)
	_, invalid := errors.AsType[*types.ReceiptHandleIsInvalid](err)
	return gone || invalid
}

// settle tells SQS how the job ended and returns the error that the router sees.
func (h *held) settle(err error) error {
	cause := context.Cause(h.ctx)
	switch {
	case errors.Is(cause, ErrLeaseLost):
		h.report(slog.LevelWarn, "lost")
		return errors.Join(cause, err)
	case cause != nil:
		return h.release(0, "given back", cause)
	case err == nil:
		return h.delete()
	case errors.Is(err, ErrGiveBack):
		return h.release(0, "given back", err)
	}
	return h.release(h.backoff.After(Receives(h.msg)), "failed", err)
}

// delete removes the message. When that fails the job is done nevertheless: the stock subscriber, which deletes what is
// acked, tries once more, and another delivery would find nothing to do.
func (h *held) delete() error {
	ctx, cancel := context.WithTimeout(h.base, settleTimeout)
	defer cancel()
	_, err := h.api.DeleteMessage(ctx, &sqs.DeleteMessageInput{
		QueueUrl: aws.String(h.url), ReceiptHandle: aws.String(h.msg.Metadata[metaReceipt]),
	})
	if err != nil {
		h.report(slog.LevelWarn, "done, not deleted", slog.Any("error", err))
		return nil
	}
	h.report(slog.LevelInfo, "done")
	return nil
}

// release makes the message visible after d and returns why.
func (h *held) release(d time.Duration, outcome string, why error) error {
	ctx, cancel := context.WithTimeout(h.base, settleTimeout)
	defer cancel()
	if err := h.hide(ctx, d); err != nil { // it becomes visible when its time is over
		h.report(slog.LevelWarn, outcome, slog.Any("error", err))
		return why
	}
	h.report(slog.LevelInfo, outcome, slog.Duration("visible_in", d))
	return why
}

func (h *held) report(level slog.Level, outcome string, attrs ...slog.Attr) {
	attrs = append(attrs,
		slog.String("outcome", outcome), slog.String("message_id", h.msg.UUID), slog.Int("receives", Receives(h.msg)))
	h.log.LogAttrs(h.base, level, "job settled", attrs...)
}

// seconds is a visibility time as SQS takes it: whole seconds, rounded up, at most 12 hours.
func seconds(d time.Duration) int32 {
	return int32((min(d, maxVisibility) + time.Second - 1) / time.Second)
}
