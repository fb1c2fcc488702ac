package bus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wmsqs "github.com/ThreeDotsLabs/watermill-aws/sqs"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/ThreeDotsLabs/watermill/message/router/middleware"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/rising-stars/showcase/internal/pause"
)

// closeMargin is what the router waits beyond the drain time: a cancelled handler ends its children in that time.
const closeMargin = 15 * time.Second

// Doorbells says how a topic of doorbells is consumed.
type Doorbells struct {
	Topic   string
	Timeout time.Duration // for handling one doorbell
}

// Limits of a job's visibility time: shorter ones leave no time for renewals, longer ones SQS does not know.
const (
	minVisibility = 3 * time.Second
	maxVisibility = 12 * time.Hour
)

// doorbellVisibility is how long a doorbell whose handling failed stays hidden, and so its only backoff.
const doorbellVisibility = 10 * time.Second

// RunDoorbells hands the topic's messages to the handler, one at a time, until the context ends. What the handler
// returns an error for comes again.
func (b *Bus) RunDoorbells(ctx context.Context, c Doorbells, handle message.NoPublishHandlerFunc) error {
	return b.run(ctx, consumer{
		topic: c.Topic, batch: maxBatch, visibility: doorbellVisibility, workers: 1, drain: c.Timeout,
		middleware: []message.HandlerMiddleware{b.poison(c.Topic), middleware.Timeout(c.Timeout), middleware.Recoverer},
	}, handle)
}

// Jobs says how a topic of jobs is consumed.
type Jobs struct {
	Topic      string
	Workers    int           // jobs at a time, from 1
	Visibility time.Duration // 3 s to 12 h: how soon the job of a killed worker comes again
	Drain      time.Duration // how long a running job may go on after the context has ended
	Timeout    time.Duration // for one job
	Backoff    Backoff

	// Ready says whether this worker can do jobs at all; no message is received until it returns nil.
	Ready   func(context.Context) error
	Recheck time.Duration // between two calls of Ready
}

// RunJobs hands the topic's messages to the handler under a lease until the context ends. When a handler's error wraps
// ErrGiveBack no more messages are received until the worker is ready again.
func (b *Bus) RunJobs(ctx context.Context, c Jobs, handle message.NoPublishHandlerFunc) error {
	if c.Workers < 1 || c.Visibility < minVisibility || c.Visibility > maxVisibility {
		return fmt.Errorf("consume %s: %d workers, visibility %s: out of range", c.Topic, c.Workers, c.Visibility)
	}
	url, err := b.queues.url(ctx, c.Topic)
	if err != nil {
		return err
	}
	l := &lease{
		api: b.sqs, url: url, visibility: c.Visibility, drain: c.Drain, backoff: c.Backoff,
		log: b.log.With(slog.String("topic", c.Topic)),
	}
	for ctx.Err() == nil {
		if err := b.awaitReady(ctx, c); err != nil {
			return nil //nolint:nilerr // the context has ended, which is how a service stops
		}
		shift, unfit := context.WithCancel(ctx)
		err := b.run(shift, consumer{
			topic: c.Topic, batch: 1, visibility: c.Visibility, workers: c.Workers, drain: c.Drain,
			middleware: []message.HandlerMiddleware{
				l.middleware, b.poison(c.Topic), stopOn(ErrGiveBack, unfit), middleware.Timeout(c.Timeout), middleware.Recoverer,
			},
		}, handle)
		unfit()
		if err != nil {
			return err
		}
	}
	return nil
}

func (b *Bus) awaitReady(ctx context.Context, c Jobs) error {
	for checks := 0; ; checks++ {
		err := c.Ready(ctx)
		if err == nil {
			return ctx.Err()
		}
		if checks == 0 && ctx.Err() == nil {
			b.log.LogAttrs(ctx, slog.LevelError, "worker not ready", slog.String("topic", c.Topic), slog.Any("error", err))
		}
		if err := pause.For(ctx, c.Recheck); err != nil {
			return err
		}
	}
}

