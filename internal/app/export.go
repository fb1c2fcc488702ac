package app

import (
	"context"
	"errors"
	"time"

	"github.com/rising-stars/showcase/internal/export"
)

// ExportConfig says what to export.
type ExportConfig struct {
	Dir, Format string
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
	if cfg.To == 0 {
		var begun bool
		if cfg.To, begun = export.Begun(cfg.Dir); !begun {
			head, err := a.Store.Head(ctx)
			if err != nil {
				return Manifest{}, err
			}
			cfg.To = head
		}
	}
	return export.Run(ctx, export.Config{
		Pool: a.Pool, Vault: a.Vault, Dir: cfg.Dir, Format: cfg.Format, From: cfg.From, To: cfg.To, Types: cfg.Types,
		Personal: cfg.Personal, Now: time.Now, Progress: progress,
	})
}
