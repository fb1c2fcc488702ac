package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// RunIfChild becomes the program when this process was started by Command, and then never returns; else it does
// nothing. Call it first thing in main, and in TestMain of packages whose tests run a pipeline.
func RunIfChild() {
	text, ok := os.LookupEnv(variable)
	if !ok {
		return
	}
	err := become(text)
	fmt.Fprintf(os.Stderr, "sandbox: %v\n", err)
	os.Exit(ExitSetup)
}

// become confines the calling thread, which is the only one that exec leaves, and replaces the program.
func become(text string) error {
	runtime.LockOSThread()
	debug.SetGCPercent(-1) // nothing may be mapped any more once the address space is limited
	var o orders
	if err := json.Unmarshal([]byte(text), &o); err != nil {
		return fmt.Errorf("read orders: %w", err)
	}
	if err := os.Chdir(o.Dir); err != nil {
		return fmt.Errorf("enter the working directory: %w", err)
	}
	rules, err := landlockRules(o)
	if err != nil {
		return err
	}
	if o.Drop {
		if err := drop(); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil { // a change of user forgets it
		return fmt.Errorf("set the parent-death signal: %w", err)
	}
	if os.Getppid() != o.Parent {
		return errors.New("the parent is gone")
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	if err := landlockRestrict(rules); err != nil {
		return err
	}
	filter := seccompFilter(uint32(os.Getpid()))
	if err := limit(o.Limits); err != nil {
		return err
	}
	if err := seccompInstall(filter); err != nil {
		return err
	}
	return fmt.Errorf("execute %s: %w", o.Program, syscall.Exec(o.Program, append([]string{o.Path}, o.Args...), environment))
}

// drop leaves root. Root that may not change its user (a container without that capability) stays.
func drop() error {
	for _, step := range []func() error{
		func() error { return syscall.Setgroups(nil) },
		func() error { return syscall.Setgid(nobody) },
		func() error { return syscall.Setuid(nobody) },
	} {
		if err := step(); err != nil && !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("leave root: %w", err)
		}
	}
	return nil
}

func limit(l Limits) error {
	seconds := uint64(l.CPU / time.Second)
	for _, r := range []struct {
		resource  int
		soft, max uint64
	}{
		{unix.RLIMIT_CORE, 0, 0},
		{unix.RLIMIT_CPU, seconds, seconds + 5},
		{unix.RLIMIT_FSIZE, l.FileSize, l.FileSize},
		{unix.RLIMIT_NOFILE, l.OpenFiles, l.OpenFiles},
		{unix.RLIMIT_AS, l.AddressSpace, l.AddressSpace},
	} {
		if err := syscall.Setrlimit(r.resource, &syscall.Rlimit{Cur: r.soft, Max: r.max}); err != nil {
			return fmt.Errorf("set limit %d: %w", r.resource, err)
		}
	}
	return nil
}
