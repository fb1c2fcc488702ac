package fleet

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/e2e"
	"github.com/rising-stars/showcase/internal/local"
	"github.com/rising-stars/showcase/internal/local/pgserver"
)

func TestMain(m *testing.M) {
	local.RunIfChild()
	e2e.Main(m)
}

// member is a process of the fleet, which is started again as its supervisor would.
type member struct {
	name, role string
	env        []string
	*e2e.Process
}

// fleet is everything that runs.
type fleet struct {
	t        *testing.T
	api      *e2e.API // through the balancer
	env      []string
	dir      string
	postgres *pgserver.Server
	pgConfig pgserver.Config
	queues   *proxy
	objects  *proxy
	skew     atomic.Int64 // of the queue server's clock, in nanoseconds
	members  []*member

	skewedProgram string // whose clock can be wrong; empty when no fault wants one
}

// size is how many processes of each role there are.
type size struct{ api, relay, project, transcode int }

func start(t *testing.T, n size) *fleet {
	t.Helper()
	f := &fleet{t: t, dir: t.TempDir()}
	f.startBehind()
	var apis []string
	for i := range n.api {
		addr := e2e.FreeAddr(t)
		apis = append(apis, addr)
		f.add("api", i, "HTTP_ADDR="+addr, "UPLOAD_DIR="+f.sub("upload", i), "DRAIN_DELAY=2s")
	}
	for role, count := range map[string]int{"relay": n.relay, "project": n.project} {
		for i := range count {
			f.add(role, i)
		}
	}
	for i := range n.transcode {
		f.add("transcode", i, "SCRATCH_DIR="+f.sub("scratch", i))
	}
	for i, addr := range apis {
		own := e2e.NewAPI(t, "http://"+addr)
		f.await(fmt.Sprintf("api-%d is ready", i), func() bool { return ready(t, own) })
	}
	front := f.balance(apis)
	f.api = e2e.NewAPI(t, "http://"+front)
	f.await("the balancer has an API", func() bool { return ready(t, f.api) })
	return f
}

func ready(t *testing.T, api *e2e.API) bool {
	t.Helper()
	answer, err := api.Try(t.Context(), e2e.Request{Path: "/readyz"})
	return err == nil && answer.Status == 200
}

func (f *fleet) sub(name string, i int) string {
	path := filepath.Join(f.dir, fmt.Sprintf("%s-%d", name, i))
	if err := os.MkdirAll(path, 0o755); err != nil {
		f.t.Fatal(err)
	}
	return path
}

// startBehind starts the database, the queues and the objects, and what the processes need to find them.
func (f *fleet) startBehind() {
	f.t.Helper()
	ctx := f.t.Context()
	f.pgConfig = pgserver.Config{Dir: filepath.Join(f.dir, "postgres")}
	var err error
	if f.postgres, err = pgserver.Start(ctx, f.pgConfig); err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = f.postgres.Stop() })
	_, port, _ := strings.Cut(strings.SplitN(f.postgres.AppURL(), "@", 2)[1], ":")
	if _, err := fmt.Sscanf(port, "%d/", &f.pgConfig.Port); err != nil {
		f.t.Fatal(err)
	}
	stack, err := local.Start(ctx, local.Config{
		Dir: filepath.Join(f.dir, "stack"), DatabaseURL: f.postgres.AppURL(), Log: slog.New(slog.DiscardHandler),
		Now: func() time.Time { return time.Now().Add(time.Duration(f.skew.Load())) },
	})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(func() { _ = stack.Close(context.WithoutCancel(ctx)) })
	f.queues, f.objects = newProxy(f.t, stack.SQSEndpoint), newProxy(f.t, stack.S3Endpoint)
	contest := filepath.Join(f.dir, "contest.yaml")
	text := fmt.Sprintf("name: Flota\ncities: [Bogotá, Cali]\nopens_at: %s\ncloses_at: %s\nvote_goal: 10\nfinalists_per_city: 2\n",
		time.Now().UTC().Add(-time.Hour).Format(time.RFC3339), time.Now().UTC().Add(24*time.Hour).Format(time.RFC3339))
	if err := os.WriteFile(contest, []byte(text), 0o600); err != nil {
		f.t.Fatal(err)
	}
	f.env = []string{
		"DATABASE_URL=" + f.postgres.AppURL(), "MIGRATE_DATABASE_URL=" + f.postgres.SuperURL(), "DATABASE_MAX_CONNS=10",
		"AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=" + stack.AccessKey, "AWS_SECRET_ACCESS_KEY=" + stack.SecretKey,
		"AWS_ENDPOINT_URL_SQS=" + f.queues.URL, "AWS_ENDPOINT_URL_S3=" + f.objects.URL, "QUEUE_PREFIX=fleet-", "MEDIA_BUCKET=fleet-media",
		"CONTEST_FILE=" + contest, "LIMITS=off", "TRUSTED_PROXIES=127.0.0.1/32", "JOB_BACKOFF=1s", "DRAIN=20s",
		"MASTER_KEY=" + secret(), "JWT_KEYS=first:" + secret(), "LOG_LEVEL=info",
	}
	f.tool("migrate")
	if err := f.postgres.EnsureAppRole(ctx); err != nil {
		f.t.Fatal(err)
	}
	f.tool("provision")
}

