package app

import (
	"context"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/anomaly"
	"github.com/rising-stars/showcase/internal/audit"
)

// Anomalies are groups of ballots that look made, in a ranking.
type Anomalies struct {
	Clusters []anomaly.Cluster
	Official analysis.Result

	log   *anomaly.Log
	count *analysis.Count
}

// Anomalies looks for them in the log up to a position.
func (a *Analyst) Anomalies(ctx context.Context, upTo int64, progress func(position, upTo int64)) (*Anomalies, error) {
	void, err := a.Void(ctx, upTo)
	if err != nil {
		return nil, err
	}
	found := &Anomalies{log: anomaly.NewLog(void), count: analysis.NewCount(analysis.Rule{}, void, nil, nil)}
	err = a.Each(ctx, upTo, audit.Sink{
		Progress: progress, Addresses: true,
		Ballot: func(b *analysis.Ballot) {
			found.log.Ballot(b)
			found.count.Ballot(b)
		},
		Fact: func(r events.Recorded) {
			found.log.Fact(r)
			found.count.Fact(r)
		},
	})
	if err != nil {
		return nil, err
	}
	found.Clusters, found.Official = found.log.Clusters(), found.count.Result()
	return found, nil
}

// Without is the ranking without the ballots of these clusters.
func (f *Anomalies) Without(clusters ...anomaly.Cluster) analysis.Result {
	return f.count.Without(f.log.Less(clusters...))
}

// Owner is whose a video is.
func (f *Anomalies) Owner(video events.ID) events.ID {
	owner, _ := f.count.Owner(video)
	return owner
}
