package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/rising-stars/showcase/internal/e2e"
)

// Names that the templates give, as they are rendered.
const (
	mediaBucket = "showcase-test-storage-mediabucket-0a1b2c"
	queuePrefix = "showcase-test-"
)

// identities are whose hosts there are.
var identities = []string{"Web", "Relay", "Workers", "Migrator"}

// TestRolesUnderTheirPolicies runs the roles on moto, which holds each process to the policies that the templates give its
// host. A whole contest passes; what a host has no business with is denied.
//
// moto is no AWS: of our policies it decides by action and resource, and leaves conditions, queue and bucket policies, signed
// links and the rights of EC2, RDS, Secrets Manager and Auto Scaling out; deploy/rules looks at those in the templates.
func TestRolesUnderTheirPolicies(t *testing.T) {
	t.Parallel()
	m := startMoto(t)
	d := e2e.NewDeployment(t, time.Now)
	place := []string{"AWS_ENDPOINT_URL_SQS=" + m.base, "AWS_ENDPOINT_URL_S3=" + m.base, "MEDIA_BUCKET=" + mediaBucket, "QUEUE_PREFIX=" + queuePrefix}
	d.Env = append(d.Env, place...)
	d.Tool("provision") // by whoever deploys, before anybody is held to anything
	keys := m.roles(identities...)
	m.enforce()

	for role, identity := range map[string]string{"api": "Web", "relay": "Relay", "project": "Relay", "transcode": "Workers"} {
		d.Run(role, keys[identity].env()...)
	}
	video := contestUnderPolicies(t, d)
	for _, role := range []string{"api", "relay", "project", "transcode"} {
		for line := range strings.Lines(d.Role(role).Output()) {
			// AWS decides about the removal of several objects for each of them, moto for the bucket; "delete …" is among the calls.
			if strings.Contains(line, "AccessDenied") && !strings.Contains(line, `"objects left for the sweep"`) {
				t.Errorf("%s was denied something that it does: %s", role, line)
			}
		}
	}
	for _, call := range calls {
		for _, identity := range identities {
			may := strings.Contains(" "+call.may+" ", " "+identity+" ")
			err := call.do(t.Context(), m.clients(keys[identity]))
			if denied := isDenied(err); denied == may {
				t.Errorf("%s: %s is denied %t, want %t (%v)", identity, call.name, denied, !may, err)
			}
		}
	}
	m.deviates(t)
	m.withoutAStatement(t, d, video)
	// The migrator needs nothing of AWS but the master's password, which its script fetches; and nobody's host makes queues.
	e2e.Run(t, e2e.Command{Path: e2e.Program(t, "showcase"), Args: []string{"migrate"}, Env: append(slices.Clone(d.Env), keys["Migrator"].env()...)})
	for _, identity := range identities {
		tool := e2e.Start(t, e2e.Command{Path: e2e.Program(t, "showcase"), Args: []string{"provision"}, Env: append(slices.Clone(d.Env), keys[identity].env()...)})
		if code, said := tool.Exit(), tool.Output(); code == 0 || !denied(said) {
			t.Errorf("%s may provision, or fails at something else (%d): %s", identity, code, said)
		}
	}
}

// contestUnderPolicies is a video from its upload over its votes to its end, and gives another that stays.
func contestUnderPolicies(t *testing.T, d *e2e.Deployment) (video string) {
	t.Helper()
	e2e.Eventually(t, "the API is ready", func() bool {
		answer, err := d.API.Try(t.Context(), e2e.Request{Path: "/readyz"})
		return err == nil && answer.Status == 200
	})
	ana := d.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	leo := d.API.Join(&e2e.Person{First: "Leo", Last: "Ruiz", Email: "leo@people.example", City: "Cali"})
	id := d.API.Upload(ana.Token, e2e.VideoField(e2e.ClipBytes(t, 20)), e2e.TextField("title", "Triples")).Want(201).Text("video_id")
	// Nobody follows the signed link: moto fails at one while it holds people to policies. That Web may read is among the calls.
	if v := d.API.AwaitProcessed(id, ana.Token); v.ProcessedURL == "" {
		t.Errorf("no clip: %+v", v)
	}
	d.API.Do(e2e.Request{Method: "POST", Path: "/public/videos/" + id + "/vote", Token: leo.Token}).Want(200)
	d.API.AwaitRanking("", e2e.Place{Position: 1, Username: "Ana Peña", City: "Bogotá", Votes: 1})
	mates := d.API.Upload(ana.Token, e2e.VideoField(e2e.ClipBytes(t, 21)), e2e.TextField("title", "Mates"), e2e.TextField("is_public", "false")).Want(201).Text("video_id")
	d.API.AwaitProcessed(mates, ana.Token)
	d.API.Do(e2e.Request{Method: "DELETE", Path: "/videos/" + mates, Token: ana.Token}).Want(200)
	e2e.CheckReadModels(t, d.Env)
	return id
}

