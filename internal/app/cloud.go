package app

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"github.com/rising-stars/showcase/internal/blob"
	"github.com/rising-stars/showcase/internal/bus"
)

// openCloud makes the clients of queues and objects.
func openCloud(ctx context.Context, cfg CloudConfig, log *slog.Logger) (*bus.Bus, *blob.Store, error) {
	aws, err := bus.LoadAWS(ctx, cfg.credentials())
	if err != nil {
		return nil, nil, err
	}
	queues := bus.New(bus.Config{AWS: aws, Endpoint: cfg.SQSEndpoint, Prefix: cfg.QueuePrefix, Log: log})
	objects := blob.New(blob.Config{
		AWS: aws, Endpoint: cfg.S3Endpoint, PublicURL: cfg.S3PublicURL, Bucket: cfg.MediaBucket,
		Origins: list(cfg.AllowedOrigins), Log: log,
	})
	return queues, objects, nil
}

func (c CloudConfig) credentials() bus.Credentials {
	return bus.Credentials{Region: c.Region, AccessKey: c.AccessKey, SecretKey: c.SecretKey}
}

// OpenBus makes the client of the queues alone, for tools. Close it.
func OpenBus(ctx context.Context, cfg CloudConfig, logTo io.Writer) (*bus.Bus, error) {
	log, err := newLog(logTo, "warn", "tool", "")
	if err != nil {
		return nil, err
	}
	queues, objects, err := openCloud(ctx, cfg, log)
	if err != nil {
		return nil, err
	}
	objects.Close()
	return queues, nil
}

// Provision makes queues, dead-letter queues and the bucket, and corrects their settings.
func Provision(ctx context.Context, cfg CloudConfig, logTo io.Writer) error {
	log, err := newLog(logTo, "info", "provision", "")
	if err != nil {
		return err
	}
	queues, objects, err := openCloud(ctx, cfg, log)
	if err != nil {
		return err
	}
	defer queues.Close()
	defer objects.Close()
	return errors.Join(queues.Provision(ctx), objects.Provision(ctx))
}
