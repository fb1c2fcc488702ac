package fleet

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/bus"
	"github.com/rising-stars/showcase/internal/e2e"
)

// every is the variable that says what is tried: all faults, or those whose names have a text; without it those that take a
// minute together.
const every = "FLEET"

const (
	restartAfter = 2 * time.Second  // what was killed is started again, as systemd does
	outage       = 6 * time.Second  // of a service that comes back by itself
	wrong        = 10 * time.Minute // of a clock
	slow         = 50 * time.Second // of an API's clock: at a minute it takes fresh tokens of others for tokens of the future
)

// fault is something that is broken while people use the fleet.
type fault struct {
	name   string
	breaks func(r *run)            // before a video is uploaded; mends with later
	during func(r *run, id string) // while that video is worked on
	strict bool                    // no request may fail
	asking bool                    // people only ask; no video is uploaded meanwhile
	short  bool                    // within the minute
}

// run is one fault at work.
type run struct {
	*fleet
	mending sync.WaitGroup
	mends   []func() // what is set right once everything was looked at
}

// later mends something while the test goes on. do must not end the test.
func (r *run) later(after time.Duration, do func()) {
	r.mending.Go(func() {
		select {
		case <-r.t.Context().Done():
		case <-time.After(after):
			do()
		}
	})
}

var faults = []fault{
	{name: "nothing", strict: true},
	{name: "kill -9 of an API", short: true, asking: true, breaks: func(r *run) { r.kill(r.of("api")[0]) }},
	{name: "kill -9 of the relay that leads", short: true, breaks: func(r *run) { r.kill(r.leader()) }},
	{name: "kill -9 of a projector", breaks: func(r *run) { r.kill(r.of("project")[0]) }},
	{name: "kill -9 of a working transcoder", during: func(r *run, id string) { r.kill(r.workerOf(id)) }},
	{name: "rolling restart of the APIs", strict: true, short: true, asking: true, breaks: (*run).rollingRestart},
	{name: "SIGSTOP of an API", breaks: func(r *run) { r.freeze(r.of("api")[1]) }},
	{name: "SIGSTOP of the relay that leads", breaks: func(r *run) { r.freeze(r.leader()) }},
	{name: "SIGSTOP of a working transcoder", during: func(r *run, id string) { r.freeze(r.workerOf(id)) }},
	{name: "restart of PostgreSQL", breaks: func(r *run) { r.restartPostgres() }},
	{name: "the object store answers 500", breaks: func(r *run) { r.moody(r.objects, fails) }},
	{name: "the object store hangs", breaks: func(r *run) { r.moody(r.objects, hangs) }},
	{name: "the queues answer 500", breaks: func(r *run) { r.moody(r.queues, fails) }},
	{name: "the queues hang", breaks: func(r *run) { r.moody(r.queues, hangs) }},
	{name: "three deliveries of one job", during: (*run).deliverAgain},
	{name: "the queues' clock jumps ahead", during: func(r *run, _ string) { r.skew.Add(int64(10 * time.Minute)) }},
	{name: "the queues' clock jumps back", during: func(r *run, _ string) { r.skew.Add(-int64(10 * time.Minute)) }},
	{name: "the clock of an API is ahead", breaks: func(r *run) { r.wrongClock(wrong, r.of("api")[0]) }},
	{name: "the clock of an API is behind", breaks: func(r *run) { r.wrongClock(-slow, r.of("api")[1]) }},
	{name: "the transcoders' clock is ahead", breaks: func(r *run) { r.wrongClock(wrong, r.of("transcode")...) }},
	{name: "the relays' clock is behind", breaks: func(r *run) { r.wrongClock(-wrong, r.of("relay")...) }},
	{name: "scratch is full while it works", breaks: (*run).smallDisk, during: (*run).fillDisk},
}

