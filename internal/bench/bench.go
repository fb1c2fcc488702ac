// Package bench measures a running contest from the outside and prints what it sees, beside a peer in the same run. The
// machines it runs on are shared and differ; so the ratios are what to look at, and nothing here passes or fails.
package bench

import (
	"context"
	"fmt"
	"io"
	"time"
)

// HTTP measures votes, ranking reads and the ranking's lag, and prints a line each. peer is what pgbench reached with
// single-row inserts at 32 clients in the same run, in rows a second; 0 when it was not measured.
func HTTP(ctx context.Context, t Target, peer float64, out io.Writer) error {
	if _, err := t.castVotes(ctx, warmUp, connections, t.Videos); err != nil {
		return fmt.Errorf("the first votes: %w", err)
	}
	spread, err := t.castVotes(ctx, votesPerRun, connections, t.Videos)
	if err != nil {
		return fmt.Errorf("votes on %d videos: %w", len(t.Videos), err)
	}
	line(out, fmt.Sprintf("votes over HTTP, %d videos, %d connections", len(t.Videos), connections), spread, peer, "pgbench single inserts")
	hot, err := t.castVotes(ctx, votesPerRun, connections, t.Videos[:1])
	if err != nil {
		return fmt.Errorf("votes on one video: %w", err)
	}
	line(out, fmt.Sprintf("votes over HTTP, one hot video, %d connections", connections), hot, spread.perSecond(), "spread votes")
	crowd, err := t.castVotes(ctx, votesPerRun, manyConnections, t.Videos)
	if err != nil {
		return fmt.Errorf("votes of a crowd: %w", err)
	}
	line(out, fmt.Sprintf("votes over HTTP, %d videos, %d connections", len(t.Videos), manyConnections), crowd, peer, "pgbench single inserts")
	reads, err := t.readRankings(ctx)
	if err != nil {
		return fmt.Errorf("ranking reads: %w", err)
	}
	line(out, fmt.Sprintf("ranking page reads, %d connections", connections), reads, spread.perSecond(), "spread votes")
	lag, err := t.rankingLag(ctx)
	if err != nil {
		return fmt.Errorf("ranking lag: %w", err)
	}
	fmt.Fprintf(out, "%-52s p50 %s  p99 %s  max %s  (from the vote's answer to the page that shows it; %d votes)\n",
		fmt.Sprintf("ranking lag at %d votes/s", lagRate), ms(lag.percentile(0.50)), ms(lag.percentile(0.99)),
		ms(lag.percentile(1)), lag.requests)
	return nil
}

func line(out io.Writer, what string, l load, peer float64, peerName string) {
	fmt.Fprintf(out, "%-52s %8.0f/s  p50 %s  p99 %s", what, l.perSecond(), ms(l.percentile(0.50)), ms(l.percentile(0.99)))
	if peer > 0 {
		fmt.Fprintf(out, "  = %.2f × %s (%.0f/s)", l.perSecond()/peer, peerName, peer)
	}
	fmt.Fprintln(out)
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d)/float64(time.Millisecond)) }
