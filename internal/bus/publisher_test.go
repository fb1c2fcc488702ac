package bus

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// taker is an SQS that notes what it is sent and refuses what it is told to.
type taker struct {
	requests []*sqs.SendMessageBatchInput
	bodies   []string // taken, in order
	answer   func(request int, body string) *types.BatchResultErrorEntry
	mute     map[string]bool // bodies that it takes no notice of
}

func (k *taker) SendMessageBatch(
	_ context.Context, in *sqs.SendMessageBatchInput, _ ...func(*sqs.Options),
) (*sqs.SendMessageBatchOutput, error) {
	k.requests = append(k.requests, in)
	out := &sqs.SendMessageBatchOutput{}
	for _, e := range in.Entries {
		if k.mute[*e.MessageBody] {
			continue
		}
		if k.answer != nil {
			if failed := k.answer(len(k.requests), *e.MessageBody); failed != nil {
				failed.Id = e.Id
				out.Failed = append(out.Failed, *failed)
				continue
			}
		}
		k.bodies = append(k.bodies, *e.MessageBody)
		out.Successful = append(out.Successful, types.SendMessageBatchResultEntry{Id: e.Id})
	}
	return out, nil
}

func (k *taker) publisher() *Publisher {
	return &Publisher{api: k, find: func(_ context.Context, topic string) (string, error) { return topic, nil }}
}

func numbered(n int) []*message.Message {
	messages := make([]*message.Message, n)
	for i := range messages {
		messages[i] = message.NewMessage(fmt.Sprintf("id-%d", i), fmt.Appendf(nil, "body-%d", i))
	}
	return messages
}

func TestPublishKeepsOrderAndLimits(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.OneOf(rapid.IntRange(1, 100), rapid.IntRange(1, maxBytes-100)), 1, 40).Draw(t, "sizes")
		var messages []*message.Message
		var want []string
		for i, size := range sizes {
			body := fmt.Sprintf("%d", i) + strings.Repeat("x", size-1)
			want = append(want, body)
			msg := message.NewMessage(fmt.Sprint(i), message.Payload(body))
			msg.Metadata.Set("empty", "")
			messages = append(messages, msg)
		}
		k := &taker{}
		if err := k.publisher().Publish("topic", messages...); err != nil {
			t.Fatal(err)
		}
		if !cmp.Equal(want, k.bodies) {
			t.Fatal("messages lost, doubled or out of order")
		}
		for _, r := range k.requests {
			checkLimits(t, r)
		}
	})
}

func checkLimits(t *rapid.T, r *sqs.SendMessageBatchInput) {
	if n := len(r.Entries); n < 1 || n > 10 {
		t.Fatalf("batch of %d", n)
	}
	total := 0
	ids := map[string]bool{}
	for _, e := range r.Entries {
		ids[*e.Id] = true
		total += len(*e.MessageBody)
		for name, value := range e.MessageAttributes {
			total += len(name) + len(*value.DataType) + len(*value.StringValue)
			if *value.StringValue == "" {
				t.Fatalf("attribute %s is empty", name)
			}
		}
	}
	if total > 262144 || len(ids) != len(r.Entries) {
		t.Fatalf("%d bytes, %d ids for %d entries", total, len(ids), len(r.Entries))
	}
}

func TestPublishSendsAgainWhatWasRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		k := &taker{answer: func(request int, body string) *types.BatchResultErrorEntry {
			if request < 3 && (body == "body-1" || body == "body-3") {
				return &types.BatchResultErrorEntry{Code: aws.String("InternalError")}
			}
			return nil
		}}
		if err := k.publisher().Publish("topic", numbered(4)...); err != nil {
			t.Fatal(err)
		}
		want := []string{"body-0", "body-2", "body-1", "body-3"}
		if diff := cmp.Diff(want, k.bodies); diff != "" {
			t.Error(diff)
		}
		if len(k.requests) != 3 || len(k.requests[2].Entries) != 2 {
			t.Errorf("%d requests", len(k.requests))
		}
	})
}

func TestPublishReportsWhatStaysRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		k        *taker
		code     string
		requests int
	}{
		"by its own fault": {&taker{answer: refuse("InternalError", false)}, "InternalError", sendAttempts},
		"by ours":          {&taker{answer: refuse("InvalidMessageContents", true)}, "InvalidMessageContents", 1},
		"without a word":   {&taker{mute: map[string]bool{"body-11": true}}, "", sendAttempts},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				err := tt.k.publisher().Publish("topic", numbered(30)...)
				refused, ok := errors.AsType[*SendError](err)
				if !ok {
					t.Fatalf("error %v", err)
				}
				if diff := cmp.Diff(map[string]string{"id-11": tt.code}, refused.Failed); diff != "" {
					t.Error(diff)
				}
				if got := len(tt.k.requests); got != 1+tt.requests { // the third batch is not tried
					t.Errorf("%d requests", got)
				}
			})
		})
	}
}

func refuse(code string, ours bool) func(int, string) *types.BatchResultErrorEntry {
	return func(_ int, body string) *types.BatchResultErrorEntry {
		if body != "body-11" {
			return nil
		}
		return &types.BatchResultErrorEntry{Code: aws.String(code), SenderFault: ours}
	}
}

func TestPublishSendsNothingWhenOneMessageCannotBeSent(t *testing.T) {
	t.Parallel()
	many := message.NewMessage("many", message.Payload("x"))
	for i := range 10 {
		many.Metadata.Set(fmt.Sprint("a", i), "v")
	}
	tests := map[string]struct {
		msg  *message.Message
		want error
	}{
		"too large":           {message.NewMessage("large", make(message.Payload, maxBytes)), ErrTooLarge},
		"too many attributes": {many, ErrTooManyAttributes},
		"empty":               {message.NewMessage("empty", nil), ErrEmpty},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			k := &taker{}
			if err := k.publisher().Publish("topic", append(numbered(12), tt.msg)...); !errors.Is(err, tt.want) {
				t.Errorf("error %v", err)
			}
			if len(k.requests) != 0 {
				t.Errorf("%d requests", len(k.requests))
			}
		})
	}
}

func TestPublishNothing(t *testing.T) {
	t.Parallel()
	k := &taker{}
	if err := k.publisher().Publish("topic"); err != nil || len(k.requests) != 0 {
		t.Errorf("error %v, %d requests", err, len(k.requests))
	}
}

func TestPublishEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		k := &taker{answer: func(int, string) *types.BatchResultErrorEntry {
			cancel()
			return &types.BatchResultErrorEntry{Code: aws.String("InternalError")}
		}}
		msg := numbered(1)[0]
		msg.SetContext(ctx)
		if err := k.publisher().Publish("topic", msg); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
	})
}
