//go:build unix && !linux

package local

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// setDeathSignal does nothing: only Linux signals a child when its parent dies. The check for a stale
// server at the next start makes up for it.
func setDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}

// servesDir says whether process pid is a server that works in dir.
func servesDir(pid int, dir string) bool {
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), "postgres") && strings.Contains(string(out), dir)
}
