package fleet

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/e2e"
)

// aheadEnv says by how many seconds the clock of a process is ahead.
const aheadEnv = "FLEET_CLOCK_AHEAD"

// readClock is where the standard library reads the wall clock, and what stands there in the test's build.
const (
	readClock = "	sec, nsec, mono := runtimeNow()\n	if mono == 0 {\n"
	readAhead = "	sec, nsec, mono := runtimeNow()\n	sec += clockAhead\n	if mono == 0 {\n"
	ahead     = `
// clockAhead is by how many seconds this process's wall clock is ahead; its monotonic clock is right, as on a host whose
// clock is set wrongly.
var clockAhead = func() (n int64) {
	text, _ := syscall.Getenv("` + aheadEnv + `")
	sign := int64(1)
	for _, c := range text {
		if c == '-' {
			sign = -1
			continue
		}
		n = 10*n + int64(c-'0')
	}
	return sign * n
}()
`
)

// skewed builds the production binary with a wall clock that can be wrong, and nothing else changed: the whole process has
// that clock, also where libraries sign requests and check tokens. A static program reads the clock without the C library,
// so what changes it from outside for others (libfaketime) does nothing here, and Linux has no namespace for this clock.
func skewed(t *testing.T, dir string) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	original := filepath.Join(strings.TrimSpace(string(root)), "src/time/time.go")
	source, err := os.ReadFile(original)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Count(string(source), readClock) != 1 {
		t.Fatalf("%s reads the clock in another way than this test knows", original)
	}
	text := strings.Replace(string(source), readClock, readAhead, 1) + ahead
	text = strings.Replace(text, "import (\n", "import (\n	\"syscall\"\n", 1)
	changed, overlay, program := filepath.Join(dir, "time.go"), filepath.Join(dir, "overlay.json"), filepath.Join(dir, "showcase-skewed")
	list, err := json.Marshal(map[string]map[string]string{"Replace": {original: changed}})
	if err != nil {
		t.Fatal(err)
	}
	for path, content := range map[string][]byte{changed: []byte(text), overlay: list} {
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-overlay", overlay, "-o", program, "./cmd/showcase")
	build.Dir = filepath.Join("..", "..")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build with a wrong clock: %v\n%s", err, out)
	}
	return program
}

// wrongClock has processes of one role go on with a clock that is ahead, until everything has been looked at.
func (r *run) wrongClock(by time.Duration, members ...*member) {
	r.t.Helper()
	stop := func() {
		for _, m := range members {
			if code := m.Stop(syscall.SIGTERM); code != 0 {
				r.t.Errorf("%s ends with %d", m.name, code)
			}
		}
	}
	stop()
	for _, m := range members {
		env := append(slices.Clone(r.env), m.env...)
		m.Process = e2e.Start(r.t, e2e.Command{
			Path: r.skewedProgram, Args: []string{m.role}, Env: append(env, fmt.Sprintf("%s=%d", aheadEnv, int64(by.Seconds()))),
		})
	}
	r.await(members[0].role+" lives at another time", func() bool { // of relays only the one that leads says anything
		return slices.ContainsFunc(members, func(m *member) bool { return livesAt(m.Output(), time.Now().Add(by)) })
	})
	r.mends = append(r.mends, stop)
}

// livesAt says whether the last line of a log was written within a third of a minute of a moment, by the clock of who wrote it.
func livesAt(output string, at time.Time) bool {
	var last struct{ Time time.Time }
	for line := range strings.Lines(output) {
		_ = json.Unmarshal([]byte(line), &last) // a line that is none says nothing
	}
	return last.Time.Sub(at).Abs() < 20*time.Second
}
