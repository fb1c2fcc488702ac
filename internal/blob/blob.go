// Package blob keeps files in one S3 bucket: originals and what is made of them.
//
// The bucket is private; a client reads an object by a presigned URL. The package holds no object in memory and knows
// nothing of what the bytes mean. Keys are built by the callers and must not come from a client.
package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go/middleware"

	"github.com/rising-stars/showcase/internal/awshttp"
)

// Limits of S3.
const (
	maxKeys       = 1000               // of one listing or deletion
	maxPresignTTL = 7 * 24 * time.Hour // of a presigned URL
)

// headerTimeout is how long the store may take to begin its answer once it has the whole request.
const headerTimeout = 30 * time.Second

// ErrNotFound says that there is no object with the key.
var ErrNotFound = errors.New("no such object")

// Config says where the bucket is.
type Config struct {
	AWS       aws.Config
	Endpoint  string   // of S3; empty: what the SDK finds (AWS_ENDPOINT_URL_S3, else the region's)
	PublicURL string   // under which clients reach the store, for presigned URLs; empty: Endpoint
	Bucket    string   // 3 to 63 characters
	Origins   []string // of web pages that may use presigned URLs; none: only pages of the store's own origin
	Log       *slog.Logger
}

// Store is the bucket. It is safe for concurrent use.
type Store struct {
	api     *s3.Client
	presign *s3.PresignClient
	http    *http.Client
	bucket  string
	origins []string
	plain   bool // no TLS
	log     *slog.Logger
}

// New makes a Store; it asks nothing of the bucket. Close it when its users have ended.
func New(c Config) *Store {
	client := awshttp.NewClient(headerTimeout, 0)
	api := s3.NewFromConfig(c.AWS, at(c.Endpoint), func(o *s3.Options) {
		o.HTTPClient = client
		// Callers compare SHA-256 digests from the log, which is more than S3's own checksum of a download.
		o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
	})
	public := api
	if c.PublicURL != "" {
		public = s3.NewFromConfig(c.AWS, at(c.PublicURL))
	}
	return &Store{
		api: api, presign: s3.NewPresignClient(public), http: client, bucket: c.Bucket, origins: c.Origins,
		plain: strings.HasPrefix(aws.ToString(api.Options().BaseEndpoint), "http://"), log: c.Log,
	}
}

// at points a client to an endpoint. Only AWS itself has a host name for each bucket.
func at(endpoint string) func(*s3.Options) {
	return func(o *s3.Options) {
		if endpoint != "" {
			o.BaseEndpoint = aws.String(endpoint)
		}
		o.UsePathStyle = o.BaseEndpoint != nil
	}
}

// Close gives up idle connections.
func (s *Store) Close() { s.http.CloseIdleConnections() }

// Put stores size bytes of body under the key, over whatever was there. The body is sent as it is read, never held in
// memory. A body that can seek is read more than once where there is no TLS: its digest is part of the signature; one
// that cannot is sent unsigned there, and is not sent again when a try fails.
func (s *Store) Put(ctx context.Context, key string, body io.Reader, size int64, contentType string) error {
	var opts []func(*s3.Options)
	if _, seeks := body.(io.Seeker); !seeks && s.plain {
		opts = append(opts, s3.WithAPIOptions(v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware), func(o *s3.Options) {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
		})
	}
	_, err := s.api.PutObject(ctx, &s3.PutObjectInput{
		Bucket: aws.String(s.bucket), Key: aws.String(key), Body: body,
		ContentLength: aws.Int64(size), ContentType: aws.String(contentType),
	}, opts...)
	if err != nil {
		return fmt.Errorf("store object %s: %w", key, err)
	}
	return nil
}

// Get opens the object and tells its size in bytes; ErrNotFound when there is none. The caller closes it.
func (s *Store) Get(ctx context.Context, key string) (io.ReadCloser, int64, error) {
	out, err := s.api.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(s.bucket), Key: aws.String(key)})
	if err != nil {
		return nil, 0, fmt.Errorf("open object %s: %w", key, missing(err))
	}
	return out.Body, aws.ToInt64(out.ContentLength), nil
}

