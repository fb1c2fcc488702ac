package main

import (
	"math"
	"net"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/drain/draintest"
	"github.com/rising-stars/showcase/internal/e2e"
	"github.com/rising-stars/showcase/internal/rdsauth/rdstest"
	"github.com/rising-stars/showcase/internal/tracing/tracetest"
)

// TestAsOnHosts runs the roles as the hosts on AWS do: logged in to the database by role, watched by systemd, measured by
// log lines, and with the transcoder in a scaling group that takes its instance away while it works.
func TestAsOnHosts(t *testing.T) {
	t.Parallel()
	d := e2e.NewDeployment(t, time.Now)
	provision(t, d)
	front, cloud, manager := rdstest.NewFront(t, e2e.Lookup(t, d.Env, "DATABASE_URL"), time.Now), draintest.New(t), newManager(t)
	collector := tracetest.New(t)
	front.Let("showcase_host", "us-east-1", e2e.Lookup(t, d.Env, "AWS_ACCESS_KEY_ID"), e2e.Lookup(t, d.Env, "AWS_SECRET_ACCESS_KEY"))
	host := func(role string, more ...string) {
		d.Run(role, append([]string{
			"DATABASE_URL=postgres://showcase_host@" + front.Endpoint + "/showcase?sslmode=verify-full&sslrootcert=" + url.QueryEscape(front.CA),
			"DATABASE_AUTH=rds-iam", "ENVIRONMENT=small", "METRICS_EVERY=1s", "OTEL_EXPORTER_OTLP_ENDPOINT=" + collector.URL, "NOTIFY_SOCKET=" + manager.socket(role), "WATCHDOG_USEC=400000", "DRAIN=5m",
		}, more...)...)
	}
	for _, role := range []string{"api", "relay", "project"} {
		host(role)
	}
	host("transcode", cloud.Env()...)
	for _, role := range []string{"api", "relay", "project", "transcode"} {
		e2e.Eventually(t, role+" is ready and alive", func() bool {
			heard := manager.heard(role)
			return len(heard) > 3 && heard[0] == "READY=1" && heard[3] == "WATCHDOG=1"
		})
	}

	ana := d.API.Join(&e2e.Person{First: "Ana", Last: "Peña", Email: "ana@players.example", City: "Bogotá"})
	upload := func(title string) string {
		return d.API.Upload(ana.Token, e2e.VideoField(e2e.ClipBytes(t, 20)), e2e.TextField("title", title)).Want(201).Text("video_id")
	}
	first := upload("Triples")
	e2e.Eventually(t, "the busy instance is protected", func() bool { return slices.Contains(cloud.Calls(), "protect true") })
	cloud.SetState("Terminated")
	d.API.AwaitProcessed(first, ana.Token)
	e2e.Eventually(t, "the instance may go", func() bool { return slices.Contains(cloud.Calls(), "complete CONTINUE") })

	d.API.Do(e2e.Request{Method: "POST", Path: "/public/videos/" + first + "/vote", Token: ana.Token}).Refused(400, "vote.own-video")
	d.API.Upload(ana.Token, e2e.VideoField([]byte("no video at all")), e2e.TextField("title", "Nada")).Refused(400, "upload.not-an-mp4")
	second, leaving := upload("Mates"), d.Role("transcode")
	d.Run("transcode") // another instance, that is not in a group
	d.API.AwaitProcessed(second, ana.Token)
	if n := strings.Count(leaving.Output(), `"msg":"video processed"`); n != 1 {
		t.Errorf("the leaving instance processed %d videos, want the one that it had begun", n)
	}
	if code := leaving.Stop(syscall.SIGTERM); code != 0 {
		t.Errorf("the leaving instance ends with %d", code)
	}
	for _, role := range []string{"project", "relay", "api"} {
		stop(t, d, role)
		e2e.Eventually(t, "systemd is told that "+role+" ends", func() bool { return slices.Contains(manager.heard(role), "STOPPING=1") })
	}
	oneTrace(t, collector.Spans(), first)
	if _, refused := front.Seen(); len(refused) > 0 {
		t.Errorf("logins were refused: %v", refused)
	}
	told := told{}
	for _, p := range []*e2e.Process{d.Role("api"), d.Role("relay"), d.Role("project"), leaving} {
		told.read(t, p.Output())
	}
	for _, problem := range told.against(listedMetrics(t)) {
		t.Error(problem)
	}
	for name, want := range map[string]float64{
		"SignUps": 1, "UploadsAccepted": 2, "UploadsRefused": 1, "VotesAccepted": 0, "VotesRepeated": 0, "VotesRefused": 1, "RequestsFailed": 0, "RequestsThrottled": 0,
		"AppendsRefused": 0, "RelaySendsFailed": 0, "ProjectionStopped": 0,
		"JobsProcessed": 1, "JobsRejected": 0, "JobsFailed": 0, "JobsGivenUp": 0, "JobsRescued": 0,
	} {
		if got := told.sum(name); got != want {
			t.Errorf("%s is %g, want %g", name, got, want)
		}
	}
	for name, bounds := range map[string][2]float64{
		"JobSeconds": {0.1, 600}, "JobCPUSeconds": {0.1, 600}, "ProcessedAfterSeconds": {0.1, 600}, "AppendSeconds": {0.0001, 600}, "RequestSeconds": {0.0001, 600},
		"ScratchFreeBytes": {1 << 20, math.Inf(1)}, "EventsUnsealed": {5, 10_000}, "Requests": {6, math.Inf(1)},
	} {
		if got := told.last(name); name == "Requests" && told.sum(name) < bounds[0] || name != "Requests" && (got < bounds[0] || got > bounds[1]) {
			t.Errorf("%s is %g at last, %g together, want %v", name, got, told.sum(name), bounds)
		}
	}
	for _, name := range []string{"ProjectionLagSeconds", "RelayLagSeconds"} {
		if lag := told.last(name); lag > 60 {
			t.Errorf("%s is %g at last", name, lag)
		}
	}
}

