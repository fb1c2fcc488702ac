package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/internal/local/datadir"
)

func TestMain(m *testing.M) {
	RunIfChild()
	os.Exit(m.Run())
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// useAll touches every part once: it fails when something does not answer or lost what it had.
func useAll(t *testing.T, s *Stack, first bool) {
	t.Helper()
	ctx := t.Context()
	ok(t, s.EnsureAppRole(ctx))
	db, err := pgx.Connect(ctx, s.OwnerURL)
	ok(t, err)
	defer db.Close(ctx)
	app, err := pgx.Connect(ctx, s.DatabaseURL)
	ok(t, err)
	defer app.Close(ctx)

	creds := credentials.NewStaticCredentialsProvider(s.AccessKey, s.SecretKey, "")
	queues := sqs.New(sqs.Options{Region: "us-east-1", BaseEndpoint: &s.SQSEndpoint, Credentials: creds})
	objects := s3.New(s3.Options{Region: "us-east-1", BaseEndpoint: &s.S3Endpoint, Credentials: creds, UsePathStyle: true})
	if first {
		_, err = db.Exec(ctx, `CREATE TABLE kept (n int); GRANT SELECT ON kept TO showcase_app`)
		ok(t, err)
		_, err = queues.CreateQueue(ctx, &sqs.CreateQueueInput{QueueName: aws.String("q")})
		ok(t, err)
		_, err = objects.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: aws.String("media")})
		ok(t, err)
	}
	_, err = app.Exec(ctx, `SELECT FROM kept`)
	ok(t, err)
	_, err = queues.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: aws.String("q")})
	ok(t, err)
	_, err = objects.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String("media")})
	ok(t, err)
}

func TestStackKeepsItsDataOverCloseAndStart(t *testing.T) {
	t.Parallel()
	cfg := Config{Dir: t.TempDir(), Now: time.Now}
	for _, first := range []bool{true, false} {
		s, err := Start(t.Context(), cfg)
		ok(t, err)
		useAll(t, s, first)
		ok(t, s.Close(t.Context()))
		ok(t, s.Close(t.Context())) // twice is once
		select {
		case <-s.Done():
			t.Errorf("a closed stack says that a part died: %v", s.Err())
		default:
		}
	}
}

func TestStackSaysWhichPartDied(t *testing.T) {
	t.Parallel()
	s, err := Start(t.Context(), Config{Dir: t.TempDir(), Now: time.Now})
	ok(t, err)
	defer s.Close(t.Context())
	ok(t, s.gateway.Stop())
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	select {
	case <-s.Done():
		if !strings.Contains(s.Err().Error(), "the S3 gateway ended") {
			t.Errorf("says %v", s.Err())
		}
	case <-ctx.Done():
		t.Fatal("the death of a part is not reported")
	}
}

func TestGivenPartsAreNotStarted(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	given := Config{
		Dir: dir, Now: time.Now,
		DatabaseURL: "postgres://db.example/showcase", SQSEndpoint: "http://127.0.0.1:1", S3Endpoint: "http://127.0.0.1:2",
	}
	s, err := Start(t.Context(), given)
	ok(t, err)
	ok(t, s.EnsureAppRole(t.Context()))
	if s.DatabaseURL != given.DatabaseURL || s.OwnerURL != given.DatabaseURL ||
		s.SQSEndpoint != given.SQSEndpoint || s.S3Endpoint != given.S3Endpoint || s.AccessKey != "" {
		t.Errorf("stack %+v", s)
	}
	ok(t, s.Close(t.Context()))
	if _, err := os.Stat(dir); err == nil {
		t.Error("a directory was made though nothing runs here")
	}
}

func TestAFailedStartLeavesNothingRunning(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	release, err := LockDir(filepath.Join(dir, "s3")) // so that the gateway cannot start
	ok(t, err)
	t.Cleanup(func() { _ = release() })
	if _, err := Start(t.Context(), Config{Dir: dir, Now: time.Now}); !errors.Is(err, datadir.ErrInUse) {
		t.Fatalf("%v, want ErrInUse", err)
	}
	releasePG, err := LockDir(filepath.Join(dir, "postgres"))
	ok(t, err) // held while the server runs
	ok(t, releasePG())
}
