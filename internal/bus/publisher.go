package bus

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/rising-stars/showcase/internal/pause"
)

const (
	sendAttempts = 3                      // for messages that SQS refused for a reason of its own
	sendPause    = 100 * time.Millisecond // before the second attempt, twice that before the third
)

// sendAPI is what the publisher needs of SQS.
type sendAPI interface {
	SendMessageBatch(context.Context, *sqs.SendMessageBatchInput, ...func(*sqs.Options)) (*sqs.SendMessageBatchOutput, error)
}

// SendError lists messages that SQS did not take, by UUID and with SQS's code. Everything else of the call was sent, or
// comes after them and was not tried.
type SendError struct {
	Topic  string
	Failed map[string]string
}

func (e *SendError) Error() string {
	return fmt.Sprintf("send to %s: %d messages refused: %v", e.Topic, len(e.Failed), e.Failed)
}

// Publisher sends messages in batches of up to ten, as many as fit into 256 KiB. It implements Watermill's Publisher
// and is safe for concurrent use.
type Publisher struct {
	api  sendAPI
	find func(ctx context.Context, topic string) (string, error)
}

var _ message.Publisher = (*Publisher)(nil)

// Publisher makes a publisher. It holds nothing that must be closed.
func (b *Bus) Publisher() *Publisher { return &Publisher{api: b.sqs, find: b.queues.url} }

// Close is part of Watermill's Publisher; nothing waits unsent.
func (p *Publisher) Close() error { return nil }

// Publish sends the messages in order and ends at the first batch that fails. The context is that of the first message.
// A nil error says that SQS has taken all of them; after an error some may have been sent, so that trying again sends
// those twice.
func (p *Publisher) Publish(topic string, messages ...*message.Message) error {
	if len(messages) == 0 {
		return nil
	}
	ctx := messages[0].Context()
	batches, err := split(messages)
	if err != nil {
		return fmt.Errorf("send to %s: %w", topic, err)
	}
	url, err := p.find(ctx, topic)
	if err != nil {
		return err
	}
	for _, batch := range batches {
		if err := p.send(ctx, topic, url, batch); err != nil {
			return err
		}
	}
	return nil
}

// PublishWork is Publish for jobs.
func (p *Publisher) PublishWork(ctx context.Context, topic string, jobs ...Work) error {
	messages := make([]*message.Message, len(jobs))
	for i, job := range jobs {
		msg, err := job.Message()
		if err != nil {
			return err
		}
		msg.SetContext(ctx)
		messages[i] = msg
	}
	return p.Publish(topic, messages...)
}

// entry is a message of a batch with the UUID that errors name.
type entry struct {
	uuid    string
	request types.SendMessageBatchRequestEntry
}

// split encodes the messages and cuts them into batches that SQS takes.
func split(messages []*message.Message) ([][]entry, error) {
	var batches [][]entry
	var batch []entry
	size := 0
	for _, msg := range messages {
		out, err := marshal(msg)
		if err != nil {
			return nil, fmt.Errorf("message %s: %w", msg.UUID, err)
		}
		if len(batch) == maxBatch || size+out.bytes > maxBytes {
			batches, batch, size = append(batches, batch), nil, 0
		}
		size += out.bytes
		batch = append(batch, entry{uuid: msg.UUID, request: types.SendMessageBatchRequestEntry{
			Id: aws.String(strconv.Itoa(len(batch))), MessageBody: aws.String(out.body), MessageAttributes: out.attributes,
		}})
	}
	return append(batches, batch), nil
}

// send sends one batch, and again what SQS failed to take by its own fault.
func (p *Publisher) send(ctx context.Context, topic, url string, batch []entry) error {
	for attempt := 1; ; attempt++ {
		left, err := p.sendOnce(ctx, topic, url, batch)
		if len(left) == 0 || attempt == sendAttempts {
			return err
		}
		if err := pause.For(ctx, sendPause<<(attempt-1)); err != nil {
			return fmt.Errorf("send to %s: %w", topic, err)
		}
		batch = left
	}
}

// sendOnce returns the entries worth another attempt. An error without any is final.
func (p *Publisher) sendOnce(ctx context.Context, topic, url string, batch []entry) ([]entry, error) {
	requests := make([]types.SendMessageBatchRequestEntry, len(batch))
	for i, e := range batch {
		requests[i] = e.request
	}
	out, err := p.api.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{QueueUrl: aws.String(url), Entries: requests})
	if err != nil {
		return nil, fmt.Errorf("send to %s: %w", topic, err)
	}
	left, refused := unsent(batch, out)
	if len(refused) == 0 {
		return left, nil
	}
	return left, &SendError{Topic: topic, Failed: refused}
}

// unsent is what of a batch was not taken: by UUID with SQS's code, and the entries themselves when none of them was
// refused for what it is. An entry that SQS says nothing about was not taken.
func unsent(batch []entry, out *sqs.SendMessageBatchOutput) (left []entry, refused map[string]string) {
	taken := make(map[string]bool, len(batch))
	for _, ok := range out.Successful {
		taken[aws.ToString(ok.Id)] = true
	}
	failures := make(map[string]types.BatchResultErrorEntry, len(out.Failed))
	for _, f := range out.Failed {
		failures[aws.ToString(f.Id)] = f
	}
	refused = make(map[string]string)
	hopeless := false
	for _, e := range batch {
		id := aws.ToString(e.request.Id)
		if taken[id] {
			continue
		}
		left = append(left, e)
		refused[e.uuid] = aws.ToString(failures[id].Code)
		hopeless = hopeless || failures[id].SenderFault
	}
	if hopeless {
		return nil, refused
	}
	return left, refused
}
