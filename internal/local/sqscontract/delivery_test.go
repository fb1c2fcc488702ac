package sqscontract

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func TestAMessageInFlightIsHidden(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(map[string]string{"VisibilityTimeout": "600"})
		s.send(url, "job")
		first := s.await(url, 1)[0]
		if got := s.receive(url); len(got) != 0 {
			s.Fatal("received twice at once")
		}
		if got := s.attributes(url, "All"); got["ApproximateNumberOfMessagesNotVisible"] != "1" && s.name != amazon {
			s.Errorf("not visible: %s, want 1", got["ApproximateNumberOfMessagesNotVisible"])
		}
		s.remove(url, first)
		s.remove(url, first) // twice is once
	})
}

func TestAMessageInFlightComesBack(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(map[string]string{"VisibilityTimeout": "2"})
		s.send(url, "job")
		first := s.await(url, 1)[0]
		again := s.await(url, 1)[0]
		if *again.MessageId != *first.MessageId || *again.ReceiptHandle == *first.ReceiptHandle {
			s.Error("want the same message with another handle")
		}
		if again.Attributes["ApproximateReceiveCount"] != "2" {
			s.Errorf("receive count %s, want 2", again.Attributes["ApproximateReceiveCount"])
		}
	})
}

func TestChangeVisibility(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(map[string]string{"VisibilityTimeout": "4"})
		s.send(url, "job")
		m := s.await(url, 1)[0]
		s.ok(s.hide(url, m, 600))
		for range 6 { // longer than the queue's own timeout
			if len(s.receive(url)) != 0 {
				s.Fatal("a renewed message showed")
			}
		}
		s.ok(s.hide(url, m, 0))
		m = s.await(url, 1)[0]
		s.wantCode(s.hide(url, m, 43_201), "InvalidParameterValue")
		s.remove(url, m)
		err := s.hide(url, m, 10)
		s.exceptMoto("it says ReceiptHandleIsInvalid here")
		s.wantCode(err, "InvalidParameterValue")
	})
}

func TestBadReceiptHandles(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		for _, bad := range []string{"x", "AQEB/+==", "null"} {
			_, err := s.sqs.DeleteMessage(s.Context(), &sqs.DeleteMessageInput{QueueUrl: &url, ReceiptHandle: &bad})
			wantAs[*types.ReceiptHandleIsInvalid](s, err)
			err = s.hide(url, types.Message{ReceiptHandle: &bad}, 10)
			wantAs[*types.ReceiptHandleIsInvalid](s, err)
		}
	})
}

func TestReceiveArgumentsOutOfRange(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		for _, in := range []sqs.ReceiveMessageInput{
			{MaxNumberOfMessages: 11},
			{MaxNumberOfMessages: -1},
			{WaitTimeSeconds: 21},
			{WaitTimeSeconds: -1},
			{VisibilityTimeout: 43_201},
		} {
			in.QueueUrl = &url
			if _, err := s.sqs.ReceiveMessage(s.Context(), &in); code(err) != "InvalidParameterValue" {
				s.Errorf("%+v: %v, want InvalidParameterValue", in, err)
			}
		}
	})
}

func TestALongPollEndsWhenAMessageComes(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(map[string]string{"ReceiveMessageWaitTimeSeconds": "20"})
		type result struct {
			out *sqs.ReceiveMessageOutput
			err error
		}
		polled := make(chan result, 1)
		began := time.Now()
		go func() {
			out, err := s.sqs.ReceiveMessage(s.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url})
			polled <- result{out, err}
		}()
		s.send(url, "hello")
		r := <-polled
		s.ok(r.err)
		if len(r.out.Messages) != 1 || time.Since(began) > 15*time.Second {
			s.Errorf("%d messages after %v", len(r.out.Messages), time.Since(began))
		}
	})
}

func TestAnEmptyLongPollWaits(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		began := time.Now()
		out, err := s.sqs.ReceiveMessage(s.Context(), &sqs.ReceiveMessageInput{QueueUrl: &url, WaitTimeSeconds: 2})
		s.ok(err)
		if took := time.Since(began); len(out.Messages) != 0 || took < 1900*time.Millisecond {
			s.Errorf("%d messages after %v", len(out.Messages), took)
		}
	})
}

func TestADelayedMessageShowsLater(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		sent := time.Now()
		_, err := s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{QueueUrl: &url, MessageBody: aws.String("x"), DelaySeconds: 2})
		s.ok(err)
		s.await(url, 1)
		if took := time.Since(sent); took < 1900*time.Millisecond {
			s.Errorf("came after %v", took)
		}
	})
}