// clients are one identity's.
type clients struct {
	s3     *s3.Client
	sqs    *sqs.Client
	queues string // URL of a queue without its name
}

// call is something to ask of AWS, and the identities, separated by spaces, that may.
type call struct {
	name, may string
	do        func(context.Context, clients) error
}

func put(key string) func(context.Context, clients) error {
	return func(ctx context.Context, c clients) error {
		_, err := c.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: aws.String(mediaBucket), Key: &key, Body: bytes.NewReader([]byte("x"))})
		return err
	}
}

func get(key string) func(context.Context, clients) error {
	return func(ctx context.Context, c clients) error {
		out, err := c.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(mediaBucket), Key: &key})
		if err == nil {
			out.Body.Close()
		}
		return err
	}
}

func remove(key string) func(context.Context, clients) error {
	return func(ctx context.Context, c clients) error {
		_, err := c.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: aws.String(mediaBucket), Key: &key})
		return err
	}
}

func receive(queue string) func(context.Context, clients) error {
	return func(ctx context.Context, c clients) error {
		_, err := c.sqs.ReceiveMessage(ctx, &sqs.ReceiveMessageInput{QueueUrl: aws.String(c.queues + queue), VisibilityTimeout: 1})
		return err
	}
}

func send(queue string) func(context.Context, clients) error {
	return func(ctx context.Context, c clients) error {
		_, err := c.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(c.queues + queue), MessageBody: aws.String("x")})
		return err
	}
}

// calls is who may what. Those that are allowed are there so that a denial means something.
var calls = []call{
	{"put an original", "Web", put("originals/v/h.mp4")},
	{"get an original", "Web Workers", get("originals/v/h.mp4")},
	{"put a clip", "Workers", put("processed/v/p/h/clip.mp4")},
	{"get a clip", "Web Workers", get("processed/v/p/h/clip.mp4")},
	{"delete an original", "Web Relay", remove("originals/v/h.mp4")},
	{"delete a clip", "Web Workers Relay", remove("processed/v/p/h/clip.mp4")},
	{"put elsewhere", "", put("elsewhere/x")},
	{"get elsewhere", "", get("elsewhere/x")},
	{"take a job", "Workers", receive("transcode")},
	{"give a job", "Web Relay", send("transcode")},
	{"hear the ranking's doorbell", "Relay", receive("ranking")},
	{"ring the ranking's doorbell", "Web Relay", send("ranking")},
	{"hear the dashboard's doorbell", "Relay", receive("dashboard")},
	{"read dead letters", "Web", receive("transcode-dlq")},
	{"empty a queue", "", func(ctx context.Context, c clients) error {
		_, err := c.sqs.PurgeQueue(ctx, &sqs.PurgeQueueInput{QueueUrl: aws.String(c.queues + "dashboard")})
		return err
	}},
	{"make a queue", "", func(ctx context.Context, c clients) error {
		_, err := c.sqs.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("another")})
		return err
	}},
	{"delete a queue", "", func(ctx context.Context, c clients) error {
		_, err := c.sqs.DeleteQueue(ctx, &sqs.DeleteQueueInput{QueueUrl: aws.String(c.queues + "dashboard")})
		return err
	}},
	{"delete the bucket", "", func(ctx context.Context, c clients) error {
		_, err := c.s3.DeleteBucket(ctx, &s3.DeleteBucketInput{Bucket: aws.String(mediaBucket)})
		return err
	}},
	{"open the bucket", "", func(ctx context.Context, c clients) error {
		_, err := c.s3.PutBucketPolicy(ctx, &s3.PutBucketPolicyInput{Bucket: aws.String(mediaBucket), Policy: aws.String(`{"Statement":[]}`)})
		return err
	}},
	{"list all buckets", "", func(ctx context.Context, c clients) error {
		_, err := c.s3.ListBuckets(ctx, &s3.ListBucketsInput{})
		return err
	}},
}

// isDenied tells a denial from any other trouble, such as that there is no such object. moto denies in XML, which a client
// of SQS cannot read, so the status alone counts.
func isDenied(err error) bool {
	answer, ok := errors.AsType[*smithyhttp.ResponseError](err)
	return ok && answer.HTTPStatusCode() == http.StatusForbidden
}

// key is what a host has of its role.
type key struct{ AccessKeyID, SecretAccessKey, SessionToken string }

func (k key) env() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + k.AccessKeyID, "AWS_SECRET_ACCESS_KEY=" + k.SecretAccessKey, "AWS_SESSION_TOKEN=" + k.SessionToken}
}