// Object is what a listing tells.
type Object struct {
	Key   string
	Bytes int64
	Age   time.Duration // since it was written, by the store's clock, to a second; 0 when the store does not tell its time
}

// age compares two times of the store: this machine's clock may be wrong by more than anybody waits for an orphan.
func age(answer middleware.Metadata, written *time.Time) time.Duration {
	now, ok := awsmiddleware.GetServerTime(answer)
	if !ok || written == nil {
		return 0
	}
	return max(0, now.Sub(*written))
}

// Head tells of the object without opening it; ErrNotFound when there is none.
func (s *Store) Head(ctx context.Context, key string) (Object, error) {
	out, err := s.api.HeadObject(ctx, &s3.HeadObjectInput{Bucket: aws.String(s.bucket), Key: aws.String(key)})
	if err != nil {
		return Object{}, fmt.Errorf("look at object %s: %w", key, missing(err))
	}
	return Object{Key: key, Bytes: aws.ToInt64(out.ContentLength), Age: age(out.ResultMetadata, out.LastModified)}, nil
}

func missing(err error) error {
	_, key := errors.AsType[*types.NoSuchKey](err)
	_, head := errors.AsType[*types.NotFound](err)
	if key || head {
		return ErrNotFound
	}
	return err
}

// Delete removes objects. A key without one is not an error.
func (s *Store) Delete(ctx context.Context, keys ...string) error {
	for len(keys) > 0 {
		n := min(len(keys), maxKeys)
		if err := s.deletePage(ctx, keys[:n]); err != nil {
			return err
		}
		keys = keys[n:]
	}
	return nil
}

func (s *Store) deletePage(ctx context.Context, keys []string) error {
	ids := make([]types.ObjectIdentifier, len(keys))
	for i, key := range keys {
		ids[i].Key = aws.String(key)
	}
	out, err := s.api.DeleteObjects(ctx, &s3.DeleteObjectsInput{
		Bucket: aws.String(s.bucket), Delete: &types.Delete{Objects: ids, Quiet: aws.Bool(true)},
	})
	if err != nil {
		return fmt.Errorf("delete %d objects from %s: %w", len(keys), keys[0], err)
	}
	var left []error
	for _, e := range out.Errors {
		if aws.ToString(e.Code) != "NoSuchKey" {
			left = append(left, fmt.Errorf("delete object %s: %s", aws.ToString(e.Key), aws.ToString(e.Code)))
		}
	}
	return errors.Join(left...)
}

// List tells of up to 1000 objects whose keys begin with prefix and come after the given key, in the order of their
// keys. Fewer than 1000 does not mean that these were the last; none does.
func (s *Store) List(ctx context.Context, prefix, after string) ([]Object, error) {
	in := &s3.ListObjectsV2Input{Bucket: aws.String(s.bucket), Prefix: aws.String(prefix), MaxKeys: aws.Int32(maxKeys)}
	if after != "" {
		in.StartAfter = aws.String(after)
	}
	out, err := s.api.ListObjectsV2(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("list objects under %s: %w", prefix, err)
	}
	objects := make([]Object, len(out.Contents))
	for i, o := range out.Contents {
		objects[i] = Object{Key: aws.ToString(o.Key), Bytes: aws.ToInt64(o.Size), Age: age(out.ResultMetadata, o.LastModified)}
	}
	return objects, nil
}

// PresignGet is a URL under which anybody can read the object for ttl, at most seven days.
func (s *Store) PresignGet(ctx context.Context, key string, ttl time.Duration) (string, error) {
	req, err := s.presign.PresignGetObject(ctx,
		&s3.GetObjectInput{Bucket: aws.String(s.bucket), Key: aws.String(key)},
		s3.WithPresignExpires(min(ttl, maxPresignTTL)))
	if err != nil {
		return "", fmt.Errorf("presign object %s: %w", key, err)
	}
	return req.URL, nil
}
