package bus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// How long messages are kept. A doorbell is of no use once the next one has rung; a job is found again by the sweep.
const (
	jobRetention      = 4 * 24 * time.Hour
	doorbellRetention = time.Hour
	deadRetention     = 14 * 24 * time.Hour // the longest that SQS allows
	jobVisibility     = time.Minute         // of a receive that does not say; consumers say it
)

// redrive is SQS's redrive policy. It takes the count as a number and may answer with a string.
type redrive struct {
	Target      string      `json:"deadLetterTargetArn"`
	MaxReceives json.Number `json:"maxReceiveCount"`
}

// Provision makes every topic's queue and dead-letter queue and sets their attributes. What exists is kept, with its
// messages; attributes that differ are corrected. Running it again changes nothing.
func (b *Bus) Provision(ctx context.Context) error {
	for _, topic := range Topics() {
		dead, err := b.ensure(ctx, DeadLetter(topic), map[string]string{
			string(types.QueueAttributeNameMessageRetentionPeriod): wholeSeconds(deadRetention),
		})
		if err != nil {
			return err
		}
		policy, err := json.Marshal(redrive{Target: dead, MaxReceives: json.Number(strconv.Itoa(MaxReceives))})
		if err != nil {
			return fmt.Errorf("encode redrive policy of %s: %w", topic, err)
		}
		attributes := attributesOf(topic)
		attributes[string(types.QueueAttributeNameRedrivePolicy)] = string(policy)
		if _, err := b.ensure(ctx, topic, attributes); err != nil {
			return err
		}
	}
	return nil
}

func attributesOf(topic string) map[string]string {
	retention, visibility := doorbellRetention, doorbellVisibility
	if topic == Transcode {
		retention, visibility = jobRetention, jobVisibility
	}
	return map[string]string{
		string(types.QueueAttributeNameMessageRetentionPeriod):        wholeSeconds(retention),
		string(types.QueueAttributeNameVisibilityTimeout):             wholeSeconds(visibility),
		string(types.QueueAttributeNameReceiveMessageWaitTimeSeconds): wholeSeconds(longPoll),
	}
}

func wholeSeconds(d time.Duration) string { return strconv.Itoa(int(d / time.Second)) }

// ensure makes the topic's queue if there is none, corrects its attributes and returns its ARN.
func (b *Bus) ensure(ctx context.Context, topic string, want map[string]string) (string, error) {
	name := b.queues.name(topic)
	url, err := b.queues.url(ctx, topic)
	if _, missing := errors.AsType[*types.QueueDoesNotExist](err); missing {
		b.log.LogAttrs(ctx, slog.LevelInfo, "queue created", slog.String("queue", name))
		out, cerr := b.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String(name), Attributes: want})
		if cerr != nil {
			return "", fmt.Errorf("create queue %s: %w", name, cerr)
		}
		url, err = aws.ToString(out.QueueUrl), nil
	}
	if err != nil {
		return "", err
	}
	have, err := b.attributes(ctx, url, append(slices.Collect(maps.Keys(want)), string(types.QueueAttributeNameQueueArn)))
	if err != nil {
		return "", fmt.Errorf("read attributes of queue %s: %w", name, err)
	}
	if err := b.correct(ctx, name, url, drift(have, want)); err != nil {
		return "", err
	}
	return have[string(types.QueueAttributeNameQueueArn)], nil
}

func (b *Bus) attributes(ctx context.Context, url string, names []string) (map[string]string, error) {
	asked := make([]types.QueueAttributeName, len(names))
	for i, name := range names {
		asked[i] = types.QueueAttributeName(name)
	}
	out, err := b.sqs.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: aws.String(url), AttributeNames: asked})
	if err != nil {
		return nil, err
	}
	return out.Attributes, nil
}

// drift is what of want is not so.
func drift(have, want map[string]string) map[string]string {
	wrong := map[string]string{}
	for name, value := range want {
		if have[name] != value && (name != string(types.QueueAttributeNameRedrivePolicy) || !samePolicy(have[name], value)) {
			wrong[name] = value
		}
	}
	return wrong
}

func samePolicy(a, b string) bool {
	var x, y redrive
	if json.Unmarshal([]byte(a), &x) != nil || json.Unmarshal([]byte(b), &y) != nil {
		return false
	}
	return x == y
}

func (b *Bus) correct(ctx context.Context, name, url string, wrong map[string]string) error {
	if len(wrong) == 0 {
		return nil
	}
	_, err := b.sqs.SetQueueAttributes(ctx, &sqs.SetQueueAttributesInput{QueueUrl: aws.String(url), Attributes: wrong})
	if err != nil {
		return fmt.Errorf("set attributes of queue %s: %w", name, err)
	}
	b.log.LogAttrs(ctx, slog.LevelInfo, "queue attributes corrected",
		slog.String("queue", name), slog.Any("attributes", slices.Sorted(maps.Keys(wrong))))
	return nil
}
