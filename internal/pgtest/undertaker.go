package pgtest

import (
	"fmt"
	"os/exec"
	"syscall"
)

// undertakerScript waits until its input ends, which is when this process ends, however it ends. Then it
// stops the server, should it still run, and removes its directory.
const undertakerScript = `
read -r _
pid=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null)
if [ -n "$pid" ]; then
	kill -QUIT "$pid" 2>/dev/null
	tries=100
	while kill -0 "$pid" 2>/dev/null && [ "$tries" -gt 0 ]; do
		sleep 0.1
		tries=$((tries - 1))
	done
fi
rm -rf "$1"
`

// startUndertaker returns the function that has the directory removed and waits for that.
func startUndertaker(dir string) (undertake func() error, err error) {
	cmd := exec.Command("/bin/sh", "-c", undertakerScript, "showcase-pgtest-cleanup", dir)
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a Ctrl-C is for the tests
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the process that cleans up: %w", err)
	}
	return func() error {
		_ = input.Close()
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("clean up %s: %w", dir, err)
		}
		return nil
	}, nil
}
