package blob

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"go.uber.org/goleak"

	"github.com/rising-stars/showcase/internal/local/s3gateway"
)

var gateway *s3gateway.Server

func TestMain(m *testing.M) {
	s3gateway.RunIfChild()
	os.Exit(withGateway(m))
}

// withGateway runs the tests beside one gateway and looks for what they leave behind.
func withGateway(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "showcase-blob-")
	if err == nil {
		defer os.RemoveAll(dir)
		gateway, err = s3gateway.Start(context.Background(), s3gateway.Config{Dir: dir})
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "start gateway:", err)
		return 1
	}
	code = m.Run()
	if err := gateway.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop gateway:", err)
		return 1
	}
	if err := goleak.Find(); err != nil && code == 0 {
		fmt.Fprintln(os.Stderr, "after the tests:", err)
		return 1
	}
	return code
}

// configOf is how to reach a bucket of the gateway.
func configOf(bucket string) Config {
	return Config{
		AWS: aws.Config{
			Region:      "us-east-1",
			Credentials: credentials.NewStaticCredentialsProvider(gateway.AccessKey(), gateway.SecretKey(), ""),
		},
		Endpoint: gateway.URL(), Bucket: bucket, Log: slog.New(slog.DiscardHandler),
	}
}

// newStore is a store on a bucket of the test's own.
func newStore(t *testing.T) *Store {
	t.Helper()
	s := New(configOf(strings.ToLower(t.Name())))
	t.Cleanup(s.Close)
	if err := s.Provision(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}
