package eventstore

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"
	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/pgtest"
)

// writerEnv holds the writer's job, as JSON, when this test binary is started as a writer process.
const writerEnv = "EVENTSTORE_TEST_WRITER"

const (
	writerOps      = 300 // each in one of three kinds
	writerInFlight = 12
	sharedBallots  = 40 // that all writers want to cast
)

// job is what one writer process does. The same job makes the same ids, so that it can be done again after a kill.
type job struct {
	URL    string
	Writer byte
	Seed   int
}

// op is one append of a job: it must end up in the log once, except that a ballot goes to one writer only.
type op struct {
	Append
	ballot bool
}

// ops draws the appends of a job.
func (j job) ops() (all []op) {
	kinds := rapid.SliceOfN(rapid.IntRange(0, 9), writerOps, writerOps).Example(j.Seed)
	own := int64(0)
	for n, kind := range kinds {
		o := op{Append: Append{Stream: "shared", Expect: AnyVersion}}
		size := 1
		switch {
		case kind < 4:
			o.Stream, o.Expect, o.ballot = fmt.Sprint("ballot-", (n+int(j.Writer))%sharedBallots), NoStream, true
		case kind < 7:
			size = kind - 3
			o.Stream, o.Expect = j.stream(), own
			own += int64(size)
		}
		for i := range size {
			o.Events = append(o.Events, Pending{ID: j.id(n, i), Event: events.BallotCast{VoterID: j.id(n, i)}})
		}
		all = append(all, o)
	}
	return all
}

func (j job) stream() string { return fmt.Sprint("own-", j.Writer) }

func (j job) id(op, event int) (id events.ID) {
	id[0], id[1] = 2, j.Writer
	binary.BigEndian.PutUint32(id[8:], uint32(op))
	binary.BigEndian.PutUint32(id[12:], uint32(event))
	return id
}

// writerMain does a job in a process of its own, one line of output per answer, and returns its exit code.
func writerMain() int {
	var j job
	if err := json.Unmarshal([]byte(os.Getenv(writerEnv)), &j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	pool, err := OpenPool(ctx, j.URL, "writer", 2)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer pool.Close()
	failures := j.work(ctx, pool, func(line string) { fmt.Println(line) })
	return min(failures, 1)
}

// work does a job: the operations on its own stream in order, the others many at a time.
func (j job) work(ctx context.Context, pool *pgxpool.Pool, say func(string)) (failures int) {
	s := New(pool, Config{})
	ctx, stop := context.WithCancel(ctx)
	var flusher, workers sync.WaitGroup
	flusher.Go(func() { _ = s.Run(ctx) })
	var failed atomic.Int64
	do := func(o op) {
		got, err := s.Append(ctx, o.Append)
		switch {
		case err != nil, got.Result == Conflict && !o.ballot:
			failed.Add(1)
			say(fmt.Sprintf("FAILED %s expecting %d: %v, %v", o.Stream, o.Expect, got, err))
		default:
			say(fmt.Sprintf("%s %s %d %d", got.Result, o.Stream, got.Version, got.Position))
		}
	}
	own, others := make(chan op, writerOps), make(chan op, writerOps)
	for _, o := range j.ops() {
		if o.Stream == j.stream() {
			own <- o
		} else {
			others <- o
		}
	}
	close(own)
	close(others)
	for i := range writerInFlight {
		queue := others
		if i == 0 {
			queue = own
		}
		workers.Go(func() {
			for o := range queue {
				do(o)
			}
		})
	}
	workers.Wait()
	stop()
	flusher.Wait()
	return int(failed.Load())
}

// startWriter starts a writer process; lines gets what it says until it ends.
func startWriter(t *testing.T, j job) (cmd *exec.Cmd, lines <-chan string) {
	t.Helper()
	b, err := json.Marshal(j)
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), writerEnv+"="+string(b))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := make(chan string, writerOps)
	go func() {
		defer close(said)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			said <- scan.Text()
		}
	}()
	return cmd, said
}

