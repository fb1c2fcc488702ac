package lag_test

import (
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/lag"
	"github.com/rising-stars/showcase/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

func TestBehindIsTheAgeOfTheOldestEventThatWasNotPassed(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	owner := pgtest.Pool(t, db.OwnerURL)
	const insert = `
		INSERT INTO events (log_id, position, stream, version, id, type, schema, data, meta, recorded_at)
		SELECT 1, n, 's', n, gen_random_uuid(), 'x.happened', 1, '{}', '{}', now() - make_interval(secs => 100 - 10 * n)
		FROM generate_series(1, 5) AS n`
	if _, err := owner.Exec(t.Context(), insert); err != nil {
		t.Fatal(err)
	}
	log := lag.Log{Pool: pgtest.Pool(t, db.AppURL), ID: 1}
	for position, want := range map[int64]time.Duration{0: 90 * time.Second, 3: 60 * time.Second, 4: 50 * time.Second, 5: 0, 9: 0} {
		got, err := log.Behind(t.Context(), position)
		if err != nil {
			t.Fatal(err)
		}
		if got < want || got > want+20*time.Second || want == 0 && got != 0 {
			t.Errorf("after %d: %s, want %s", position, got, want)
		}
	}
	other := lag.Log{Pool: log.Pool, ID: 2}
	if got, err := other.Behind(t.Context(), 0); err != nil || got != 0 {
		t.Errorf("another log: %s, %v", got, err)
	}
}
