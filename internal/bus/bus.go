package bus

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"github.com/rising-stars/showcase/internal/awshttp"
)

// requestTimeout bounds one request to SQS, the longest wait of a receive included.
const requestTimeout = 30 * time.Second

// longPoll is how long a receive waits for a message; SQS allows no more.
const longPoll = 20 * time.Second

// Credentials are given by hand where the SDK's own chain (environment, profile, instance role) should not be asked.
type Credentials struct {
	Region    string // empty: the chain's
	AccessKey string // empty: the chain's
	SecretKey string
}

// LoadAWS reads the settings that every AWS client shares. Endpoints are not among them: the SDK takes those from
// AWS_ENDPOINT_URL_SQS and AWS_ENDPOINT_URL_S3.
func LoadAWS(ctx context.Context, c Credentials) (aws.Config, error) {
	var opts []func(*config.LoadOptions) error
	if c.Region != "" {
		opts = append(opts, config.WithRegion(c.Region))
	}
	if c.AccessKey != "" {
		provider := credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, "")
		opts = append(opts, config.WithCredentialsProvider(provider))
	}
	cfg, err := config.LoadDefaultConfig(ctx, opts...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load AWS settings: %w", err)
	}
	return cfg, nil
}

// Config says which queues a Bus talks to.
type Config struct {
	AWS      aws.Config
	Endpoint string // of SQS; empty: what the SDK finds (AWS_ENDPOINT_URL_SQS, else the region's)
	Prefix   string // of queue names, such as "showcase-"; at most 60 characters
	Log      *slog.Logger
}

// Bus is the way to the queues. It starts nothing by itself.
type Bus struct {
	aws    aws.Config
	opts   []func(*sqs.Options)
	http   *http.Client
	sqs    *sqs.Client
	queues *queues
	log    *slog.Logger
}

// New makes a Bus. Close it when everything made from it has ended.
func New(c Config) *Bus {
	client := awshttp.NewClient(0, requestTimeout)
	opts := []func(*sqs.Options){func(o *sqs.Options) {
		o.HTTPClient = client
		if c.Endpoint != "" {
			o.BaseEndpoint = aws.String(c.Endpoint)
		}
	}}
	api := sqs.NewFromConfig(c.AWS, opts...)
	return &Bus{
		aws: c.AWS, opts: opts, http: client, sqs: api,
		queues: &queues{api: api, prefix: c.Prefix, urls: map[string]string{}},
		log:    c.Log,
	}
}

// Close gives up idle connections.
func (b *Bus) Close() { b.http.CloseIdleConnections() }
