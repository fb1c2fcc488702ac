package e2e

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/local"
)

// Deployment is the production binary against stand-ins for the cloud: a process for each role.
type Deployment struct {
	API     *API
	Env     []string
	Scratch string // of the worker

	t     testing.TB
	roles map[string]*Process
}

// NewDeployment starts the stand-ins, in this process; the programs are the caller's to run. Main must have been begun
// with local.RunIfChild.
func NewDeployment(t testing.TB, now func() time.Time) *Deployment {
	t.Helper()
	dir := t.TempDir()
	stack, err := local.Start(t.Context(), local.Config{Dir: filepath.Join(dir, "stack"), Now: now, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	d := &Deployment{t: t, Scratch: filepath.Join(dir, "scratch"), roles: map[string]*Process{}}
	t.Cleanup(func() { d.end(stack) })
	shareBumpers(t, d.Scratch)
	addr, contest := FreeAddr(t), filepath.Join(dir, "contest.yaml")
	d.API = NewAPI(t, "http://"+addr)
	if err := os.WriteFile(contest, []byte(contestFile(now())), 0o600); err != nil {
		t.Fatal(err)
	}
	d.Env = []string{
		"DATABASE_URL=" + stack.DatabaseURL, "MIGRATE_DATABASE_URL=" + stack.OwnerURL,
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=" + stack.AccessKey, "AWS_SECRET_ACCESS_KEY=" + stack.SecretKey,
		"AWS_ENDPOINT_URL_SQS=" + stack.SQSEndpoint, "AWS_ENDPOINT_URL_S3=" + stack.S3Endpoint,
		"QUEUE_PREFIX=e2e-", "MEDIA_BUCKET=e2e-media", "CONTEST_FILE=" + contest, "HTTP_ADDR=" + addr, "LIMITS=off",
		"MASTER_KEY=" + random32(), "JWT_KEYS=first:" + random32(), "SCRATCH_DIR=" + d.Scratch, "UPLOAD_DIR=" + dir,
		"JOB_BACKOFF=100ms", "DRAIN=1s", "DRAIN_DELAY=100ms",
	}
	d.Tool("migrate")
	if err := stack.EnsureAppRole(t.Context()); err != nil {
		t.Fatal(err)
	}
	return d
}

// end stops the roles in order, and then the stand-ins.
func (d *Deployment) end(stack *local.Stack) {
	for _, p := range d.roles {
		if !p.Ended() {
			_ = syscall.Kill(p.PID(), syscall.SIGTERM) // it may have ended meanwhile
		}
	}
	for role, p := range d.roles {
		for range int(Patience / pollEvery) { // the test's context has ended already
			if p.Ended() {
				break
			}
			<-time.After(pollEvery)
		}
		if !p.Ended() {
			d.t.Errorf("%s goes on after SIGTERM", role)
		}
	}
	if err := stack.Close(context.WithoutCancel(d.t.Context())); err != nil {
		d.t.Error(err)
	}
}

// Run starts a role.
func (d *Deployment) Run(role string, env ...string) *Process {
	d.t.Helper()
	p := Start(d.t, Command{Path: Program(d.t, "showcase"), Args: []string{role}, Env: append(d.Env, env...)})
	d.roles[role] = p
	return p
}

// Role is the process that was last started for a role.
func (d *Deployment) Role(role string) *Process { return d.roles[role] }

// Tool runs a command of the binary and returns what it printed.
func (d *Deployment) Tool(args ...string) string {
	d.t.Helper()
	return Run(d.t, Command{Path: Program(d.t, "showcase"), Args: args, Env: d.Env})
}

// contestFile is open at that moment.
func contestFile(now time.Time) string {
	var b strings.Builder
	fmt.Fprintln(&b, "name: Ensayo general")
	fmt.Fprintln(&b, "cities: [Bogotá, Cali]")
	fmt.Fprintf(&b, "opens_at: %s\n", now.UTC().Add(-time.Hour).Format(time.RFC3339))
	fmt.Fprintf(&b, "closes_at: %s\n", now.UTC().Add(24*time.Hour).Format(time.RFC3339))
	fmt.Fprintln(&b, "vote_goal: 10")
	fmt.Fprintln(&b, "finalists_per_city: 2")
	return b.String()
}

func random32() string {
	b := make([]byte, 32)
	rand.Read(b) // it never fails
	return base64.StdEncoding.EncodeToString(b)
}
