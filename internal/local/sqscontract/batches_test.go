package sqscontract

import (
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func entries(n int, body func(i int) string) []types.SendMessageBatchRequestEntry {
	out := make([]types.SendMessageBatchRequestEntry, n)
	for i := range out {
		out[i] = types.SendMessageBatchRequestEntry{Id: aws.String(fmt.Sprint("e", i)), MessageBody: aws.String(body(i))}
	}
	return out
}

func same(body string) func(int) string { return func(int) string { return body } }

func TestSendReceiveDeleteInBatches(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		in := entries(10, func(i int) string { return fmt.Sprint("body ", i) })
		in[3].MessageAttributes = map[string]types.MessageAttributeValue{"a": text("b")}
		sent, err := s.sqs.SendMessageBatch(s.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: in})
		s.ok(err)
		if len(sent.Successful) != 10 || len(sent.Failed) != 0 {
			s.Fatalf("%d sent, %d failed", len(sent.Successful), len(sent.Failed))
		}
		seen := map[string]bool{}
		var del []types.DeleteMessageBatchRequestEntry
		for i, m := range s.await(url, 10) {
			seen[*m.Body] = true
			if *m.Body == "body 3" && len(m.MessageAttributes) != 1 {
				s.Errorf("attributes of %s: %v", *m.Body, m.MessageAttributes)
			}
			del = append(del, types.DeleteMessageBatchRequestEntry{Id: aws.String(fmt.Sprint("d", i)), ReceiptHandle: m.ReceiptHandle})
		}
		if len(seen) != 10 {
			s.Errorf("%d different bodies", len(seen))
		}
		del[0].ReceiptHandle = aws.String("not a handle")
		out, err := s.sqs.DeleteMessageBatch(s.Context(), &sqs.DeleteMessageBatchInput{QueueUrl: &url, Entries: del})
		s.ok(err)
		if len(out.Successful) != 9 || len(out.Failed) != 1 || *out.Failed[0].Id != "d0" ||
			*out.Failed[0].Code != "ReceiptHandleIsInvalid" || !out.Failed[0].SenderFault {
			s.Errorf("%d deleted, failed %+v", len(out.Successful), out.Failed)
		}
	})
}

func TestOneBadEntryFailsAlone(t *testing.T) {
	each(t, func(s *server) {
		s.exceptMoto("it takes any character")
		url := s.queue(nil)
		in := entries(3, same("good"))
		in[1].MessageBody = aws.String("\x01")
		out, err := s.sqs.SendMessageBatch(s.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: in})
		s.ok(err)
		if len(out.Successful) != 2 || len(out.Failed) != 1 || *out.Failed[0].Id != "e1" ||
			*out.Failed[0].Code != "InvalidMessageContents" || !out.Failed[0].SenderFault {
			s.Errorf("%d sent, failed %+v", len(out.Successful), out.Failed)
		}
		if got := s.await(url, 2); len(got) != 2 {
			s.Errorf("%d arrived", len(got))
		}
	})
}

func TestRefusedBatches(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		twice := entries(2, same("x"))
		twice[1].Id = twice[0].Id
		badID := entries(1, same("x"))
		badID[0].Id = aws.String("a b")
		send := func(in []types.SendMessageBatchRequestEntry) error {
			_, err := s.sqs.SendMessageBatch(s.Context(), &sqs.SendMessageBatchInput{QueueUrl: &url, Entries: in})
			return err
		}
		err := send([]types.SendMessageBatchRequestEntry{})
		wantAs[*types.EmptyBatchRequest](s, err)
		err = send(entries(11, same("x")))
		wantAs[*types.TooManyEntriesInBatchRequest](s, err)
		s.wantCode(err, "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
		err = send(twice)
		wantAs[*types.BatchEntryIdsNotDistinct](s, err)
		err = send(badID)
		wantAs[*types.InvalidBatchEntryId](s, err)
		err = send(entries(10, same(strings.Repeat("x", 1<<20/10+1))))
		wantAs[*types.BatchRequestTooLong](s, err)
		if got := s.receive(url); len(got) != 0 {
			s.Errorf("%d messages of refused batches arrived", len(got))
		}
	})
}

func TestChangeVisibilityInABatch(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(map[string]string{"VisibilityTimeout": "600"})
		s.send(url, "a")
		s.send(url, "b")
		var in []types.ChangeMessageVisibilityBatchRequestEntry
		for i, m := range s.await(url, 2) {
			in = append(in, types.ChangeMessageVisibilityBatchRequestEntry{
				Id: aws.String(fmt.Sprint("c", i)), ReceiptHandle: m.ReceiptHandle, VisibilityTimeout: 0,
			})
		}
		out, err := s.sqs.ChangeMessageVisibilityBatch(s.Context(), &sqs.ChangeMessageVisibilityBatchInput{QueueUrl: &url, Entries: in})
		s.ok(err)
		if len(out.Successful) != 2 {
			s.Fatalf("%d changed, failed %+v", len(out.Successful), out.Failed)
		}
		s.await(url, 2)
	})
}
