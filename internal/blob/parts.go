package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// Part is one that the store has of an upload in parts.
type Part struct {
	Number int // from 1
	Bytes  int64
	ETag   string
}

// StartParts begins an upload in parts and answers the store's id of it. There is no object until FinishParts.
func (s *Store) StartParts(ctx context.Context, key, contentType string) (string, error) {
	out, err := s.api.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: aws.String(s.bucket), Key: aws.String(key), ContentType: aws.String(contentType),
	})
	if err != nil {
		return "", fmt.Errorf("begin parts of %s: %w", key, err)
	}
	return aws.ToString(out.UploadId), nil
}

// PresignPart is a URL to which anybody can PUT a part of exactly so many bytes for ttl, at most seven days.
func (s *Store) PresignPart(ctx context.Context, key, upload string, number int, size int64, ttl time.Duration) (string, error) {
	req, err := s.presign.PresignUploadPart(ctx, &s3.UploadPartInput{
		Bucket: aws.String(s.bucket), Key: aws.String(key), UploadId: aws.String(upload),
		PartNumber: aws.Int32(int32(number)), ContentLength: aws.Int64(size), // at most 10,000
	}, s3.WithPresignExpires(min(ttl, maxPresignTTL)), func(o *s3.PresignOptions) {
		o.ClientOptions = append(o.ClientOptions, func(o *s3.Options) {
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired // a browser adds none
		})
	})
	if err != nil {
		return "", fmt.Errorf("presign part %d of %s: %w", number, key, err)
	}
	return req.URL, nil
}

// ListParts are the parts that the store has, in order; ErrNotFound when there is no such upload (any more).
func (s *Store) ListParts(ctx context.Context, key, upload string) ([]Part, error) {
	var parts []Part
	pages := s3.NewListPartsPaginator(s.api, &s3.ListPartsInput{
		Bucket: aws.String(s.bucket), Key: aws.String(key), UploadId: aws.String(upload),
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list parts of %s: %w", key, missingUpload(err))
		}
		for _, p := range page.Parts {
			parts = append(parts, Part{int(aws.ToInt32(p.PartNumber)), aws.ToInt64(p.Size), aws.ToString(p.ETag)})
		}
	}
	return parts, nil
}

// FinishParts makes an object of the parts; ErrNotFound when there is no such upload (any more).
func (s *Store) FinishParts(ctx context.Context, key, upload string, parts []Part) error {
	list := make([]types.CompletedPart, len(parts))
	for i, p := range parts {
		list[i] = types.CompletedPart{PartNumber: aws.Int32(int32(p.Number)), ETag: aws.String(p.ETag)} // at most 10,000
	}
	_, err := s.api.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{
		Bucket: aws.String(s.bucket), Key: aws.String(key), UploadId: aws.String(upload),
		MultipartUpload: &types.CompletedMultipartUpload{Parts: list},
	})
	if err != nil {
		return fmt.Errorf("join parts of %s: %w", key, missingUpload(err))
	}
	return nil
}

// AbortParts gives the parts up. An upload that is not there is not an error.
func (s *Store) AbortParts(ctx context.Context, key, upload string) error {
	_, err := s.api.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{
		Bucket: aws.String(s.bucket), Key: aws.String(key), UploadId: aws.String(upload),
	})
	if err != nil && !errors.Is(missingUpload(err), ErrNotFound) {
		return fmt.Errorf("give up parts of %s: %w", key, err)
	}
	return nil
}

func missingUpload(err error) error {
	if api, ok := errors.AsType[smithy.APIError](err); ok && api.ErrorCode() == "NoSuchUpload" {
		return ErrNotFound
	}
	return err
}

// GetRange opens size bytes of the object from an offset; ErrNotFound when there is none. The caller closes it.
func (s *Store) GetRange(ctx context.Context, key string, offset, size int64) (io.ReadCloser, error) {
	out, err := s.api.GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(s.bucket), Key: aws.String(key), Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+size-1)),
	})
	if err != nil {
		return nil, fmt.Errorf("open object %s at %d: %w", key, offset, missing(err))
	}
	return out.Body, nil
}
