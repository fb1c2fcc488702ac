package sandbox

import (
	"bufio"
	"debug/elf"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
)

// variable marks a child and carries its orders.
const variable = "SHOWCASE_SANDBOX"

// nobody is the user and the group that a child of root becomes.
const nobody = 65534

// orders is what the parent tells the child.
type orders struct {
	Spec
	Program string // Path with its links followed
	Loader  string // the program's ELF interpreter, empty when it needs none
	Parent  int    // pid, so that a child whose parent is gone already ends
	Drop    bool
}

// Command is the program inside its sandbox, not started: the caller sets the standard streams, starts it on a thread
// that lives until it ends (runtime.LockOSThread: the child dies with the thread that started it) and waits for it.
// It leads a process group of its own. An error means that the program cannot be run like this at all.
func Command(s Spec) (*exec.Cmd, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	program, err := filepath.EvalSymlinks(s.Path)
	if err != nil {
		return nil, fmt.Errorf("find the program: %w", err)
	}
	loader, err := interpreter(program)
	if err != nil {
		return nil, fmt.Errorf("read the program %s: %w", program, err)
	}
	text, err := json.Marshal(orders{Spec: s, Program: program, Loader: loader, Parent: os.Getpid(), Drop: Probe().Drops})
	if err != nil {
		return nil, fmt.Errorf("encode orders: %w", err)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = []string{variable + "=" + string(text)}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	return cmd, nil
}

// interpreter is the loader that an ELF program names.
func interpreter(program string) (string, error) {
	file, err := elf.Open(program)
	if err != nil {
		return "", err
	}
	defer file.Close()
	section := file.Section(".interp")
	if section == nil {
		return "", nil
	}
	name, err := section.Data()
	if err != nil {
		return "", err
	}
	return strings.TrimRight(string(name), "\x00"), nil
}

// Probe says what a child will be confined by.
func Probe() Features { return probe() }

var probe = sync.OnceValue(func() Features {
	return Features{Confined: true, Landlock: landlockVersion(), Drops: os.Geteuid() == 0 && mapped(nobody)}
})

// mapped says whether the user namespace that we are in knows the id.
func mapped(id int64) bool {
	file, err := os.Open("/proc/self/uid_map")
	if err != nil {
		return false
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var inside, outside, count int64
		if _, err := fmt.Sscan(lines.Text(), &inside, &outside, &count); err == nil && id >= inside && id < inside+count {
			return true
		}
	}
	return false
}

// Own gives files and directories to the user that a child runs as; it does nothing when that is who we are.
func Own(paths ...string) error {
	if !Probe().Drops {
		return nil
	}
	for _, path := range paths {
		if err := os.Lchown(path, nobody, nobody); err != nil && !errors.Is(err, os.ErrPermission) {
			return fmt.Errorf("give to the sandbox: %w", err)
		}
	}
	return nil
}
