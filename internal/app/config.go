package app

import (
	"encoding/base64"
	"fmt"
	"time"
)

// Config is how a process is set, from flags and environment. The tags are read by the command line in cmd/.
type Config struct {
	DatabaseURL string `name:"database-url" env:"DATABASE_URL" required:"" help:"PostgreSQL, as the application's role."`
	LoginConfig `embed:""`
	MaxConns    int32 `env:"DATABASE_MAX_CONNS" default:"20" help:"Connections of this process to PostgreSQL."`

	CloudConfig `embed:""`

	MasterKey   string `env:"MASTER_KEY" required:"" help:"32 bytes in base64: wraps the accounts' keys and keys the digests."`
	MasterRoot  string `env:"MASTER_ROOT" help:"The first master key that the database had, once MASTER_KEY is another; empty: MASTER_KEY."`
	ContestFile string `env:"CONTEST_FILE" type:"path" help:"The contest, applied at start when the file has changed."`
	ContestID   string `name:"contest-id" env:"CONTEST_ID" default:"0197a1de-0000-7000-8000-000000000001" help:"The contest's id."`

	MetricsAddr   string        `name:"metrics-addr" env:"METRICS_ADDR" help:"Where /metrics listens, never a public address; empty: nowhere."`
	Environment   string        `env:"ENVIRONMENT" help:"Name of the deployment, under which metrics for CloudWatch are written among the log lines; empty: none are."`
	TraceEndpoint string        `name:"trace-endpoint" env:"OTEL_EXPORTER_OTLP_ENDPOINT" help:"Collector of traces, such as http://127.0.0.1:4318, over OTLP/HTTP; empty: none are made."`
	MetricsEvery  time.Duration `env:"METRICS_EVERY" default:"1m" help:"How often metrics for CloudWatch are written."`
	LogLevel      string        `env:"LOG_LEVEL" default:"info" enum:"debug,info,warn,error" help:"What is logged: debug, info, warn or error."`
}

// LoginConfig is how a process logs in to PostgreSQL.
type LoginConfig struct {
	DatabaseAuth string `name:"database-auth" env:"DATABASE_AUTH" enum:",rds-iam" default:"" help:"rds-iam: no password in DATABASE_URL, a token of the role for each connection, and sslmode=verify-full with sslrootcert; empty: as DATABASE_URL says."`
}

// CloudConfig says where queues and objects are.
type CloudConfig struct {
	Region         string `env:"AWS_REGION" default:"us-east-1" help:"AWS region."`
	SQSEndpoint    string `name:"sqs-endpoint" env:"AWS_ENDPOINT_URL_SQS" help:"SQS endpoint; empty for AWS itself."`
	S3Endpoint     string `name:"s3-endpoint" env:"AWS_ENDPOINT_URL_S3" help:"S3 endpoint; empty for AWS itself."`
	S3PublicURL    string `name:"s3-public-url" env:"S3_PUBLIC_URL" help:"Where clients reach objects; empty: the S3 endpoint."`
	AccessKey      string `kong:"-"` // given by hand on one machine; empty: the SDK's own chain
	SecretKey      string `kong:"-"`
	QueuePrefix    string `env:"QUEUE_PREFIX" default:"showcase-" help:"Prefix of queue names."`
	MediaBucket    string `env:"MEDIA_BUCKET" default:"showcase-media" help:"Bucket of originals and clips."`
	AllowedOrigins string `env:"ALLOWED_ORIGINS" help:"Origins, comma-separated, that may call the API from a browser."`
}

// APIConfig is what the role api needs beside Config.
type APIConfig struct {
	HTTPAddr       string        `name:"http-addr" env:"HTTP_ADDR" default:"127.0.0.1:8080" help:"Where the API listens."`
	PublicURL      string        `name:"public-url" env:"PUBLIC_URL" help:"How the outside reaches the API; empty: http://HTTP_ADDR."`
	JWTKeys        string        `name:"jwt-keys" env:"JWT_KEYS" required:"" help:"kid:base64, comma-separated; the first signs, all are accepted."`
	Limits         string        `env:"LIMITS" help:"Rate limits that differ from the defaults, or off."`
	TrustedProxies string        `env:"TRUSTED_PROXIES" help:"Prefixes, comma-separated, whose X-Forwarded-For is believed."`
	UploadDir      string        `env:"UPLOAD_DIR" type:"path" help:"Where uploads are spooled; empty: the system's temporary directory."`
	StreamMedia    bool          `env:"STREAM_MEDIA" help:"Answer clips and posters with their bytes instead of a redirect to the object store."`
	OnListen       func()        `kong:"-"` // told once the API listens; may be nil
	DrainDelay     time.Duration `env:"DRAIN_DELAY" default:"5s" help:"How long the API answers on after readiness was taken back."`
}

// WorkerConfig is what the role transcode needs beside Config.
type WorkerConfig struct {
	ScratchDir string        `env:"SCRATCH_DIR" type:"path" help:"Where videos are worked on; empty: the system's temporary directory."`
	ArtworkDir string        `env:"ARTWORK_DIR" type:"path" help:"Logo, bumper and watermark that replace ours."`
	Workers    int           `env:"WORKERS" default:"1" help:"Videos at a time."`
	JobBackoff time.Duration `name:"job-backoff" env:"JOB_BACKOFF" default:"30s" help:"How long a video that failed waits for its second try; each wait after that is twice as long, up to twenty times the first."`
	Drain      time.Duration `env:"DRAIN" default:"14m" help:"How long a running video may go on at shutdown."`
	GroupName  string        `name:"asg-name" env:"ASG_NAME" help:"The Auto Scaling group of this instance, which is protected from scale-in while a video is worked on; empty: none."`
	GroupHook  string        `name:"asg-hook" env:"ASG_HOOK" help:"The group's hook at termination, which is told when the last video is done; empty: none."`
}

// masterKey reads 32 bytes in base64; its error never holds the text.
func masterKey(name, text string) (key [32]byte, err error) {
	b, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(b) != len(key) {
		return key, fmt.Errorf("%s must be 32 bytes in base64", name)
	}
	copy(key[:], b)
	return key, nil
}
