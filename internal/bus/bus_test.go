package bus

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/internal/pause"
)

// jobs are settings quick enough for a test.
func jobs(workers int) Jobs {
	return Jobs{
		Topic: Transcode, Workers: workers, Visibility: 3 * time.Second, Drain: 5 * time.Second, Timeout: time.Minute,
		Backoff: Backoff{Base: time.Second, Max: time.Second},
		Ready:   func(context.Context) error { return nil }, Recheck: 10 * time.Millisecond,
	}
}

// tally counts how often each body was seen.
type tally struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *tally) add(body string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]int{}
	}
	c.seen[body]++
	return c.seen[body]
}

func (c *tally) distinct() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

func publish(t *testing.T, b *Bus, topic string, messages ...*message.Message) {
	t.Helper()
	if err := b.Publisher().Publish(topic, messages...); err != nil {
		t.Fatal(err)
	}
}

func TestJobsAreAllDoneAndDeleted(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	const n = 200
	publish(t, b, Transcode, numbered(n)...)
	var done tally
	start(t, func(ctx context.Context) error {
		return b.RunJobs(ctx, jobs(4), func(msg *message.Message) error {
			if tries := done.add(string(msg.Payload)); tries == 1 && msg.Payload[len(msg.Payload)-1] == '7' {
				return errors.New("the first try fails")
			}
			return nil
		})
	})
	eventually(t, "every job done and the queue empty", func() bool {
		return done.distinct() == n && waiting(t, b, Transcode).Waiting() == 0
	})
	if d := waiting(t, b, Transcode); d.Dead != 0 {
		t.Errorf("%d dead", d.Dead)
	}
}

func TestJobLongerThanItsVisibilityRunsOnce(t *testing.T) {
	t.Parallel()
	b := newCalmBus(t)
	publish(t, b, Transcode, numbered(1)...)
	var done tally
	var ended atomic.Bool
	start(t, func(ctx context.Context) error {
		return b.RunJobs(ctx, jobs(2), func(msg *message.Message) error {
			done.add(string(msg.Payload))
			err := pause.For(msg.Context(), 7*time.Second) // more than twice the visibility time
			ended.Store(true)
			return err
		})
	})
	eventually(t, "the job done and deleted", func() bool {
		return ended.Load() && waiting(t, b, Transcode).Waiting() == 0
	})
	if got := done.add("body-0"); got != 2 {
		t.Errorf("ran %d times", got-1)
	}
}

func TestHopelessJobsReachTheDeadLettersAndComeBack(t *testing.T) {
	t.Parallel()
	b := newCalmBus(t)
	publish(t, b, Transcode, numbered(3)...)
	var last atomic.Int32
	stop := start(t, func(ctx context.Context) error {
		return b.RunJobs(ctx, jobs(4), func(msg *message.Message) error {
			if LastReceive(msg) {
				last.Add(1)
			}
			return errors.New("hopeless")
		})
	})
	eventually(t, "all in the dead-letter queue", func() bool { return waiting(t, b, Transcode).Dead == 3 })
	stop()
	if last.Load() < 3 {
		t.Errorf("%d last receives seen", last.Load())
	}
	for range 7 { // however often they are read
		if dead := listed(t, b); len(dead) != 3 {
			t.Fatalf("listed %v", dead)
		}
	}
	if n, err := b.Redrive(t.Context(), Transcode, 2); n != 2 || err != nil {
		t.Fatalf("moved %d, %v", n, err)
	}
	if n, err := b.Redrive(t.Context(), Transcode, 100); n < 1 || err != nil {
		t.Fatalf("moved %d, %v", n, err)
	}
	var done tally
	start(t, func(ctx context.Context) error {
		return b.RunJobs(ctx, jobs(2), func(msg *message.Message) error {
			if LastReceive(msg) {
				t.Errorf("message %s: receive count went on", msg.UUID)
			}
			done.add(msg.UUID + " " + string(msg.Payload))
			return nil
		})
	})
	eventually(t, "all done after all", func() bool {
		d := waiting(t, b, Transcode)
		return done.distinct() == 3 && d.Waiting() == 0 && d.Dead == 0
	})
}