func secret() string {
	b := make([]byte, 32)
	rand.Read(b) // it never fails
	return base64.StdEncoding.EncodeToString(b)
}

// tool runs a command of the binary.
func (f *fleet) tool(args ...string) string {
	f.t.Helper()
	return e2e.Run(f.t, e2e.Command{Path: e2e.Program(f.t, "showcase"), Args: args, Env: f.env})
}

func (f *fleet) add(role string, i int, env ...string) {
	f.t.Helper()
	m := &member{name: fmt.Sprintf("%s-%d", role, i), role: role, env: env}
	f.members = append(f.members, m)
	f.launch(m)
}

func (f *fleet) launch(m *member) {
	f.t.Helper()
	m.Process = e2e.Start(f.t, e2e.Command{Path: e2e.Program(f.t, "showcase"), Args: []string{m.role}, Env: append(slices.Clone(f.env), m.env...)})
}

// of lists the processes of a role.
func (f *fleet) of(role string) []*member {
	var list []*member
	for _, m := range f.members {
		if m.role == role {
			list = append(list, m)
		}
	}
	return list
}

// supervise starts what has ended, as systemd would.
func (f *fleet) supervise() {
	f.t.Helper()
	for _, m := range f.members {
		if m.Ended() {
			f.launch(m)
		}
	}
}

// leader is the relay that leads.
func (f *fleet) leader() *member {
	f.t.Helper()
	var found *member
	f.await("a relay leads", func() bool {
		for _, m := range f.of("relay") {
			out := m.Output()
			if !m.Ended() && strings.Count(out, `"relay leads"`) > strings.Count(out, `"relay does not lead"`) {
				found = m
			}
		}
		return found != nil
	})
	return found
}

// balance starts the balancer before the APIs: no retries, so that what fails is seen.
func (f *fleet) balance(apis []string) string {
	f.t.Helper()
	front := e2e.FreeAddr(f.t)
	var b strings.Builder
	fmt.Fprintf(&b, "defaults\n mode http\n timeout connect 1s\n timeout client 30s\n timeout server 30s\n timeout check 1s\n retries 0\n option forwardfor\n")
	fmt.Fprintf(&b, "frontend public\n bind %s\n default_backend api\nbackend api\n balance leastconn\n option httpchk GET /readyz\n", front)
	for i, addr := range apis {
		fmt.Fprintf(&b, " server api%d %s check inter 300ms fall 2 rise 2\n", i, addr)
	}
	path := filepath.Join(f.dir, "haproxy.cfg")
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		f.t.Fatal(err)
	}
	e2e.Start(f.t, e2e.Command{Path: haproxy(f.t), Args: []string{"-db", "-f", path}})
	return front
}

func haproxy(t *testing.T) string {
	t.Helper()
	for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/sbin") {
		if path := filepath.Join(dir, "haproxy"); executable(path) {
			return path
		}
	}
	const how = "haproxy is not installed, so no fleet was run: make setup-test, or apt-get install haproxy"
	if os.Getenv("CI") != "" {
		t.Fatal(how)
	}
	t.Skip(how)
	return ""
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir() && info.Mode()&0o111 != 0
}

func (f *fleet) await(what string, holds func() bool) {
	f.t.Helper()
	e2e.Eventually(f.t, what, holds)
}

// restartPostgres stops the database in order and starts it again where it was.
func (f *fleet) restartPostgres() {
	f.t.Helper()
	if err := f.postgres.Stop(); err != nil {
		f.t.Fatal(err)
	}
	var err error
	if f.postgres, err = pgserver.Start(f.t.Context(), f.pgConfig); err != nil {
		f.t.Fatal(err)
	}
}

// end stops every process in order.
func (f *fleet) end() {
	f.t.Helper()
	for _, role := range []string{"transcode", "project", "relay", "api"} {
		for _, m := range f.of(role) {
			if code := m.Stop(syscall.SIGTERM); code != 0 {
				f.t.Errorf("%s ends with %d", m.name, code)
			}
		}
	}
}
