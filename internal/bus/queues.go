package bus

import (
	"context"
	"fmt"
	"sync"

	wmsqs "github.com/ThreeDotsLabs/watermill-aws/sqs"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

// The topics. A topic's queue is the prefix and the topic; its dead-letter queue ends in "-dlq".
const (
	Transcode = "transcode" // jobs: one message for each submitted video
	Ranking   = "ranking"   // doorbells
	Dashboard = "dashboard" // doorbells
)

// Topics are all topics, jobs first.
func Topics() []string { return []string{Transcode, Ranking, Dashboard} }

// DeadLetter is the topic of the messages that a topic's consumers gave up on.
func DeadLetter(topic string) string { return topic + "-dlq" }

// MaxReceives is how often a message is received before SQS moves it to the dead-letter queue.
const MaxReceives = 5

// queues finds the URL of a topic's queue, once.
type queues struct {
	api    *sqs.Client
	prefix string

	mu   sync.Mutex
	urls map[string]string
}

func (q *queues) name(topic string) string { return q.prefix + topic }

func (q *queues) url(ctx context.Context, topic string) (string, error) {
	q.mu.Lock()
	url := q.urls[topic]
	q.mu.Unlock()
	if url != "" {
		return url, nil
	}
	out, err := q.api.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(q.name(topic))})
	if err != nil {
		return "", fmt.Errorf("find queue %s: %w", q.name(topic), err)
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.urls[topic] = aws.ToString(out.QueueUrl)
	return q.urls[topic], nil
}

// ResolveQueueUrl is what Watermill's subscriber asks.
func (q *queues) ResolveQueueUrl( //nolint:revive // Watermill's name
	ctx context.Context, p wmsqs.ResolveQueueUrlParams,
) (wmsqs.QueueUrlResolverResult, error) {
	url, err := q.url(ctx, p.Topic)
	if err != nil {
		return wmsqs.QueueUrlResolverResult{}, err
	}
	found := wmsqs.QueueURL(url)
	return wmsqs.QueueUrlResolverResult{
		QueueName: wmsqs.QueueName(q.name(p.Topic)), QueueURL: &found, Exists: aws.Bool(true),
	}, nil
}
