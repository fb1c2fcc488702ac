package projector

import (
	"bufio"
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/eventstore"
	"github.com/rising-stars/showcase/internal/vault"
)

// What a projecting process, which is this test binary started anew, is told.
const (
	projectEnv = "PROJECTOR_TEST_DATABASE" // the database's URL
	afterEnv   = "PROJECTOR_TEST_AFTER"    // at how many events it waits to be killed
)

// projectMain steps through the log in a process of its own, says each event before it is committed, and waits at the last
// of those that it was told of.
func projectMain() int {
	ctx := context.Background()
	after, err := strconv.Atoi(os.Getenv(afterEnv))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	said := 0
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
		if said++; said == after {
			time.Sleep(patience) // nobody's orphan
		}
		return nil
	}})
	for {
		if n, err := p.Step(ctx); err != nil || n == 0 {
			return 0
		}
	}
}

// TestKilledProcesses kills projecting processes at ever later events, two at a time, each in the middle of a step; one of
// the test's own finishes. Every vote is counted once.
func TestKilledProcesses(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var videos []int
	for i := range 120 {
		videos = append(videos, i%7)
	}
	b.vote(t, videos[:60]...)
	last := b.vote(t, videos[60:]...)
	for after := 1; after <= 16; after += 3 {
		var both sync.WaitGroup
		for range 2 {
			kill := startProjecting(t, b, after)
			both.Go(func() {
				if said := kill(); said != after {
					t.Errorf("a process said %d events of the %d at which it was to be killed", said, after)
				}
			})
		}
		both.Wait()
	}
	p := b.projector(&tally{})
	if err := p.CatchUp(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want(videos...), b.rows(t)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// startProjecting starts a process; the returned function kills it where it waits, and tells how many events it had said.
func startProjecting(t *testing.T, b *bench, after int) (kill func() int) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), projectEnv+"="+b.db.AppURL, afterEnv+"="+strconv.Itoa(after))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return func() int {
		said := 0
		for scan := bufio.NewScanner(out); said < after && scan.Scan(); {
			said++
		}
		_ = cmd.Process.Kill() // it has ended already if it said too little
		_ = cmd.Wait()
		return said
	}
}