func listed(t *testing.T, b *Bus) map[string]string {
	t.Helper()
	dead, err := b.ListDead(t.Context(), Transcode, 3)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, d := range dead {
		if d.SentAt.IsZero() || d.Receives < 1 || d.ID == "" {
			t.Errorf("dead letter %+v", d)
		}
		got[d.UUID] = d.Body
	}
	return got
}

func TestMalformedMessagesGoToTheDeadLettersAtOnce(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	publish(t, b, Ranking, message.NewMessage("bad", []byte(`{"log":0}`)))
	start(t, func(ctx context.Context) error {
		return b.RunDoorbells(ctx, Doorbells{Topic: Ranking, Timeout: time.Second}, func(msg *message.Message) error {
			_, err := ParseDoorbell(msg)
			return err
		})
	})
	eventually(t, "dead", func() bool {
		d := waiting(t, b, Ranking)
		return d.Waiting() == 0 && d.Dead >= 1
	})
	dead, err := b.ListDead(t.Context(), Ranking, 10)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range dead {
		if d.UUID != "bad" || d.Body != `{"log":0}` || d.Reason == "" {
			t.Errorf("dead letter %+v", d)
		}
	}
}

func TestPanicIsAFailedJob(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	publish(t, b, Transcode, numbered(1)...)
	var tries atomic.Int32
	start(t, func(ctx context.Context) error {
		return b.RunJobs(ctx, jobs(1), func(*message.Message) error {
			if tries.Add(1) == 1 {
				panic("a bug")
			}
			return nil
		})
	})
	eventually(t, "done on the second try", func() bool {
		return tries.Load() >= 2 && waiting(t, b, Transcode).Waiting() == 0
	})
}

func TestWorkerThatIsNotReadyTakesNothing(t *testing.T) {
	t.Parallel()
	b := newCalmBus(t)
	var fit atomic.Bool
	var checks, handled, done atomic.Int32
	c := jobs(2)
	c.Ready = func(context.Context) error {
		if checks.Add(1) == 1 || fit.Load() {
			return nil
		}
		return errors.New("no ffmpeg")
	}
	start(t, func(ctx context.Context) error {
		return b.RunJobs(ctx, c, func(*message.Message) error {
			handled.Add(1)
			if !fit.Load() {
				return fmt.Errorf("no ffmpeg: %w", ErrGiveBack)
			}
			done.Add(1)
			return nil
		})
	})
	publish(t, b, Transcode, numbered(20)...)
	eventually(t, "found not ready again and again", func() bool { return checks.Load() >= 20 })
	if handled.Load() < 1 || handled.Load() > 2 { // each worker had at most one
		t.Errorf("%d handled by a worker that is not ready", handled.Load())
	}
	fit.Store(true)
	eventually(t, "all done once ready", func() bool { return waiting(t, b, Transcode).Waiting() == 0 && done.Load() >= 20 })
}

func TestShutdownGivesTheJobToAnotherWorkerAtOnce(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	publish(t, b, Transcode, numbered(1)...)
	c := jobs(1)
	c.Visibility, c.Drain = time.Hour, 100*time.Millisecond
	var causes tally
	running := make(chan struct{}, 10)
	stop := start(t, func(ctx context.Context) error {
		return b.RunJobs(ctx, c, func(msg *message.Message) error {
			running <- struct{}{}
			<-msg.Context().Done()
			causes.add(fmt.Sprint(errors.Is(context.Cause(msg.Context()), ErrShutdown)))
			return msg.Context().Err()
		})
	})
	<-running
	stop()
	if diff := cmp.Diff(1, causes.seen["true"]); diff != "" {
		t.Error(diff)
	}
	var taken atomic.Bool
	start(t, func(ctx context.Context) error {
		return b.RunJobs(ctx, c, func(*message.Message) error {
			taken.Store(true)
			return nil
		})
	})
	eventually(t, "taken by the next", taken.Load)
}

