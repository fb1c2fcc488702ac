package audit_test

import (
	"bytes"
	"context"
	"strconv"
	"testing"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
	"github.com/rising-stars/showcase/internal/audit"
	"github.com/rising-stars/showcase/internal/logtest"
	"github.com/rising-stars/showcase/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

type bench struct{ *logtest.Database }

func newBench(t *testing.T) bench {
	t.Helper()
	db := pgtest.New(t)
	return bench{logtest.NewDatabase(pgtest.Pool(t, db.OwnerURL), pgtest.Pool(t, db.AppURL))}
}

// store writes a log and is a reader of it.
func (b bench) store(log []events.Recorded) (audit.Reader, error) {
	store, err := b.Write(context.Background(), log)
	return audit.Reader{Pool: b.App, Store: store, Vault: b.Vault, Contest: logtest.Contest}, err
}

// count counts the first n events of a log, ballot by ballot.
func count(log []events.Recorded, n int, rule analysis.Rule) analysis.Result {
	var acts []events.Ledger
	for _, r := range log[:n] {
		if f, ok := r.Event.(events.Ledger); ok {
			acts = append(acts, f)
		}
	}
	bursts := analysis.NewBursts()
	for _, r := range log[:n] {
		if f, ok := r.Event.(events.BallotCast); ok {
			bursts.Add(f.VideoID, r.RecordedAt)
		}
	}
	c := analysis.NewCount(rule, analysis.Void(acts), bursts, nil)
	for _, r := range log[:n] {
		c.Event(r)
	}
	return c.Result()
}

func sameID(a, b events.ID) bool { return bytes.Equal(a[:], b[:]) }

func itoa(n int64) string { return strconv.FormatInt(n, 10) }
