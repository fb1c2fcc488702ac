//go:build unix && !linux

package child

import (
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// setDeathSignal does nothing: only Linux signals a child when its parent dies. The check for a stale
// server at the next start makes up for it.
func setDeathSignal(*syscall.SysProcAttr, syscall.Signal) {}

// WorksIn says whether process pid is one whose command line names dir: the working directory is not to be
// had everywhere.
func WorksIn(pid int, dir string) bool {
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	return err == nil && strings.Contains(string(out), dir)
}
