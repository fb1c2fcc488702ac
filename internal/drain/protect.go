package drain

import (
	"context"
	"log/slog"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/autoscaling"
)

// protect keeps the instance's protection what it should be until ctx ends. It is set right once at the start, since a
// killed worker may have left anything behind.
func (g *Guard) protect(ctx context.Context) {
	known, protected, failed := false, false, false
	for {
		want, until := g.wanted()
		wait := until
		if !known || want != protected {
			err := g.setProtection(ctx, want)
			switch {
			case err == nil:
				known, protected, failed = true, want, false
				g.cfg.Log.LogAttrs(ctx, slog.LevelInfo, "protection from scale-in", slog.Bool("on", want))
			case ctx.Err() != nil, g.isLeaving(): // an instance that is to go cannot be protected any more
				return
			default:
				if !failed {
					g.cfg.Log.LogAttrs(ctx, slog.LevelWarn, "protection not set; the job goes on", slog.Bool("on", want), slog.Any("error", err))
				}
				failed, wait = true, g.cfg.Poll
			}
		}
		if !g.await(ctx, wait) {
			return
		}
	}
}

// wanted says whether the instance should be protected now, and for how long that holds if no job begins or ends; 0: for good.
func (g *Guard) wanted() (on bool, until time.Duration) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.running > 0 {
		return true, 0
	}
	if g.ended.IsZero() {
		return false, 0
	}
	left := g.cfg.Quiet - time.Since(g.ended) //nolint:forbidigo // as in count
	return left > 0, max(left, 0)
}

// await waits for a job to begin or end, or for d unless it is 0; false when ctx has ended.
func (g *Guard) await(ctx context.Context, d time.Duration) bool {
	var over <-chan time.Time
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-ctx.Done():
		return false
	case <-g.changed:
	case <-over:
	}
	return true
}

func (g *Guard) setProtection(ctx context.Context, on bool) error {
	return g.call(ctx, func(ctx context.Context) error {
		_, err := g.group.SetInstanceProtection(ctx, &autoscaling.SetInstanceProtectionInput{
			AutoScalingGroupName: &g.cfg.Group, InstanceIds: []string{g.instance}, ProtectedFromScaleIn: aws.Bool(on),
		})
		return err
	})
}