// oneTrace requires that the trace of a video's job begins with a request, and that each step is below the one before.
func oneTrace(t *testing.T, spans []tracetest.Span, video string) {
	t.Helper()
	byID := map[string]tracetest.Span{}
	for _, s := range spans {
		byID[s.SpanID] = s
	}
	for _, s := range spans {
		if s.Name != "finish processing" || s.Attributes["video.id"] != video {
			continue
		}
		var way []string
		for at, ok := s, true; ok; at, ok = byID[at.ParentID] {
			way = append(way, at.Service+": "+at.Name)
			if at.TraceID != s.TraceID {
				t.Errorf("%s is of another trace", at.Name)
			}
		}
		want := []string{"showcase-transcode: finish processing", "showcase-transcode: job", "showcase-relay: relay video.submitted", "showcase-api: POST"}
		if !slices.Equal(way, want) {
			t.Errorf("the result came by %q, want %q", way, want)
		}
		return
	}
	t.Errorf("no result of %s among %d spans", video, len(spans))
}

// manager listens as systemd does, on a socket for each service.
type manager struct {
	t   *testing.T
	dir string

	mu   sync.Mutex
	said map[string][]string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	return &manager{t: t, dir: t.TempDir(), said: map[string][]string{}}
}

func (m *manager) socket(service string) string {
	path := filepath.Join(m.dir, service)
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		m.t.Fatal(err)
	}
	var reader sync.WaitGroup
	reader.Go(func() {
		b := make([]byte, 100)
		for {
			n, err := conn.Read(b)
			if err != nil {
				return // closed with the test
			}
			m.mu.Lock()
			m.said[service] = append(m.said[service], string(b[:n]))
			m.mu.Unlock()
		}
	})
	m.t.Cleanup(func() { conn.Close(); reader.Wait() })
	return path
}

func (m *manager) heard(service string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.said[service])
}
