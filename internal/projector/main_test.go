package projector

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"os"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/pgtest"
	"github.com/rising-stars/showcase/internal/vault"
)

// TestMain runs the tests, or one projecting process of TestKilledProcesses.
func TestMain(m *testing.M) {
	if os.Getenv(projectEnv) != "" {
		os.Exit(projectMain())
	}
	pgtest.Main(m)
}

// patience is how long a test waits for what must happen.
const patience = 30 * time.Second

// tally counts votes per video and remembers where the count was reached; and it keeps names. It fails where it is told
// to.
type tally struct {
	types []string
	fail  func(context.Context, pgx.Tx, events.Recorded) error
}

func (*tally) Name() string      { return "tally" }
func (p *tally) Types() []string { return p.types }

func (p *tally) Apply(ctx context.Context, tx pgx.Tx, batch []events.Recorded) error {
	var votes, positions, names []any
	for _, e := range batch {
		if p.fail != nil {
			if err := p.fail(ctx, tx, e); err != nil {
				return err
			}
		}
		switch fact := e.Event.(type) {
		case events.BallotCast:
			votes, positions = append(votes, [16]byte(fact.VideoID)), append(positions, e.Position)
		case events.AccountRegistered:
			person, _ := fact.Person.Value()
			names = append(names, person.FirstName)
		}
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO tally (video, votes, reached)
		SELECT video, count(*), max(position)
		FROM unnest($1::uuid[], $2::bigint[]) AS v (video, position)
		GROUP BY video
		ON CONFLICT (video) DO UPDATE
		SET votes = tally.votes + excluded.votes, reached = excluded.reached`, votes, positions)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO tally_names SELECT unnest($1::text[])`, names)
	return err
}

func (*tally) Reset(ctx context.Context, tx pgx.Tx) error {
	_, err := tx.Exec(ctx, `WITH names AS (DELETE FROM tally_names) DELETE FROM tally`)
	return err
}

// row is one of the tally's.
type row struct {
	Video   [16]byte
	Votes   int64
	Reached int64
}

// bench is a database with a log, a vault and the tables of tally.
type bench struct {
	db    pgtest.DB
	owner *pgxpool.Pool
	cfg   Config
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{db: pgtest.New(t)}
	b.owner = pgtest.Pool(t, b.db.OwnerURL)
	b.mustExec(t, `CREATE TABLE tally (video uuid PRIMARY KEY, votes bigint NOT NULL, reached bigint NOT NULL)`)
	b.mustExec(t, `CREATE TABLE tally_names (name text)`)
	b.mustExec(t, `GRANT SELECT, INSERT, UPDATE, DELETE ON tally, tally_names TO showcase_app`)
	pool := pgtest.Pool(t, b.db.AppURL)
	b.cfg = Config{
		Pool:  pool,
		Store: eventstore.New(pool, eventstore.Config{}),
		Vault: vault.New(pool, [32]byte{1}, rand.Reader),
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	done := make(chan error, 1)
	go func() { done <- b.cfg.Store.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return b
}

func (b *bench) mustExec(t *testing.T, sql string, args ...any) {
	t.Helper()
	if _, err := b.owner.Exec(t.Context(), sql, args...); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

// tamper runs SQL on the log with its trigger off.
func (b *bench) tamper(t *testing.T, sql string) {
	t.Helper()
	b.mustExec(t, `ALTER TABLE events DISABLE TRIGGER USER`)
	b.mustExec(t, sql)
}

// projector is a fresh one, as of another process, with its own idea of what is done.
func (b *bench) projector(p *tally, change ...func(*Config)) *Projector {
	cfg := b.cfg
	for _, c := range change {
		c(&cfg)
	}
	return New(cfg, p)
}

func batch(n int) func(*Config) { return func(c *Config) { c.Batch = n } }

var lastID atomic.Uint64

func newID() (id events.ID) {
	binary.BigEndian.PutUint64(id[8:], lastID.Add(1))
	id[0] = 1
	return id
}

func video(n int) events.ID { return events.ID{0: 2, 15: byte(n)} }

func (b *bench) append(t *testing.T, facts ...events.Event) (position int64) {
	t.Helper()
	a := eventstore.Append{Stream: newID().String(), Expect: eventstore.NoStream}
	for _, f := range facts {
		a.Events = append(a.Events, eventstore.Pending{ID: newID(), Event: f})
	}
	o, err := b.cfg.Store.Append(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return o.Position
}

// vote appends one ballot for each video.
func (b *bench) vote(t *testing.T, videos ...int) (position int64) {
	t.Helper()
	var facts []events.Event
	for _, v := range videos {
		facts = append(facts, events.BallotCast{VoterID: newID(), VideoID: video(v)})
	}
	return b.append(t, facts...)
}

// rows reads the tally as any reader sees it.
func (b *bench) rows(t *testing.T) []row {
	t.Helper()
	rows, err := b.cfg.Pool.Query(t.Context(), `SELECT video, votes, reached FROM tally ORDER BY video`)
	if err != nil {
		t.Fatal(err)
	}
	all, err := pgx.CollectRows(rows, pgx.RowToStructByPos[row])
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// want is the tally of what was voted from position 1 on.
func want(videos ...int) []row {
	all := []row{}
	at := map[int]int{}
	for i, v := range videos {
		if _, ok := at[v]; !ok {
			at[v] = len(all)
			all = append(all, row{Video: video(v)})
		}
		all[at[v]].Votes++
		all[at[v]].Reached = int64(i + 1)
	}
	return sorted(all)
}

// eventually polls until done holds.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	deadline := time.Now().Add(patience)
	ticker := time.NewTicker(2 * time.Millisecond)
	defer ticker.Stop()
	for !done() {
		if time.Now().After(deadline) {
			t.Fatalf("not in time: %s", what)
		}
		<-ticker.C
	}
}
