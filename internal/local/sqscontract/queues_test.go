package sqscontract

import (
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

func TestCreateQueueIsIdempotent(t *testing.T) {
	each(t, func(s *server) {
		in := &sqs.CreateQueueInput{
			QueueName:  aws.String(s.queueName()),
			Attributes: map[string]string{"VisibilityTimeout": "60"},
		}
		first, err := s.sqs.CreateQueue(s.Context(), in)
		s.ok(err)
		s.deleteAfter(*first.QueueUrl)
		second, err := s.sqs.CreateQueue(s.Context(), in)
		s.ok(err)
		if *first.QueueUrl != *second.QueueUrl {
			s.Errorf("two URLs: %s and %s", *first.QueueUrl, *second.QueueUrl)
		}
		in.Attributes["VisibilityTimeout"] = "61"
		_, err = s.sqs.CreateQueue(s.Context(), in)
		wantAs[*types.QueueNameExists](s, err)
		s.wantCode(err, "QueueAlreadyExists")
		found, err := s.sqs.GetQueueUrl(s.Context(), &sqs.GetQueueUrlInput{QueueName: in.QueueName})
		s.ok(err)
		if *found.QueueUrl != *first.QueueUrl {
			s.Errorf("GetQueueUrl says %s, CreateQueue said %s", *found.QueueUrl, *first.QueueUrl)
		}
	})
}

func TestUnknownQueue(t *testing.T) {
	each(t, func(s *server) {
		_, err := s.sqs.GetQueueUrl(s.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(s.queueName())})
		wantAs[*types.QueueDoesNotExist](s, err)
		s.wantCode(err, "AWS.SimpleQueueService.NonExistentQueue")
		gone := s.queue(nil) + "-not"
		_, err = s.sqs.SendMessage(s.Context(), &sqs.SendMessageInput{QueueUrl: &gone, MessageBody: aws.String("x")})
		wantAs[*types.QueueDoesNotExist](s, err)
		_, err = s.sqs.ReceiveMessage(s.Context(), &sqs.ReceiveMessageInput{QueueUrl: &gone})
		wantAs[*types.QueueDoesNotExist](s, err)
		_, err = s.sqs.PurgeQueue(s.Context(), &sqs.PurgeQueueInput{QueueUrl: &gone})
		wantAs[*types.QueueDoesNotExist](s, err)
	})
}

func TestBadQueueNames(t *testing.T) {
	each(t, func(s *server) {
		for _, name := range []string{"with space", "slash/name", strings.Repeat("n", 81), "ñandú"} {
			_, err := s.sqs.CreateQueue(s.Context(), &sqs.CreateQueueInput{QueueName: &name})
			s.wantCode(err, "InvalidParameterValue")
		}
	})
}

func TestQueueAttributes(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(map[string]string{"VisibilityTimeout": "45", "ReceiveMessageWaitTimeSeconds": "3"})
		set := func(attributes map[string]string) error {
			_, err := s.sqs.SetQueueAttributes(s.Context(), &sqs.SetQueueAttributesInput{QueueUrl: &url, Attributes: attributes})
			return err
		}
		s.ok(set(map[string]string{"MessageRetentionPeriod": "3600", "DelaySeconds": "2"}))
		for name, want := range map[string]string{
			"VisibilityTimeout": "45", "ReceiveMessageWaitTimeSeconds": "3",
			"MessageRetentionPeriod": "3600", "DelaySeconds": "2",
			"ApproximateNumberOfMessages": "0", "ApproximateNumberOfMessagesNotVisible": "0",
			"ApproximateNumberOfMessagesDelayed": "0",
		} {
			s.eventually(name+" is "+want, func() bool {
				return s.attributes(url, types.QueueAttributeNameAll)[name] == want
			})
		}
		arn := s.arn(url)
		if !strings.HasPrefix(arn, "arn:aws:sqs:") || !strings.HasSuffix(arn, url[strings.LastIndex(url, "/")+1:]) {
			s.Errorf("ARN %s of %s", arn, url)
		}
		s.exceptMoto("it takes unknown attributes and values out of range")
		s.wantCode(set(map[string]string{"NoSuchThing": "1"}), "InvalidAttributeName")
		for name, bad := range map[string]string{"VisibilityTimeout": "43201", "DelaySeconds": "-1", "MaximumMessageSize": "1"} {
			s.wantCode(set(map[string]string{name: bad}), "InvalidAttributeValue")
		}
	})
}

func TestListQueuesPagesByPrefix(t *testing.T) {
	each(t, func(s *server) {
		prefix := s.queueName()
		var want []string
		for _, suffix := range []string{"-a", "-b", "-c"} {
			out, err := s.sqs.CreateQueue(s.Context(), &sqs.CreateQueueInput{QueueName: aws.String(prefix + suffix)})
			s.ok(err)
			s.deleteAfter(*out.QueueUrl)
			want = append(want, *out.QueueUrl)
		}
		s.eventually("all queues listed over pages", func() bool {
			var got []string
			pages := sqs.NewListQueuesPaginator(s.sqs, &sqs.ListQueuesInput{
				QueueNamePrefix: &prefix, MaxResults: aws.Int32(2),
			})
			for pages.HasMorePages() {
				page, err := pages.NextPage(s.Context())
				s.ok(err)
				got = append(got, page.QueueUrls...)
			}
			slices.Sort(got)
			return slices.Equal(got, want)
		})
	})
}

func TestDeletedQueueIsGone(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(nil)
		_, err := s.sqs.DeleteQueue(s.Context(), &sqs.DeleteQueueInput{QueueUrl: &url})
		s.ok(err)
		s.eventually("the queue is gone", func() bool {
			_, err := s.sqs.GetQueueAttributes(s.Context(), &sqs.GetQueueAttributesInput{
				QueueUrl: &url, AttributeNames: []types.QueueAttributeName{"All"},
			})
			return code(err) == "AWS.SimpleQueueService.NonExistentQueue"
		})
	})
}

func TestPurge(t *testing.T) {
	each(t, func(s *server) {
		url := s.queue(map[string]string{"VisibilityTimeout": "1"})
		for range 3 {
			s.send(url, "x")
		}
		if len(s.receive(url)) == 0 { // one or more are in flight; those go as well
			s.Fatal("nothing received")
		}
		_, err := s.sqs.PurgeQueue(s.Context(), &sqs.PurgeQueueInput{QueueUrl: &url})
		s.ok(err)
		s.eventually("nothing comes any more", func() bool { return len(s.receive(url)) == 0 })
		s.send(url, "after")
		if got := s.await(url, 1); *got[0].Body != "after" {
			s.Errorf("got %q", *got[0].Body)
		}
	})
}