// deadLetters makes a queue that gives up after two receives, and its dead-letter queue.
func (s *server) deadLetters() (url, dead string) {
	dead = s.queue(nil)
	policy, err := json.Marshal(map[string]string{"deadLetterTargetArn": s.arn(dead), "maxReceiveCount": "2"})
	s.ok(err)
	return s.queue(map[string]string{"VisibilityTimeout": "0", "RedrivePolicy": string(policy)}), dead
}

func TestAFailingMessageGoesToTheDeadLetterQueue(t *testing.T) {
	each(t, func(s *server) {
		url, dead := s.deadLetters()
		sent := s.send(url, "poison")
		for range 2 {
			s.await(url, 1)
		}
		if got := s.receive(url); len(got) != 0 {
			s.Fatal("received more often than maxReceiveCount")
		}
		m := s.await(dead, 1)[0]
		if *m.Body != "poison" || *m.MessageId != *sent.MessageId {
			s.Errorf("in the dead-letter queue: %+v", m)
		}
		if got := m.Attributes["DeadLetterQueueSourceArn"]; got != s.arn(url) && s.name != moto { // which has none
			s.Errorf("DeadLetterQueueSourceArn %q, want %q", got, s.arn(url))
		}
		var policy struct {
			Target string      `json:"deadLetterTargetArn"`
			Count  json.Number `json:"maxReceiveCount"`
		}
		s.ok(json.Unmarshal([]byte(s.attributes(url, "RedrivePolicy")["RedrivePolicy"]), &policy))
		if policy.Target != s.arn(dead) || policy.Count != "2" {
			s.Errorf("policy %+v", policy)
		}
		out, err := s.sqs.ListDeadLetterSourceQueues(s.Context(), &sqs.ListDeadLetterSourceQueuesInput{QueueUrl: &dead})
		s.ok(err)
		if len(out.QueueUrls) != 1 || out.QueueUrls[0] != url {
			s.Errorf("sources %v, want %s", out.QueueUrls, url)
		}
	})
}

func TestRedrivePolicyNeedsItsQueue(t *testing.T) {
	each(t, func(s *server) {
		s.exceptMoto("it answers 500 to a policy that it cannot use")
		url := s.queue(nil)
		for _, policy := range []string{
			`{"deadLetterTargetArn":"` + s.arn(url) + `-none","maxReceiveCount":3}`, `{"deadLetterTargetArn"`,
		} {
			_, err := s.sqs.SetQueueAttributes(s.Context(), &sqs.SetQueueAttributesInput{
				QueueUrl: &url, Attributes: map[string]string{"RedrivePolicy": policy},
			})
			s.wantCode(err, "InvalidParameterValue")
		}
	})
}

func TestRedriveBringsMessagesBack(t *testing.T) {
	each(t, func(s *server) {
		s.exceptMoto("it answers 500 to StartMessageMoveTask")
		url, dead := s.deadLetters()
		_, err := s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{
			QueueUrl: &url, MessageBody: aws.String("job"),
			MessageAttributes: map[string]types.MessageAttributeValue{"a": text("b")},
		})
		s.ok(err)
		for range 2 {
			s.await(url, 1)
		}
		s.eventually("the message is in the dead-letter queue", func() bool {
			s.receive(url)
			return s.attributes(dead, "All")["ApproximateNumberOfMessages"] == "1"
		})
		source := s.arn(dead)
		_, err = s.sqs.StartMessageMoveTask(s.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &source})
		s.ok(err)
		m := s.await(url, 1)[0]
		if *m.Body != "job" || m.Attributes["ApproximateReceiveCount"] != "1" || len(m.MessageAttributes) != 1 {
			s.Errorf("redriven: %+v", m)
		}
		s.eventually("the task is done", func() bool {
			out, err := s.sqs.ListMessageMoveTasks(s.Context(), &sqs.ListMessageMoveTasksInput{SourceArn: &source})
			s.ok(err)
			return len(out.Results) == 1 && *out.Results[0].Status == "COMPLETED" && out.Results[0].ApproximateNumberOfMessagesMoved == 1
		})
		none := source + "-none"
		_, err = s.sqs.StartMessageMoveTask(s.Context(), &sqs.StartMessageMoveTaskInput{SourceArn: &none})
		wantAs[*types.ResourceNotFoundException](s, err)
	})
}