func TestDoorbellsThatFailComeAgain(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	publish(t, b, Dashboard, numbered(25)...)
	var done tally
	start(t, func(ctx context.Context) error {
		return b.RunDoorbells(ctx, Doorbells{Topic: Dashboard, Timeout: time.Second}, func(msg *message.Message) error {
			if tries := done.add(string(msg.Payload)); tries == 1 && string(msg.Payload) == "body-3" {
				return errors.New("not now")
			}
			return nil
		})
	})
	eventually(t, "all handled", func() bool {
		return done.distinct() == 25 && waiting(t, b, Dashboard).Waiting() == 0
	})
}

func TestProvisionTwiceChangesNothingAndCorrectsDrift(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	publish(t, b, Transcode, numbered(1)...)
	before := map[string]map[string]string{}
	for _, topic := range Topics() {
		before[topic], before[DeadLetter(topic)] = attributesNow(t, b, topic), attributesNow(t, b, DeadLetter(topic))
	}
	url, _ := b.queues.url(t.Context(), Transcode)
	wrong := map[string]string{
		"VisibilityTimeout": "7", "MessageRetentionPeriod": "60", "ReceiveMessageWaitTimeSeconds": "0",
		"RedrivePolicy": fmt.Sprintf(`{"deadLetterTargetArn":%q,"maxReceiveCount":2}`, before[DeadLetter(Ranking)]["QueueArn"]),
	}
	for range 2 {
		if err := b.Provision(t.Context()); err != nil {
			t.Fatal(err)
		}
		for topic, want := range before {
			if diff := cmp.Diff(steady(want), steady(attributesNow(t, b, topic))); diff != "" {
				t.Errorf("%s: %s", topic, diff)
			}
		}
		_, err := b.sqs.SetQueueAttributes(t.Context(), &sqs.SetQueueAttributesInput{QueueUrl: aws.String(url), Attributes: wrong})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// steady is what of a queue's attributes must not change.
func steady(attributes map[string]string) map[string]string {
	kept := maps.Clone(attributes)
	delete(kept, "LastModifiedTimestamp")
	delete(kept, "ApproximateNumberOfMessages")
	delete(kept, "ApproximateNumberOfMessagesNotVisible")
	delete(kept, "ApproximateNumberOfMessagesDelayed")
	return kept
}

func TestMissingQueuesAreReported(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	if err := b.RunJobs(t.Context(), Jobs{Topic: "nothing", Workers: 1, Visibility: time.Minute}, nil); err == nil {
		t.Error("jobs of a queue that is not there")
	}
	if err := b.RunDoorbells(t.Context(), Doorbells{Topic: "nothing"}, nil); err == nil {
		t.Error("doorbells of a queue that is not there")
	}
	if err := b.Publisher().Publish("nothing", numbered(1)...); err == nil {
		t.Error("published to a queue that is not there")
	}
}

func TestJobSettingsOutOfRange(t *testing.T) {
	t.Parallel()
	b := newBus(t)
	for _, c := range []Jobs{{Workers: 0, Visibility: time.Minute}, {Workers: 1, Visibility: time.Second}, {Workers: 1, Visibility: 13 * time.Hour}} {
		if err := b.RunJobs(t.Context(), c, nil); err == nil {
			t.Errorf("%+v taken", c)
		}
	}
}

// TestAPoisonedMessageIsBroughtBackOnce redrives while a worker sets the message aside again each time.
func TestAPoisonedMessageIsBroughtBackOnce(t *testing.T) {
	t.Parallel()
	b := newCalmBus(t)
	publish(t, b, Transcode, numbered(2)...)
	var read atomic.Int32
	start(t, func(ctx context.Context) error {
		return b.RunJobs(ctx, jobs(2), func(*message.Message) error {
			read.Add(1)
			return ErrMalformed
		})
	})
	eventually(t, "both in the dead-letter queue", func() bool { return waiting(t, b, Transcode).Dead == 2 })
	if n, err := b.Redrive(t.Context(), Transcode, 500); n != 2 || err != nil {
		t.Errorf("moved %d, %v", n, err)
	}
	eventually(t, "both there again", func() bool { return waiting(t, b, Transcode).Dead == 2 })
	if n := read.Load(); n != 4 {
		t.Errorf("read %d times", n)
	}
}
