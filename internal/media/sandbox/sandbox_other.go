//go:build !linux

package sandbox

import (
	"os/exec"
	"syscall"
)

// RunIfChild does nothing here.
func RunIfChild() {}

// Probe says that nothing is enforced here.
func Probe() Features { return Features{} }

// Own does nothing here: the child is who we are.
func Own(...string) error { return nil }

// Command is the program as it is, in a process group and with an environment of its own.
func Command(s Spec) (*exec.Cmd, error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	cmd := exec.Command(s.Path, s.Args...)
	cmd.Dir, cmd.Env = s.Dir, environment
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return cmd, nil
}
