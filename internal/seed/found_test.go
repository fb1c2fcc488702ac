package seed_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/anomaly"
	"github.com/rising-stars/showcase/internal/seed"
	"github.com/rising-stars/showcase/internal/vault"
)

// TestPlantedFraudIsFound looks for the fraud in generated logs, among honest crowds that look like it.
func TestPlantedFraudIsFound(t *testing.T) {
	t.Parallel()
	for n := range uint64(3) {
		t.Run(fmt.Sprint("seed ", n+1), func(t *testing.T) {
			t.Parallel()
			found, l := look(t, seed.Config{Events: 60_000, Seed: n + 1, Fraud: seed.Kinds})
			s := anomaly.Measure(found, planted(l))
			t.Logf("precision %.3f, recall %.3f, %+v", s.Precision, s.Recall, s.Kinds)
			if s.Precision < 0.9 || s.Recall < 0.8 {
				t.Errorf("precision %.3f, recall %.3f; want 0.9 and 0.8", s.Precision, s.Recall)
			}
			for _, k := range s.Kinds {
				if k.Recall < 0.8 && k.Kind != "thin" { // of which there is hardly a trace, on purpose
					t.Errorf("of %s %.3f was found; want 0.8", k.Kind, k.Recall)
				}
			}
		})
	}
}

// TestHonestCrowdsAreNotFraud looks at logs without fraud: spoken-of videos, newcomers and schools give no strong group of
// any size.
func TestHonestCrowdsAreNotFraud(t *testing.T) {
	t.Parallel()
	for n := range uint64(3) {
		found, _ := look(t, seed.Config{Events: 40_000, Seed: 10 + n})
		marked := 0
		for _, c := range found {
			if c.Score >= anomaly.Strong {
				marked += c.Ballots
			}
		}
		if marked > 40 {
			t.Errorf("seed %d: %d honest ballots are in strong groups", 10+n, marked)
		}
	}
}

// TestGroupsCanBeLeftOut counts a log without its strong groups, by the detector's own reckoning and under the rule that
// its ranges make.
func TestGroupsCanBeLeftOut(t *testing.T) {
	t.Parallel()
	var facts []events.Recorded
	first := anomaly.NewLog(nil)
	each(t, seed.Config{Events: 30_000, Seed: 5, Fraud: seed.Kinds}, func(r events.Recorded) {
		facts = append(facts, r)
		feed(first, r)
	})
	strong := slices.DeleteFunc(first.Clusters(), func(c anomaly.Cluster) bool { return c.Score < anomaly.Strong })
	if len(strong) < 5 {
		t.Fatalf("%d strong groups", len(strong))
	}
	var rule analysis.Rule
	for _, c := range strong {
		rule.Exclude = append(rule.Exclude, analysis.Match{Videos: c.Videos, Ranges: c.Ranges})
	}
	official, counted, log := analysis.NewCount(analysis.Rule{}, nil, nil, nil), analysis.NewCount(rule, nil, nil, nil), anomaly.NewLog(nil)
	for _, r := range facts {
		official.Event(r)
		counted.Event(r)
		feed(log, r)
	}
	again := log.Clusters()[:len(strong)]
	got, want := official.Without(log.Less(again...)), counted.Result()
	if diff := cmp.Diff(want.Lines, got.Lines); diff != "" {
		t.Errorf("(-rule +without):\n%s", diff)
	}
	if diff := cmp.Diff(want.Removed, got.Removed); diff != "" {
		t.Errorf("removed (-rule +without):\n%s", diff)
	}
}

func planted(l *seed.Log) []anomaly.Planted {
	var all []anomaly.Planted
	for _, c := range l.Truth() {
		all = append(all, anomaly.Planted{Kind: c.Kind, Ballots: c.Ballots})
	}
	return all
}

// look generates a log and looks at it.
func look(t *testing.T, cfg seed.Config) ([]anomaly.Cluster, *seed.Log) {
	t.Helper()
	log := anomaly.NewLog(nil)
	l := each(t, cfg, func(r events.Recorded) { feed(log, r) })
	return log.Clusters(), l
}

func feed(log *anomaly.Log, r events.Recorded) {
	if f, ok := r.Event.(events.BallotCast); ok {
		log.Ballot(&analysis.Ballot{
			Position: r.Position, At: r.RecordedAt, ID: r.ID, Voter: f.VoterID, Video: f.VideoID, Address: r.Meta.AddressDigest,
		})
		return
	}
	log.Fact(r)
}

// each generates a log.
func each(t *testing.T, cfg seed.Config, take func(events.Recorded)) *seed.Log {
	t.Helper()
	cfg.Contest, cfg.Days, cfg.Start = events.ID{1}, 21, time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	cfg.Vault = vault.New(nil, [32]byte{1}, nil)
	l, err := seed.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, more, err := l.Next()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			return l
		}
		one, err := events.Raw{
			Position: row.Position, ID: row.ID, Type: row.Type, Schema: int(row.Schema), Data: row.Data, Meta: row.Meta, RecordedAt: row.At,
		}.Decode()
		if err != nil {
			t.Fatal(err)
		}
		take(one)
	}
}
