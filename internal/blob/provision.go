package blob

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

const (
	corsMaxAge    = 3600 // seconds for which a browser remembers what it may do
	multipartDays = 1    // after which the parts of an upload that nobody completed are removed
)

// Provision makes the bucket if there is none and sets what belongs to it: closed to the public, open to our pages for
// presigned requests, unfinished uploads removed after a day. Running it again changes nothing. What a store does not
// know of these settings is logged and left out; the sweep and the store's own defaults stand in for it.
func (s *Store) Provision(ctx context.Context) error {
	if err := s.ensureBucket(ctx); err != nil {
		return err
	}
	for _, setting := range []struct {
		name string
		set  func(context.Context) error
	}{
		{"public access block", s.closeToPublic},
		{"CORS", s.allowOrigins},
		{"lifecycle", s.expireUploads},
	} {
		err := setting.set(ctx)
		if unknown(err) {
			s.log.LogAttrs(ctx, slog.LevelInfo, "bucket setting not supported by this store",
				slog.String("bucket", s.bucket), slog.String("setting", setting.name))
			continue
		}
		if err != nil {
			return fmt.Errorf("set %s of bucket %s: %w", setting.name, s.bucket, err)
		}
	}
	return nil
}

func (s *Store) ensureBucket(ctx context.Context) error {
	_, err := s.api.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: aws.String(s.bucket)})
	if err == nil {
		return nil
	}
	if !errors.Is(missing(err), ErrNotFound) {
		return fmt.Errorf("look at bucket %s: %w", s.bucket, err)
	}
	in := &s3.CreateBucketInput{Bucket: aws.String(s.bucket)}
	if region := s.api.Options().Region; region != "us-east-1" { // which S3 refuses as a constraint
		in.CreateBucketConfiguration = &types.CreateBucketConfiguration{LocationConstraint: types.BucketLocationConstraint(region)}
	}
	_, err = s.api.CreateBucket(ctx, in)
	if _, ours := errors.AsType[*types.BucketAlreadyOwnedByYou](err); err != nil && !ours {
		return fmt.Errorf("create bucket %s: %w", s.bucket, err)
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "bucket created", slog.String("bucket", s.bucket))
	return nil
}

func (s *Store) closeToPublic(ctx context.Context) error {
	_, err := s.api.PutPublicAccessBlock(ctx, &s3.PutPublicAccessBlockInput{
		Bucket: aws.String(s.bucket),
		PublicAccessBlockConfiguration: &types.PublicAccessBlockConfiguration{
			BlockPublicAcls: aws.Bool(true), BlockPublicPolicy: aws.Bool(true),
			IgnorePublicAcls: aws.Bool(true), RestrictPublicBuckets: aws.Bool(true),
		},
	})
	return err
}

func (s *Store) allowOrigins(ctx context.Context) error {
	if len(s.origins) == 0 {
		_, err := s.api.DeleteBucketCors(ctx, &s3.DeleteBucketCorsInput{Bucket: aws.String(s.bucket)})
		return err
	}
	_, err := s.api.PutBucketCors(ctx, &s3.PutBucketCorsInput{
		Bucket: aws.String(s.bucket),
		CORSConfiguration: &types.CORSConfiguration{CORSRules: []types.CORSRule{{
			AllowedOrigins: s.origins, AllowedMethods: []string{"GET", "HEAD", "PUT"}, AllowedHeaders: []string{"*"},
			ExposeHeaders: []string{"ETag"}, MaxAgeSeconds: aws.Int32(corsMaxAge),
		}}},
	})
	return err
}

func (s *Store) expireUploads(ctx context.Context) error {
	_, err := s.api.PutBucketLifecycleConfiguration(ctx, &s3.PutBucketLifecycleConfigurationInput{
		Bucket: aws.String(s.bucket),
		LifecycleConfiguration: &types.BucketLifecycleConfiguration{Rules: []types.LifecycleRule{{
			ID: aws.String("abort-unfinished-uploads"), Status: types.ExpirationStatusEnabled,
			Filter:                         &types.LifecycleRuleFilter{Prefix: aws.String("")},
			AbortIncompleteMultipartUpload: &types.AbortIncompleteMultipartUpload{DaysAfterInitiation: aws.Int32(multipartDays)},
		}}},
	})
	return err
}

// unknown says whether the store has no such setting at all.
func unknown(err error) bool {
	api, ok := errors.AsType[smithy.APIError](err)
	return ok && (api.ErrorCode() == "NotImplemented" || api.ErrorCode() == "MethodNotAllowed")
}
