package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/export"
)

// ExportConfig says what to export.
type ExportConfig struct {
	Out, Format string // Out: a directory, or s3://bucket/prefix
	Cloud       CloudConfig
	From, To    int64 // positions, inclusive; To 0: the head, or where the directory's export was asked to end
	Types       []string
	Personal    bool
}

// Manifest says what an export holds.
type Manifest = export.Manifest

var errNoKey = errors.New("personal values need MASTER_KEY")

// Export writes the log to files.
func (a *Analyst) Export(ctx context.Context, cfg ExportConfig, progress func(position, upTo int64)) (Manifest, error) {
	if cfg.Personal && a.Vault == nil {
		return Manifest{}, errNoKey
	}
	place, closePlace, err := placeOf(ctx, cfg)
	if err != nil {
		return Manifest{}, err
	}
	defer closePlace()
	if cfg.To == 0 {
		var begun bool
		if cfg.To, begun = export.Begun(ctx, place); !begun {
			head, err := a.Store.Head(ctx)
			if err != nil {
				return Manifest{}, err
			}
			cfg.To = head
		}
	}
	return export.Run(ctx, export.Config{
		Pool: a.Pool, Vault: a.Vault, Out: place, Format: cfg.Format, From: cfg.From, To: cfg.To, Types: cfg.Types,
		Personal: cfg.Personal, Now: time.Now, Progress: progress,
	})
}

var errBucket = errors.New("an export into a bucket goes to s3://bucket or s3://bucket/prefix")

// placeOf is where an export goes, and how to give it up.
func placeOf(ctx context.Context, cfg ExportConfig) (export.Place, func(), error) {
	rest, s3 := strings.CutPrefix(cfg.Out, "s3://")
	if !s3 {
		return export.Dir(cfg.Out), func() {}, nil
	}
	bucket, prefix, _ := strings.Cut(rest, "/")
	if bucket == "" {
		return nil, nil, errBucket
	}
	cloud := cfg.Cloud
	cloud.MediaBucket = bucket
	queues, objects, err := openCloud(ctx, cloud, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, nil, err
	}
	queues.Close()
	return export.Bucket{
		Objects: objects, Prefix: strings.Trim(prefix, "/"), Missing: blob.ErrNotFound,
		Any: func(ctx context.Context, prefix string) (bool, error) {
			found, err := objects.List(ctx, prefix, "")
			return len(found) > 0, err
		},
	}, objects.Close, nil
}