// TestProcesses lets several processes write at once, kills one of them in the middle and has it start over, while a
// reader follows the log: no event is lost or doubled, there is no hole, and every stream is in order.
func TestProcesses(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	s := New(pgtest.Pool(t, db.AppURL), Config{})
	stopTail := tail(t, s)
	const writers = 3
	var jobs []job
	var wg sync.WaitGroup
	for w := range writers {
		j := job{URL: db.AppURL, Writer: byte(w), Seed: w}
		jobs = append(jobs, j)
		wg.Go(func() {
			if w == 0 {
				killOnce(t, j)
			}
			cmd, lines := startWriter(t, j)
			said := 0
			for line := range lines {
				if said++; strings.HasPrefix(line, "FAILED") {
					t.Errorf("writer %d: %s", w, line)
				}
			}
			if err := cmd.Wait(); err != nil || said != writerOps {
				t.Errorf("writer %d said %d lines and ended with %v", w, said, err)
			}
		})
	}
	wg.Wait()
	checkLog(t, stopTail(), jobs)
}

// killOnce starts a writer and kills it in the middle.
func killOnce(t *testing.T, j job) {
	t.Helper()
	cmd, lines := startWriter(t, j)
	said := 0
	for range lines {
		if said++; said == writerOps/3 {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || said == writerOps {
		t.Errorf("the writer was not killed in the middle: it said %d lines and ended with %v", said, err)
	}
}

// tail follows the log while others write; the returned function reads to the end and returns everything.
func tail(t *testing.T, s *Store) (stop func() []events.Recorded) {
	t.Helper()
	stopping := make(chan struct{})
	result := make(chan []events.Recorded, 1)
	go func() {
		var all []events.Recorded
		defer func() { result <- all }()
		for {
			last := isClosed(stopping)
			page, err := s.ReadPage(t.Context(), int64(len(all)), 50, nil)
			if err != nil {
				t.Errorf("tail: %v", err)
				return
			}
			for _, e := range page.Events {
				if e.Position != int64(len(all)+1) {
					t.Errorf("tail: position %d after %d", e.Position, len(all))
				}
				all = append(all, e)
			}
			if last && len(page.Events) == 0 {
				return
			}
		}
	}()
	return func() []events.Recorded {
		close(stopping)
		return <-result
	}
}

// checkLog compares what a reader saw with what the jobs must have written.
func checkLog(t *testing.T, log []events.Recorded, jobs []job) {
	t.Helper()
	versions := map[string]int64{}
	positions := map[events.ID]int64{}
	for i, e := range log {
		if e.Version != versions[e.Stream]+1 {
			t.Errorf("%s has version %d after %d", e.Stream, e.Version, versions[e.Stream])
		}
		versions[e.Stream] = e.Version
		if again, ok := positions[e.ID]; ok {
			t.Errorf("event %s is at %d and at %d", e.ID, again, e.Position)
		}
		positions[e.ID] = e.Position
		if i > 0 && e.RecordedAt.Before(log[i-1].RecordedAt) {
			t.Errorf("position %d was recorded before the one in front of it", e.Position)
		}
	}
	want := 0
	ballots := map[string]bool{}
	for _, j := range jobs {
		ownLast := int64(0)
		for _, o := range j.ops() {
			if o.ballot {
				ballots[o.Stream] = true
				continue
			}
			want += len(o.Events)
			first := positions[o.Events[0].ID]
			for i, e := range o.Events {
				if first == 0 || positions[e.ID] != first+int64(i) {
					t.Errorf("%s: event %d of an item is at %d, its first at %d", o.Stream, i, positions[e.ID], first)
				}
			}
			if o.Stream == j.stream() {
				if first <= ownLast {
					t.Errorf("%s is out of order at %d", o.Stream, first)
				}
				ownLast = first
			}
		}
	}
	for stream := range ballots {
		if versions[stream] != 1 {
			t.Errorf("%s has %d votes", stream, versions[stream])
		}
	}
	if want += len(ballots); len(log) != want {
		t.Errorf("the log has %d events, want %d", len(log), want)
	}
}
