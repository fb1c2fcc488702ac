package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
)

// ledger notes what a lease asks of SQS, and when, in seconds since it was made.
type ledger struct {
	start time.Time
	fail  func(call string) error

	mu    sync.Mutex
	calls []string
}

func (l *ledger) note(call string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.calls = append(l.calls, fmt.Sprintf("%g %s", time.Since(l.start).Seconds(), call))
	if l.fail == nil {
		return nil
	}
	return l.fail(l.calls[len(l.calls)-1])
}

func (l *ledger) ChangeMessageVisibility(
	_ context.Context, in *sqs.ChangeMessageVisibilityInput, _ ...func(*sqs.Options),
) (*sqs.ChangeMessageVisibilityOutput, error) {
	return &sqs.ChangeMessageVisibilityOutput{}, l.note(fmt.Sprintf("hide %s %d", *in.ReceiptHandle, in.VisibilityTimeout))
}

func (l *ledger) DeleteMessage(
	_ context.Context, in *sqs.DeleteMessageInput, _ ...func(*sqs.Options),
) (*sqs.DeleteMessageOutput, error) {
	return &sqs.DeleteMessageOutput{}, l.note("delete " + *in.ReceiptHandle)
}

func (l *ledger) want(t *testing.T, calls ...string) {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if diff := cmp.Diff(calls, l.calls); diff != "" {
		t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// received is a message as the subscriber hands it over; ending its context is the subscriber's closing.
func received(receives int) (msg *message.Message, closeSubscriber context.CancelFunc) {
	msg = message.NewMessage("id", []byte("{}"))
	msg.Metadata.Set(metaReceipt, "r")
	msg.Metadata.Set(metaReceiveCount, fmt.Sprint(receives))
	ctx, cancel := context.WithCancel(context.Background())
	msg.SetContext(ctx)
	return msg, cancel
}

// work is a handler that takes d, or ends early with its context's error.
func work(d time.Duration) message.HandlerFunc {
	return func(msg *message.Message) ([]*message.Message, error) {
		select {
		case <-time.After(d):
			return nil, nil
		case <-msg.Context().Done():
			return nil, msg.Context().Err()
		}
	}
}

func newLease(fail func(call string) error) (*lease, *ledger) {
	api := &ledger{start: time.Now(), fail: fail}
	return &lease{
		api: api, url: "q", visibility: 30 * time.Second, drain: 20 * time.Second,
		backoff: Backoff{Base: 10 * time.Second, Max: time.Minute}, log: slog.New(slog.DiscardHandler),
	}, api
}

func TestLeaseRenewsEachThirdAndDeletes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, api := newLease(nil)
		msg, end := received(1)
		defer end()
		if _, err := l.middleware(work(35 * time.Second))(msg); err != nil {
			t.Fatal(err)
		}
		api.want(t, "10 hide r 30", "20 hide r 30", "30 hide r 30", "35 delete r")
	})
}

func TestLeaseBacksOffByReceiveCount(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for receives, call := range map[int]string{1: "0 hide r 10", 2: "0 hide r 20", 3: "0 hide r 40", 4: "0 hide r 60", 90: "0 hide r 60"} {
		synctest.Test(t, func(t *testing.T) {
			l, api := newLease(nil)
			msg, end := received(receives)
			defer end()
			_, err := l.middleware(func(*message.Message) ([]*message.Message, error) { return nil, broken })(msg)
			if !errors.Is(err, broken) {
				t.Errorf("error %v", err)
			}
			api.want(t, call)
		})
	}
}

func TestLeaseGivesBackAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, api := newLease(nil)
		msg, end := received(5)
		defer end()
		_, err := l.middleware(func(*message.Message) ([]*message.Message, error) {
			return nil, fmt.Errorf("no ffmpeg: %w", ErrGiveBack)
		})(msg)
		if !errors.Is(err, ErrGiveBack) {
			t.Errorf("error %v", err)
		}
		api.want(t, "0 hide r 0")
	})
}

func TestLeaseSurvivesOneFailedRenewal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, api := newLease(func(call string) error {
			if slices.Contains([]string{"10 hide r 30", "30 hide r 30"}, call) {
				return errors.New("network")
			}
			return nil
		})
		msg, end := received(1)
		defer end()
		if _, err := l.middleware(work(45 * time.Second))(msg); err != nil {
			t.Fatal(err)
		}
		api.want(t, "10 hide r 30", "20 hide r 30", "30 hide r 30", "40 hide r 30", "45 delete r")
	})
}

func TestLostLeaseCancelsTheHandlerAndSendsNothing(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		fail  error
		calls []string
	}{
		"renewals go on failing": {errors.New("network"), []string{"10 hide r 30", "20 hide r 30"}},
		"not in flight":          {&types.MessageNotInflight{}, []string{"10 hide r 30"}},
		"receipt invalid":        {&types.ReceiptHandleIsInvalid{}, []string{"10 hide r 30"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				l, api := newLease(func(string) error { return tt.fail })
				msg, end := received(1)
				defer end()
				var cause error
				_, err := l.middleware(func(msg *message.Message) ([]*message.Message, error) {
					<-msg.Context().Done()
					cause = context.Cause(msg.Context())
					return nil, nil // even when it believes to have finished
				})(msg)
				if !errors.Is(cause, ErrLeaseLost) || !errors.Is(err, ErrLeaseLost) || !errors.Is(err, tt.fail) {
					t.Errorf("cause %v, error %v", cause, err)
				}
				api.want(t, tt.calls...)
			})
		})
	}
}

func TestShutdownLetsTheHandlerFinish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, api := newLease(nil)
		msg, end := received(1)
		time.AfterFunc(5*time.Second, end)
		if _, err := l.middleware(work(15 * time.Second))(msg); err != nil {
			t.Fatal(err)
		}
		api.want(t, "10 hide r 30", "15 delete r")
	})
}

func TestShutdownGivesBackWhatDoesNotFinish(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, api := newLease(nil)
		msg, end := received(1)
		time.AfterFunc(5*time.Second, end)
		_, err := l.middleware(func(msg *message.Message) ([]*message.Message, error) {
			<-msg.Context().Done()
			time.Sleep(7 * time.Second) // a child that takes its time to die, by synctest's clock
			return nil, nil
		})(msg)
		if !errors.Is(err, ErrShutdown) || !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		api.want(t, "10 hide r 30", "20 hide r 30", "30 hide r 30", "32 hide r 0")
	})
}

func TestShutdownGivesBackWhatHasNotBegun(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, api := newLease(nil)
		msg, end := received(1)
		end()
		_, err := l.middleware(func(*message.Message) ([]*message.Message, error) {
			t.Error("handler ran")
			return nil, nil
		})(msg)
		if !errors.Is(err, ErrShutdown) {
			t.Errorf("error %v", err)
		}
		api.want(t, "0 hide r 0")
	})
}

func TestFailedDeletionIsNotAFailedJob(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, api := newLease(func(string) error { return errors.New("network") })
		msg, end := received(1)
		defer end()
		if _, err := l.middleware(work(time.Second))(msg); err != nil {
			t.Fatal(err)
		}
		api.want(t, "1 delete r")
	})
}
