package bus

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

const (
	peekVisibility = 30 * time.Second // how long a listed message is hidden if it cannot be put back at once
	moveVisibility = time.Minute      // how long a message that is being moved is hidden
	emptyReceives  = 2                // receives without a new message after which a queue counts as read to its end
)

// Dead is a message in a dead-letter queue.
type Dead struct {
	ID       string // SQS's
	UUID     string // ours
	SentAt   time.Time
	Receives int // from the dead-letter queue, this listing included
	Reason   string
	Body     string
}

// Depths are a topic's numbers of messages, as SQS approximates them.
type Depths struct {
	Visible  int // waiting
	InFlight int // received and not settled
	Delayed  int
	Dead     int // waiting in the dead-letter queue
}

// Waiting is how many messages are still to be settled.
func (d Depths) Waiting() int { return d.Visible + d.InFlight + d.Delayed }

// Depths asks for the numbers of messages of a topic.
func (b *Bus) Depths(ctx context.Context, topic string) (Depths, error) {
	live, err := b.counts(ctx, topic)
	if err != nil {
		return Depths{}, err
	}
	dead, err := b.counts(ctx, DeadLetter(topic))
	if err != nil {
		return Depths{}, err
	}
	live.Dead = dead.Visible
	return live, nil
}

func (b *Bus) counts(ctx context.Context, topic string) (Depths, error) {
	url, err := b.queues.url(ctx, topic)
	if err != nil {
		return Depths{}, err
	}
	names := [...]string{
		string(types.QueueAttributeNameApproximateNumberOfMessages),
		string(types.QueueAttributeNameApproximateNumberOfMessagesNotVisible),
		string(types.QueueAttributeNameApproximateNumberOfMessagesDelayed),
	}
	attributes, err := b.attributes(ctx, url, names[:])
	if err != nil {
		return Depths{}, fmt.Errorf("count messages of %s: %w", topic, err)
	}
	var n [len(names)]int
	for i, name := range names {
		if n[i], err = strconv.Atoi(attributes[name]); err != nil {
			return Depths{}, fmt.Errorf("count messages of %s: %s: %w", topic, name, err)
		}
	}
	return Depths{Visible: n[0], InFlight: n[1], Delayed: n[2]}, nil
}

// ListDead reads up to limit messages of the topic's dead-letter queue and puts each back. Nothing moves on from there,
// however often it is read.
func (b *Bus) ListDead(ctx context.Context, topic string, limit int) ([]Dead, error) {
	url, err := b.queues.url(ctx, DeadLetter(topic))
	if err != nil {
		return nil, err
	}
	var found []Dead
	var received []types.Message
	defer func() { b.putBack(context.WithoutCancel(ctx), url, received) }()
	known := map[string]bool{}
	for empty := 0; empty < emptyReceives && len(found) < limit; empty++ {
		messages, err := b.receive(ctx, url, limit-len(found), peekVisibility)
		if err != nil {
			return nil, err
		}
		received = append(received, messages...)
		for _, m := range messages {
			if id := aws.ToString(m.MessageId); !known[id] {
				known[id], empty = true, -1
				found = append(found, deadOf(m))
			}
		}
	}
	return found, nil
}

// putBack makes messages visible again. What cannot be put back comes back by itself when its hiding ends.
func (b *Bus) putBack(ctx context.Context, url string, messages []types.Message) {
	for _, m := range messages {
		_, err := b.sqs.ChangeMessageVisibility(ctx, &sqs.ChangeMessageVisibilityInput{
			QueueUrl: aws.String(url), ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0,
		})
		if err != nil {
			b.log.LogAttrs(ctx, slog.LevelWarn, "message not put back", slog.Any("error", err))
			return
		}
	}
}

// Redrive moves up to limit messages from the topic's dead-letter queue back to its queue, where they count as never
// received, and returns how many. Each is sent before it is deleted: one that is interrupted may come twice, none is lost.
// One that comes back while others are still moved, since nobody can read it, stays there.
func (b *Bus) Redrive(ctx context.Context, topic string, limit int) (int, error) {
	url, err := b.queues.url(ctx, DeadLetter(topic))
	if err != nil {
		return 0, err
	}
	moved, seen := 0, map[string]bool{}
	var back []types.Message
	defer func() { b.putBack(context.WithoutCancel(ctx), url, back) }()
	for empty := 0; empty < emptyReceives && moved < limit; empty++ {
		messages, err := b.receive(ctx, url, limit-moved, moveVisibility)
		if err != nil {
			return moved, err
		}
		for _, m := range messages {
			id := cmp.Or(attribute(m, uuidAttribute), aws.ToString(m.MessageId))
			if seen[id] {
				back = append(back, m)
				continue
			}
			seen[id] = true
			if err := b.move(ctx, topic, url, m); err != nil {
				return moved, err
			}
			moved++
			empty = -1
		}
	}
	return moved, nil
}

func (b *Bus) move(ctx context.Context, topic, from string, m types.Message) error {
	msg, err := unmarshaler{}.Unmarshal(&m)
	if err != nil {
		return err
	}
	delete(msg.Metadata, reasonAttribute)
	msg.SetContext(ctx)
	if err := b.Publisher().Publish(topic, msg); err != nil {
		return err
	}
	_, err = b.sqs.DeleteMessage(ctx, &sqs.DeleteMessageInput{QueueUrl: aws.String(from), ReceiptHandle: m.ReceiptHandle})
	if err != nil {
		return fmt.Errorf("delete moved message %s: %w", aws.ToString(m.MessageId), err)
	}
	return nil
}

func (b *Bus) receive(ctx context.Context, url string, atMost int, hide time.Duration) ([]types.Message, error) {
	out, err := b.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{
		QueueUrl: aws.String(url), MaxNumberOfMessages: int32(min(atMost, maxBatch)),
		VisibilityTimeout: seconds(hide), WaitTimeSeconds: 1,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	if err != nil {
		return nil, fmt.Errorf("receive dead letters: %w", err)
	}
	return out.Messages, nil
}

func deadOf(m types.Message) Dead {
	d := Dead{
		ID: aws.ToString(m.MessageId), UUID: attribute(m, uuidAttribute), Reason: attribute(m, reasonAttribute),
		Body: aws.ToString(m.Body),
	}
	d.Receives, _ = strconv.Atoi(m.Attributes[string(types.MessageSystemAttributeNameApproximateReceiveCount)])
	if ms, err := strconv.ParseInt(m.Attributes[string(types.MessageSystemAttributeNameSentTimestamp)], 10, 64); err == nil {
		d.SentAt = time.UnixMilli(ms).UTC()
	}
	return d
}

func attribute(m types.Message, name string) string {
	return aws.ToString(m.MessageAttributes[name].StringValue)
}