func TestFleet(t *testing.T) {
	t.Parallel()
	wanted := os.Getenv(every)
	all := wanted != ""
	n, people := size{api: 3, relay: 2, project: 2, transcode: 3}, voters
	if !all {
		n, people = size{api: 2, relay: 2, project: 1, transcode: 1}, fewVoters
	}
	f := start(t, n)
	if all {
		f.skewedProgram = skewed(t, f.dir)
	}
	l := begin(f, people)
	results := []string{heading}
	for i, fault := range faults {
		if all && wanted != "all" && !strings.Contains(fault.name, wanted) || !all && !fault.short {
			continue
		}
		fault.asking = fault.asking || !all
		got := f.try(l, fault, i)
		results = append(results, got.String())
		t.Log(got.String())
		if got.lost > 0 || got.doubled > 0 || fault.strict && got.failed > 0 {
			t.Errorf("%s: %d lost, %d doubled, %d of %d requests failed", fault.name, got.lost, got.doubled, got.failed, got.requests)
		}
		if t.Failed() {
			break
		}
	}
	f.end()
	if !t.Failed() {
		f.checksFindFaults(l)
	}
	fmt.Fprintln(os.Stderr, strings.Join(results, "\n"))
}

// try breaks something under load and looks at what is left.
func (f *fleet) try(l *load, what fault, number int) result {
	f.t.Helper()
	l.reset()
	l.run()
	r := &run{fleet: f}
	<-time.After(time.Second) // of requests that must be well
	began := time.Now()
	if what.breaks != nil {
		what.breaks(r)
	}
	if what.asking {
		<-time.After(restartAfter)
	} else {
		id := l.upload(fmt.Sprintf("fault-%d", number))
		if what.during != nil {
			what.during(r, id)
		}
		l.processed(id)
		defer func() { l.videos = append(l.videos, id) }()
	}
	r.mending.Wait()
	f.await("read models are whole", func() bool { return whole(f.tool("project", "status")) })
	took := time.Since(began)
	for _, mend := range r.mends {
		mend()
	}
	f.supervise()
	l.stop()
	requests, failed, last := l.reset()
	got := result{fault: what.name, requests: requests, failed: failed, whole: took}
	if failed > 0 {
		got.answers = last.Sub(began)
	}
	e2e.CheckReadModels(f.t, f.env)
	tables := e2e.NewTables(f.t, f.postgres.AppURL())
	defer tables.Close()
	got.lost, got.doubled = l.lost(tables), doubled(tables)
	if odd := processedOnce(tables); odd > 0 {
		f.t.Errorf("%s: %d uploads were not processed exactly once", what.name, odd)
	}
	if requests < 20 {
		f.t.Errorf("%s: only %d requests were made, which says nothing", what.name, requests)
	}
	return got
}

// whole reads what `project status` prints: every read model within what a busy moment may leave.
func whole(status string) bool {
	for line := range strings.Lines(status) {
		fields := strings.Fields(line)
		if behind, err := strconv.Atoi(fields[2]); err == nil && behind > 20 {
			return false
		}
	}
	return true
}

// kill ends a process at once; it is started again after a while.
func (r *run) kill(m *member) {
	m.Kill()
	r.later(restartAfter, func() { r.launch(m) })
}

// freeze stops a process for a while without ending it.
func (r *run) freeze(m *member) {
	m.Signal(syscall.SIGSTOP)
	r.later(outage, func() { _ = syscall.Kill(m.PID(), syscall.SIGCONT) })
}

// moody spoils a service for a while.
func (r *run) moody(p *proxy, m mood) {
	p.set(m)
	r.later(outage, func() { p.set(passes) })
}

// rollingRestart restarts the APIs one by one, each when the balancer has the one before again.
func (r *run) rollingRestart() {
	for _, m := range r.of("api") {
		if code := m.Stop(syscall.SIGTERM); code != 0 {
			r.t.Errorf("%s ends with %d: %s", m.name, code, m.Output())
		}
		r.launch(m)
		own := e2e.NewAPI(r.t, "http://"+strings.TrimPrefix(m.env[0], "HTTP_ADDR="))
		r.await(m.name+" is ready", func() bool { return ready(r.t, own) })
		<-time.After(2 * time.Second) // for the balancer's own look at it
	}
}

// workerOf waits until a video is worked on, and finds by whom.
func (r *run) workerOf(id string) *member {
	r.t.Helper()
	tables := e2e.NewTables(r.t, r.postgres.AppURL())
	defer tables.Close()
	var found *member
	r.await("a transcoder works on "+id, func() bool {
		for _, worker := range tables.Strings(`
			SELECT data->>'worker' FROM events WHERE data->>'video_id' = $1 AND data ? 'worker' ORDER BY position DESC LIMIT 1`, id) {
			for _, m := range r.of("transcode") {
				if strings.HasSuffix(worker, "-"+strconv.Itoa(m.PID())) {
					found = m
				}
			}
		}
		return found != nil
	})
	return found
}

