package bench

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/local/pgserver"
	"github.com/rising-stars/showcase/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestRun(t *testing.T) {
	t.Parallel()
	binaries, err := pgserver.Find(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(binaries.Dir, "pgbench")); errors.Is(err, os.ErrNotExist) {
		t.Skipf("pgbench comes with PostgreSQL's client programs, which are not in %s", binaries.Dir)
	}
	var out bytes.Buffer
	r, err := Run(t.Context(), Config{
		DatabaseURL: pgtest.New(t).OwnerURL, PGBin: binaries.Dir, Rounds: 1, Part: 100 * time.Millisecond,
		NewID: func() events.ID { return events.ID(uuid.New()) },
	}, &out)
	if err != nil {
		t.Fatal(err)
	}
	if r.Peer <= 0 || len(r.Appends) != len(inFlight) || strings.Count(out.String(), "\n") != 3 {
		t.Errorf("%+v\n%s", r, out.String())
	}
	for n, a := range r.Appends {
		if a.PerSecond <= 0 || a.P50 <= 0 || a.P99 < a.P50 {
			t.Errorf("%d in flight: %+v", n, a)
		}
	}
}

func TestRunFails(t *testing.T) {
	t.Parallel()
	url := pgtest.New(t).OwnerURL
	for name, cfg := range map[string]Config{
		"no pgbench": {DatabaseURL: url, PGBin: t.TempDir()},
		"no URL":     {DatabaseURL: "postgres://%zz"},
	} {
		if _, err := Run(t.Context(), cfg, &bytes.Buffer{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestMedian(t *testing.T) {
	t.Parallel()
	self := func(v float64) float64 { return v }
	if got := median([]float64{9, 1, 5}, self); got != 5 {
		t.Errorf("median of three = %v", got)
	}
	if got := median([]float64{9, 1}, self); got != 1 {
		t.Errorf("median of two = %v", got)
	}
	if got := summarise(nil, time.Second); got != (Appends{}) {
		t.Errorf("summary of nothing = %v", got)
	}
}