// stopOn calls stop when the handler's error is target.
func stopOn(target error, stop func()) message.HandlerMiddleware {
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			out, err := next(msg)
			if errors.Is(err, target) {
				stop()
			}
			return out, err
		}
	}
}

// reasonAttribute tells in the dead-letter queue why a message was sent there by the poison filter.
const reasonAttribute = "reason"

// poison copies a message that cannot be understood to the dead-letter queue, with the reason, and lets it be deleted.
func (b *Bus) poison(topic string) message.HandlerMiddleware {
	publisher := b.Publisher()
	return func(next message.HandlerFunc) message.HandlerFunc {
		return func(msg *message.Message) ([]*message.Message, error) {
			ctx := msg.Context() // the timeout inside leaves an ended one behind
			out, err := next(msg)
			if !errors.Is(err, ErrMalformed) {
				return out, err
			}
			dead := msg.Copy()
			dead.SetContext(ctx)
			dead.Metadata.Set(reasonAttribute, err.Error())
			if perr := publisher.Publish(DeadLetter(topic), dead); perr != nil {
				return nil, errors.Join(err, perr)
			}
			b.log.LogAttrs(ctx, slog.LevelError, "message is malformed",
				slog.String("topic", topic), slog.String("message_id", msg.UUID), slog.Any("error", err))
			return nil, nil
		}
	}
}

// consumer is one subscription with its handler's middleware, the outermost first.
type consumer struct {
	topic      string
	batch      int
	visibility time.Duration
	workers    int
	drain      time.Duration
	middleware []message.HandlerMiddleware
}

// run consumes until the context ends and every handler has returned, or the closing time is over.
func (b *Bus) run(ctx context.Context, c consumer, handle message.NoPublishHandlerFunc) error {
	log := watermill.NewSlogLoggerWithLevelMapping(b.log, map[slog.Level]slog.Level{
		slog.LevelInfo: slog.LevelDebug, // its information is about its own plumbing
	})
	if _, err := b.queues.url(ctx, c.topic); err != nil { // the router leaves a goroutine behind if subscribing fails
		return err
	}
	subscriber, err := wmsqs.NewSubscriber(b.subscription(c), log)
	if err != nil {
		return fmt.Errorf("subscribe to %s: %w", c.topic, err)
	}
	defer subscriber.Close()
	router, err := message.NewRouter(message.RouterConfig{CloseTimeout: c.drain + closeMargin}, log)
	if err != nil {
		return fmt.Errorf("route %s: %w", c.topic, err)
	}
	router.AddMiddleware(c.middleware...)
	router.AddConsumerHandler(c.topic, c.topic, subscriber, handle)
	if err := router.Run(ctx); err != nil {
		return fmt.Errorf("consume %s: %w", c.topic, err)
	}
	return nil
}

// subscription is the stock subscriber's setting: it creates nothing, and asks for the receive count.
func (b *Bus) subscription(c consumer) wmsqs.SubscriberConfig {
	return wmsqs.SubscriberConfig{
		AWSConfig: b.aws, OptFns: b.opts, DoNotCreateQueueIfNotExists: true,
		QueueUrlResolver: b.queues, Unmarshaler: unmarshaler{}, ConsumeWorkers: c.workers,
		GenerateReceiveMessageInput: func(_ context.Context, url wmsqs.QueueURL) (*sqs.ReceiveMessageInput, error) {
			return &sqs.ReceiveMessageInput{
				QueueUrl: aws.String(string(url)), MaxNumberOfMessages: int32(c.batch),
				WaitTimeSeconds: int32(longPoll / time.Second), VisibilityTimeout: seconds(c.visibility),
				MessageAttributeNames: []string{"All"},
				MessageSystemAttributeNames: []types.MessageSystemAttributeName{
					types.MessageSystemAttributeNameApproximateReceiveCount,
				},
			}, nil
		},
	}
}