// deliverAgain puts two more messages for one job beside the one that is worked on.
func (r *run) deliverAgain(id string) {
	r.t.Helper()
	r.workerOf(id)
	tables := e2e.NewTables(r.t, r.postgres.AppURL())
	defer tables.Close()
	row := strings.Split(tables.Strings(`
		SELECT concat_ws('|', id, stream, version, position) FROM events WHERE type = 'video.submitted' AND data->>'video_id' = $1`, id)[0], "|")
	event, err := events.ParseID(row[0])
	if err != nil {
		r.t.Fatal(err)
	}
	video, err := events.ParseID(id)
	if err != nil {
		r.t.Fatal(err)
	}
	version, _ := strconv.ParseInt(row[2], 10, 64)
	position, _ := strconv.ParseInt(row[3], 10, 64)
	aws, err := bus.LoadAWS(r.t.Context(), bus.Credentials{
		Region: "us-east-1", AccessKey: e2e.Lookup(r.t, r.env, "AWS_ACCESS_KEY_ID"), SecretKey: e2e.Lookup(r.t, r.env, "AWS_SECRET_ACCESS_KEY"),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	queues := bus.New(bus.Config{AWS: aws, Endpoint: r.queues.URL, Prefix: "fleet-"})
	defer queues.Close()
	work := bus.Work{EventID: event, Type: events.VideoSubmitted{}.EventType(), Stream: row[1], Version: version, Position: position, Time: time.Now(), VideoID: video}
	if err := queues.Publisher().PublishWork(r.t.Context(), bus.Transcode, work, work); err != nil {
		r.t.Fatal(err)
	}
}

// diskBytes is a little more than a transcoder wants to see free before it begins.
const diskBytes = "1100m"

// smallDisk leaves one transcoder, whose scratch is a small disk of its own. A shell beside it fills the disk for as long as
// a file says so.
func (r *run) smallDisk() {
	r.t.Helper()
	for _, m := range r.of("transcode") {
		if code := m.Stop(syscall.SIGTERM); code != 0 {
			r.t.Errorf("%s ends with %d", m.name, code)
		}
	}
	const script = `
		mount -t tmpfs -o size=` + diskBytes + `,mode=0755 tmpfs "$1" || exit 3
		while kill -0 $$ 2>/dev/null; do
			if [ -e "$2" ]; then [ -e "$1/fill" ] || dd if=/dev/zero of="$1/fill" bs=1M 2>/dev/null; else rm -f "$1/fill"; fi
			sleep 0.05
		done &
		exec "$3" transcode`
	args := []string{"--mount"}
	if os.Getuid() != 0 {
		args = []string{"--map-root-user", "--mount"}
	}
	m := r.of("transcode")[0]
	scratch := r.sub("small", 0)
	args = append(args, "sh", "-c", script, "sh", scratch, filepath.Join(r.dir, "full"), e2e.Program(r.t, "showcase"))
	m.Process = e2e.Start(r.t, e2e.Command{Path: unshare(r.t), Args: args, Env: append(r.env, "SCRATCH_DIR="+scratch)})
}

func unshare(t *testing.T) string {
	t.Helper()
	path, err := exec.LookPath("unshare")
	if err != nil {
		t.Fatal("unshare is not installed, so no disk can be made small: apt-get install util-linux")
	}
	return path
}

// fillDisk fills the small disk once the job has begun, and empties it again.
func (r *run) fillDisk(id string) {
	r.t.Helper()
	m := r.workerOf(id)
	full := filepath.Join(r.dir, "full")
	if err := os.WriteFile(full, nil, 0o600); err != nil {
		r.t.Fatal(err)
	}
	r.await("the transcoder notices", func() bool {
		return strings.Contains(m.Output(), `"code":"no-space"`) || strings.Contains(m.Output(), `"given back"`) || strings.Contains(m.Output(), "worker not ready")
	})
	if err := os.Remove(full); err != nil {
		r.t.Fatal(err)
	}
}
