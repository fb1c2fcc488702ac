package sqscontract

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/aws/smithy-go"
)

const patience = 30 * time.Second

func (s *server) send(url, body string) *sqs.SendMessageOutput {
	s.Helper()
	out, err := s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: &body})
	s.ok(err)
	return out
}

// receive asks for everything there is to know about up to ten messages, waiting for at most a second.
func (s *server) receive(url string) []types.Message {
	s.Helper()
	out, err := s.sqs.ReceiveMessage(s.Context(), &sqs.ReceiveMessageInput{
		QueueUrl:                    &url,
		MaxNumberOfMessages:         10,
		WaitTimeSeconds:             1,
		MessageAttributeNames:       []string{"All"},
		MessageSystemAttributeNames: []types.MessageSystemAttributeName{types.MessageSystemAttributeNameAll},
	})
	s.ok(err)
	return out.Messages
}

// await receives until there are n messages.
func (s *server) await(url string, n int) []types.Message {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	var got []types.Message
	for len(got) < n {
		got = append(got, s.receive(url)...)
		if ctx.Err() != nil {
			s.Fatalf("%d of %d messages within %v", len(got), n, patience)
		}
	}
	return got
}

func (s *server) attributes(url string, names ...types.QueueAttributeName) map[string]string {
	s.Helper()
	out, err := s.sqs.GetQueueAttributes(s.Context(), &sqs.GetQueueAttributesInput{QueueUrl: &url, AttributeNames: names})
	s.ok(err)
	return out.Attributes
}

func (s *server) arn(url string) string {
	s.Helper()
	return s.attributes(url, types.QueueAttributeNameQueueArn)["QueueArn"]
}

func (s *server) hide(url string, m types.Message, seconds int32) error {
	_, err := s.sqs.ChangeMessageVisibility(s.Context(), &sqs.ChangeMessageVisibilityInput{
		QueueUrl: &url, ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: seconds,
	})
	return err
}

func (s *server) remove(url string, m types.Message) {
	s.Helper()
	_, err := s.sqs.DeleteMessage(s.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: m.ReceiptHandle})
	s.ok(err)
}

// eventually polls, since SQS takes its time over counts and configuration.
func (s *server) eventually(what string, holds func() bool) {
	s.Helper()
	ctx, cancel := context.WithTimeout(s.Context(), patience)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			s.Fatalf("not within %v: %s", patience, what)
		}
	}
}

// code is what an application switches on.
func code(err error) string {
	if api, is := errors.AsType[smithy.APIError](err); is {
		return api.ErrorCode()
	}
	return ""
}

func (s *server) wantCode(err error, want string) {
	s.Helper()
	if got := code(err); got != want {
		s.Errorf("code %q (%v), want %q", got, err, want)
	}
}

func wantAs[E error](s *server, err error) {
	s.Helper()
	if want, is := errors.AsType[E](err); !is {
		s.Errorf("%v is not a %T", err, want)
	}
}

func text(value string) types.MessageAttributeValue {
	return types.MessageAttributeValue{DataType: aws.String("String"), StringValue: &value}
}
