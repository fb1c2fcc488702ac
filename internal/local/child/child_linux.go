package child

import (
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

func setDeathSignal(attr *syscall.SysProcAttr, sig syscall.Signal) {
	attr.Pdeathsig = sig
}

// WorksIn says whether process pid is one whose working directory is dir. A zombie has none, so an ended
// process that nobody reaped counts as gone.
func WorksIn(pid int, dir string) bool {
	cwd, err := os.Readlink("/proc/" + strconv.Itoa(pid) + "/cwd")
	if err != nil {
		return false
	}
	resolved, err := filepath.EvalSymlinks(dir)
	return err == nil && cwd == resolved
}
