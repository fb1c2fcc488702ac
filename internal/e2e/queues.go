package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
)

// Queues are a contest's, seen by their operator.
type Queues struct {
	t   testing.TB
	api *sqs.Client
}

// NewQueues finds the queues from an environment.
func NewQueues(t testing.TB, env []string) *Queues {
	t.Helper()
	key := credentials.NewStaticCredentialsProvider(Lookup(t, env, "AWS_ACCESS_KEY_ID"), Lookup(t, env, "AWS_SECRET_ACCESS_KEY"), "")
	return &Queues{t: t, api: sqs.New(sqs.Options{
		Region: Lookup(t, env, "AWS_REGION"), BaseEndpoint: aws.String(Lookup(t, env, "AWS_ENDPOINT_URL_SQS")), Credentials: key,
	})}
}

// Purge empties every queue and returns how many there are.
func (q *Queues) Purge() int {
	q.t.Helper()
	list, err := q.api.ListQueues(q.t.Context(), &sqs.ListQueuesInput{})
	if err != nil {
		q.t.Fatal(err)
	}
	for _, url := range list.QueueUrls {
		if _, err := q.api.PurgeQueue(q.t.Context(), &sqs.PurgeQueueInput{QueueUrl: aws.String(url)}); err != nil {
			q.t.Fatal(err)
		}
	}
	return len(list.QueueUrls)
}

// Attributes are what SQS says of a queue.
func (q *Queues) Attributes(name string) map[string]string {
	q.t.Helper()
	found, err := q.api.GetQueueUrl(q.t.Context(), &sqs.GetQueueUrlInput{QueueName: aws.String(name)})
	if err != nil {
		q.t.Fatal(err)
	}
	out, err := q.api.GetQueueAttributes(q.t.Context(), &sqs.GetQueueAttributesInput{
		QueueUrl: found.QueueUrl, AttributeNames: []types.QueueAttributeName{types.QueueAttributeNameAll},
	})
	if err != nil {
		q.t.Fatal(err)
	}
	return out.Attributes
}
