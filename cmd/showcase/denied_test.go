package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	sqstypes "github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/rising-stars/showcase/deploy/cfn"
	"github.com/rising-stars/showcase/internal/e2e"
)

// withoutAStatement takes a needed statement from each role in turn, and requires that the contest cannot go on because of
// it: the role's own log says which action was denied. video is one to vote for.
func (m *moto) withoutAStatement(t *testing.T, d *e2e.Deployment, video string) {
	t.Helper()
	eva := d.API.Join(&e2e.Person{First: "Eva", Last: "Soto", Email: "eva@players.example", City: "Cali"})
	upload := func(title string) e2e.Answer {
		return d.API.Upload(eva.Token, e2e.VideoField(e2e.ClipBytes(t, 20)), e2e.TextField("title", title))
	}
	for _, c := range []struct {
		role, identity, statement, action string
		do                                func()
	}{
		{"api", "Web", "Originals", "PutObject", func() {
			if got := upload("Nada").Status; got < http.StatusInternalServerError {
				t.Errorf("an upload that cannot be stored is answered with %d", got)
			}
		}},
		{"relay", "Relay", "Send", "SendMessageBatch", func() {
			d.API.Do(e2e.Request{Method: "POST", Path: "/public/videos/" + video + "/vote", Token: eva.Token}).Want(http.StatusOK)
		}},
		{"project", "Relay", "Doorbells", "ReceiveMessage", func() {}},
		{"transcode", "Workers", "Originals", "GetObject", func() { upload("Quieto").Want(http.StatusCreated) }},
	} {
		m.relax()
		m.let(c.identity, c.statement)
		m.enforce()
		process := d.Role(c.role)
		before := len(process.Output())
		c.do()
		e2e.Eventually(t, c.role+" is denied "+c.action, func() bool {
			for line := range strings.Lines(process.Output()[before:]) {
				if denied(line) && strings.Contains(line, c.action) {
					return true
				}
			}
			return false
		})
		m.relax()
		m.let(c.identity, "")
		m.enforce()
	}
}

// denied says whether an error's text is a denial. What moto writes in XML a client of SQS reads as a status alone.
func denied(text string) bool {
	return strings.Contains(text, "AccessDenied") || strings.Contains(text, "StatusCode: 403")
}

// deviation is something in which moto is no AWS, and that the roles' trial therefore makes allowance for, or says nothing
// about.
type deviation struct {
	name   string
	policy string // what somebody may
	do     func(context.Context, clients) error
	aws    bool // whether AWS would let them
}

const probed = "arn:aws:sqs:" + cfn.Region + ":" + cfn.Account + ":" + queuePrefix + "ranking"

// deviations are all that are known. Each is tried: one that moto gives up must go from this list, and from what makes
// allowance for it.
var deviations = []deviation{
	{"moto does not see which queue GetQueueUrl asks for", statement("sqs:GetQueueUrl", probed, ""), func(ctx context.Context, c clients) error {
		_, err := c.sqs.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String(queuePrefix + "ranking")})
		return err
	}, true},
	{"moto takes SendMessageBatch for an action of its own", statement("sqs:SendMessage", probed, ""), func(ctx context.Context, c clients) error {
		_, err := c.sqs.SendMessageBatch(ctx, &sqs.SendMessageBatchInput{
			QueueUrl: aws.String(c.queues + "ranking"), Entries: []sqstypes.SendMessageBatchRequestEntry{{Id: aws.String("1"), MessageBody: aws.String("x")}},
		})
		return err
	}, true},
	{"moto decides about the removal of several objects for the bucket", statement("s3:DeleteObject", "arn:aws:s3:::"+mediaBucket+"/originals/*", ""), func(ctx context.Context, c clients) error {
		out, err := c.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{
			Bucket: aws.String(mediaBucket), Delete: &s3types.Delete{Objects: []s3types.ObjectIdentifier{{Key: aws.String("originals/none")}}},
		})
		if err == nil && len(out.Errors) > 0 {
			err = errors.New(aws.ToString(out.Errors[0].Code)) // it is said for each object
		}
		return err
	}, true},
	{
		"moto leaves conditions out", statement("s3:PutObject", "arn:aws:s3:::"+mediaBucket+"/*", `,"Condition":{"StringEquals":{"aws:SourceAccount":"000000000000"}}`),
		func(ctx context.Context, c clients) error {
			_, err := c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(mediaBucket), Key: aws.String("probe"), Body: bytes.NewReader([]byte("x"))})
			return err
		}, false,
	},
}

func statement(action, resource, more string) string {
	return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"` + action + `","Resource":"` + resource + `"` + more + `}]}`
}

// deviates tries each deviation with an identity that may nothing else.
func (m *moto) deviates(t *testing.T) {
	t.Helper()
	m.relax()
	probe := m.role("Probe", m.parse(`{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}]}`))
	for _, deviation := range deviations {
		m.relax()
		m.put("Probe", "probe", deviation.policy)
		m.enforce()
		if err := deviation.do(t.Context(), m.clients(probe)); (isDenied(err) || err != nil && denied(err.Error())) != deviation.aws {
			t.Errorf("not any more: %s (%v)", deviation.name, err)
		}
	}
}
