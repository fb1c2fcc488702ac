package e2e

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Objects are a contest's bucket, seen by its operator.
type Objects struct {
	t      testing.TB
	api    *s3.Client
	bucket string
}

// NewObjects finds the bucket from an environment.
func NewObjects(t testing.TB, env []string) *Objects {
	t.Helper()
	key := credentials.NewStaticCredentialsProvider(Lookup(t, env, "AWS_ACCESS_KEY_ID"), Lookup(t, env, "AWS_SECRET_ACCESS_KEY"), "")
	return &Objects{t: t, bucket: Lookup(t, env, "MEDIA_BUCKET"), api: s3.New(s3.Options{
		Region: Lookup(t, env, "AWS_REGION"), BaseEndpoint: aws.String(Lookup(t, env, "AWS_ENDPOINT_URL_S3")), Credentials: key,
		UsePathStyle: true,
	})}
}

// Keys are the names of all objects, in order; there must not be more than a page of them.
func (o *Objects) Keys() []string {
	o.t.Helper()
	page, err := o.api.ListObjectsV2(o.t.Context(), &s3.ListObjectsV2Input{Bucket: aws.String(o.bucket)})
	if err != nil {
		o.t.Fatal(err)
	}
	if aws.ToBool(page.IsTruncated) {
		o.t.Fatal("more objects than a page holds")
	}
	keys := make([]string, 0, len(page.Contents))
	for _, object := range page.Contents {
		keys = append(keys, aws.ToString(object.Key))
	}
	return keys
}

// Move gives an object another name.
func (o *Objects) Move(from, to string) {
	o.t.Helper()
	_, err := o.api.CopyObject(o.t.Context(), &s3.CopyObjectInput{
		Bucket: aws.String(o.bucket), Key: aws.String(to), CopySource: aws.String(o.bucket + "/" + from),
	})
	if err == nil {
		_, err = o.api.DeleteObject(o.t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(o.bucket), Key: aws.String(from)})
	}
	if err != nil {
		o.t.Fatal(err)
	}
}
