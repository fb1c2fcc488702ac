package projector

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/vault"
)

// projectEnv holds the database's URL when this test binary is started as a projecting process.
const projectEnv = "PROJECTOR_TEST_DATABASE"

// projectMain steps through the log in a process of its own, one event at a time, and says each before it is committed.
func projectMain() int {
	ctx := context.Background()
	pool, err := eventstore.OpenPool(ctx, os.Getenv(projectEnv), "test", 2)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	defer pool.Close()
	p := New(Config{
		Pool: pool, Store: eventstore.New(pool, eventstore.Config{}), Vault: vault.New(pool, [32]byte{1}, rand.Reader), Batch: 3,
	}, &tally{fail: func(_ context.Context, _ pgx.Tx, e events.Recorded) error {
		fmt.Println(e.Position)
		return nil
	}})
	for {
		if n, err := p.Step(ctx); err != nil || n == 0 {
			return 0
		}
	}
}

// TestKilledProcesses kills projecting processes at ever later moments, two at a time; one of the test's own finishes.
// Every vote is counted once.
func TestKilledProcesses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var videos []int
	for i := range 90 {
		videos = append(videos, i%7)
	}
	last := b.vote(t, videos...)
	killed := 0
	for after := 1; after <= 16; after += 3 {
		bystander := startProjecting(t, b)
		if victim := startProjecting(t, b); victim(after) {
			killed++
		}
		bystander(after)
	}
	if killed == 0 {
		t.Error("no process was killed: the test shows nothing")
	}
	p := b.projector(&tally{})
	if err := p.CatchUp(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want(videos...), b.rows(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// startProjecting starts a process; the returned function kills it after so many events and reports whether it was in
// the middle.
func startProjecting(t *testing.T, b *bench) (kill func(after int) bool) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), projectEnv+"="+b.db.AppURL)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func(after int) bool {
		said := 0
		for scan := bufio.NewScanner(out); said < after && scan.Scan(); {
			said++
		}
		killed := said == after && cmd.Process.Kill() == nil
		return cmd.Wait() != nil && killed
	}
}
