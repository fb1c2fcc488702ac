package bus

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"go.uber.org/goleak"

	"github.com/rising-stars/showcase/internal/local/loopsqs"
	"github.com/rising-stars/showcase/internal/pause"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// chaos is what tests stand by default, as SQS may do it too: duplicates, disorder and receives whose answer is lost.
var chaos = loopsqs.Chaos{Duplicate: 0.05, ReorderUpTo: 300 * time.Millisecond, LoseReceive: 0.05, Seed: 1}

// newBus is a provisioned bus on a queue server of the test's own, with chaos.
func newBus(t *testing.T) *Bus {
	t.Helper()
	return newBusOn(t, chaos)
}

// newCalmBus is for tests that count exactly.
func newCalmBus(t *testing.T) *Bus {
	t.Helper()
	return newBusOn(t, loopsqs.Chaos{})
}

func newBusOn(t *testing.T, chaos loopsqs.Chaos) *Bus {
	t.Helper()
	server, err := loopsqs.Start(t.Context(), loopsqs.Config{Dir: t.TempDir(), Chaos: chaos, NoSync: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	cfg, err := LoadAWS(t.Context(), Credentials{Region: "us-east-1", AccessKey: "test", SecretKey: "test"})
	if err != nil {
		t.Fatal(err)
	}
	b := New(Config{AWS: cfg, Endpoint: server.URL(), Prefix: "test-", Log: testLog(t)})
	t.Cleanup(b.Close)
	if err := b.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return b
}

func testLog(t *testing.T) *slog.Logger {
	t.Helper()
	return slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelInfo}))
}

// eventually polls until the condition holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	for !holds() {
		if err := pause.For(ctx, 20*time.Millisecond); err != nil {
			t.Fatalf("never: %s", what)
		}
	}
}

// start runs a service and stops it, waiting for its end, with the test or with the returned function.
func start(t *testing.T, run func(context.Context) error) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := run(ctx); err != nil {
			t.Errorf("run: %v", err)
		}
	}()
	stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(stop)
	return stop
}

// waiting is how many messages of the topic SQS still has.
func waiting(t *testing.T, b *Bus, topic string) Depths {
	t.Helper()
	d, err := b.Depths(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func attributesNow(t *testing.T, b *Bus, topic string) map[string]string {
	t.Helper()
	url, err := b.queues.url(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	out, err := b.sqs.GetQueueAttributes(t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: aws.String(url), AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.Attributes
}
