package sqscontract

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ThreeDotsLabs/watermill"
	wsqs "github.com/ThreeDotsLabs/watermill-aws/sqs"
	"github.com/ThreeDotsLabs/watermill/message"
	"github.com/aws/aws-sdk-go-v2/aws"
	awssqs "github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// conveyor is Watermill's publisher and subscriber on a queue that they make themselves.
func (s *server) conveyor(visibility string) (topic string, pub *wsqs.Publisher, messages <-chan *message.Message) {
	s.Helper()
	topic = s.queueName()
	attributes := wsqs.QueueConfigAttributes{VisibilityTimeout: visibility}
	pub, err := wsqs.NewPublisher(wsqs.PublisherConfig{AWSConfig: s.cfg, CreateQueueConfig: attributes}, watermill.NopLogger{})
	s.ok(err)
	sub, err := wsqs.NewSubscriber(wsqs.SubscriberConfig{
		AWSConfig:             s.cfg,
		QueueConfigAttributes: attributes,
		GenerateReceiveMessageInput: func(_ context.Context, url wsqs.QueueURL) (*awssqs.ReceiveMessageInput, error) {
			return &awssqs.ReceiveMessageInput{
				QueueUrl: aws.String(string(url)), MaxNumberOfMessages: 10, WaitTimeSeconds: 1,
				MessageAttributeNames: []string{"All"},
			}, nil
		},
	}, watermill.NopLogger{})
	s.ok(err)
	s.Cleanup(func() {
		closed := make(chan error, 1)
		go func() { closed <- sub.Close() }()
		select {
		case err := <-closed:
			if err != nil {
				s.Errorf("close subscriber: %v", err)
			}
		case <-time.After(patience):
			s.Error("the subscriber does not close")
		}
	})
	s.ok(sub.SubscribeInitialize(topic))
	url, err := sub.GetQueueUrl(s.Context(), topic)
	s.ok(err)
	s.deleteAfter(string(*url))
	messages, err = sub.Subscribe(s.Context(), topic)
	s.ok(err)
	return topic, pub, messages
}

func (s *server) next(messages <-chan *message.Message) *message.Message {
	s.Helper()
	select {
	case m := <-messages:
		return m
	case <-time.After(patience):
		s.Fatalf("no message within %v", patience)
		return nil
	}
}

func TestWatermillDeliversAndDeletes(t *testing.T) {
	each(t, func(s *server) {
		topic, pub, messages := s.conveyor("600")
		const n = 25
		sent := map[string]string{}
		for i := range n {
			m := message.NewMessage(watermill.NewUUID(), fmt.Appendf(nil, `{"n":%d}`, i))
			m.Metadata.Set("traceparent", fmt.Sprint("00-", i))
			sent[m.UUID] = string(m.Payload)
			s.ok(pub.Publish(topic, m))
		}
		for len(sent) > 0 {
			m := s.next(messages)
			if want, expected := sent[m.UUID]; expected && (string(m.Payload) != want || m.Metadata.Get("traceparent") == "") {
				s.Errorf("%s: payload %s, metadata %v", m.UUID, m.Payload, m.Metadata)
			}
			delete(sent, m.UUID)
			m.Ack()
		}
		s.eventually("every acknowledged message is deleted", func() bool {
			out, err := s.sqs.GetQueueUrl(s.Context(), &awssqs.GetQueueUrlInput{QueueName: &topic})
			s.ok(err)
			got := s.attributes(*out.QueueUrl, types.QueueAttributeNameAll)
			return got["ApproximateNumberOfMessages"] == "0" && got["ApproximateNumberOfMessagesNotVisible"] == "0"
		})
	})
}

func TestWatermillNackComesBackAfterTheTimeout(t *testing.T) {
	each(t, func(s *server) {
		topic, pub, messages := s.conveyor("1")
		s.ok(pub.Publish(topic, message.NewMessage("the-id", []byte("job"))))
		first := s.next(messages)
		first.Nack()
		second := s.next(messages)
		second.Ack()
		if first.UUID != "the-id" || second.UUID != "the-id" {
			s.Errorf("ids %s and %s", first.UUID, second.UUID)
		}
	})
}
