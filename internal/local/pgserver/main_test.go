package pgserver

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// helperEnv makes the test binary play the part of a process that is about to be killed.
const helperEnv = "SHOWCASE_LOCAL_TEST_HELPER"

func TestMain(m *testing.M) {
	if part := os.Getenv(helperEnv); part != "" {
		os.Exit(playHelper(part, os.Args[1]))
	}
	os.Exit(m.Run())
}

func playHelper(part, dir string) int {
	var err error
	var line string
	switch part {
	case "postgres":
		var p *Server
		if p, err = Start(context.Background(), quick(dir)); err == nil {
			line = p.SuperURL()
		}
	}
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	fmt.Println(line)
	_, _ = bufio.NewReader(os.Stdin).ReadString('\n') // until the test kills us or goes away
	return 0
}

// startHelper runs part of the test binary on dir and returns its first line of output.
func startHelper(t *testing.T, part, dir string) (helper *exec.Cmd, line string) {
	t.Helper()
	helper = exec.Command(os.Args[0], dir)
	helper.Env = append(os.Environ(), helperEnv+"="+part)
	helper.Stderr = os.Stderr
	stdin, err := helper.StdinPipe()
	ok(t, err)
	stdout, err := helper.StdoutPipe()
	ok(t, err)
	ok(t, helper.Start())
	t.Cleanup(func() {
		_ = stdin.Close()
		_ = helper.Process.Kill()
		_ = helper.Wait()
	})
	line, err = bufio.NewReader(stdout).ReadString('\n')
	ok(t, err)
	if strings.HasPrefix(line, "error:") {
		t.Fatalf("helper %s: %s", part, line)
	}
	return helper, strings.TrimSpace(line)
}

// quick is a server that need not survive a power cut.
func quick(dir string) Config {
	return Config{Dir: dir, Settings: map[string]string{"fsync": "off", "shared_buffers": "16MB"}}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually polls a condition until it holds, for at most thirty seconds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("not within 30 s: %s", what)
		}
	}
}
