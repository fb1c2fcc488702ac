package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rising-stars/showcase/internal/app"
)

// envFile holds, while the contest runs, the environment in which the production binary's tools and roles work on it:
//
//	set -a; . .data/env; set +a
//	bin/showcase project status
const envFile = "env"

// writeEnv writes the environment of a running contest for a shell. It holds secrets, as the directory does anyway.
func writeEnv(dir, ownerURL string, cfg app.Config, keys secrets) error {
	var b strings.Builder
	for _, v := range [][2]string{
		{"DATABASE_URL", cfg.DatabaseURL},
		{"MIGRATE_DATABASE_URL", ownerURL},
		{"AWS_REGION", cfg.Region},
		{"AWS_ENDPOINT_URL_SQS", cfg.SQSEndpoint},
		{"AWS_ENDPOINT_URL_S3", cfg.S3Endpoint},
		{"S3_PUBLIC_URL", cfg.S3PublicURL},
		{"AWS_ACCESS_KEY_ID", cfg.AccessKey},
		{"AWS_SECRET_ACCESS_KEY", cfg.SecretKey},
		{"QUEUE_PREFIX", cfg.QueuePrefix},
		{"MEDIA_BUCKET", cfg.MediaBucket},
		{"CONTEST_FILE", cfg.ContestFile},
		{"CONTEST_ID", cfg.ContestID},
		{"MASTER_KEY", keys.MasterKey},
		{"JWT_KEYS", keys.JWTKeys},
	} {
		if v[1] != "" { // a key that is not ours is in the caller's environment
			fmt.Fprintf(&b, "%s='%s'\n", v[0], strings.ReplaceAll(v[1], "'", `'\''`))
		}
	}
	path := filepath.Join(dir, envFile)
	if err := os.WriteFile(path+".new", []byte(b.String()), 0o600); err != nil {
		return fmt.Errorf("write environment: %w", err)
	}
	if err := os.Rename(path+".new", path); err != nil {
		return fmt.Errorf("write environment: %w", err)
	}
	return nil
}
