package sandbox_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rising-stars/showcase/internal/media/sandbox"
)

// The test binary is three things: the tests, the child that sandbox starts, and the program that the child becomes (a
// copy named probe), which tries what its arguments say and reports.
func TestMain(m *testing.M) {
	sandbox.RunIfChild()
	if filepath.Base(os.Args[0]) == "probe" {
		syscall.Exit(probe(os.Args[1], os.Args[2:])) // os.Exit lets the race detector sleep for a second first
	}
	os.Exit(m.Run())
}

// Exit codes of the probe.
const (
	done    = 0
	refused = 10 // the kernel said no
	strange = 11 // something else went wrong
)

func probe(action string, args []string) int {
	err := actions[action](args)
	switch {
	case err == nil:
		return done
	case errors.Is(err, syscall.EACCES), errors.Is(err, syscall.EPERM), errors.Is(err, syscall.ENOSYS), errors.Is(err, syscall.EMFILE):
		fmt.Println(err)
		return refused
	}
	fmt.Println(err)
	return strange
}

func try(number uintptr, args ...uintptr) error {
	args = append(args, 0, 0, 0)
	if _, _, errno := unix.Syscall(number, args[0], args[1], args[2]); errno != 0 {
		return errno
	}
	return nil
}

var actions = map[string]func([]string) error{
	"nothing": func([]string) error { return nil },
	"read": func(a []string) error {
		text, err := os.ReadFile(a[0])
		fmt.Printf("%s", text)
		return err
	},
	"list":   func(a []string) error { _, err := os.ReadDir(a[0]); return err },
	"write":  func(a []string) error { return os.WriteFile(a[0], []byte("x"), 0o600) },
	"remove": func(a []string) error { return os.Remove(a[0]) },
	"tcp": func(a []string) error {
		conn, err := net.Dial("tcp", a[0])
		if err == nil {
			conn.Close()
		}
		return err
	},
	"listen":     func([]string) error { _, err := net.Listen("tcp", "127.0.0.1:0"); return err },
	"udp":        func([]string) error { _, err := net.Dial("udp", "127.0.0.1:9"); return err },
	"unix":       func([]string) error { _, err := net.Dial("unix", "@showcase"); return err },
	"netlink":    func([]string) error { return try(unix.SYS_SOCKET, unix.AF_NETLINK, unix.SOCK_RAW, 0) },
	"socketpair": func([]string) error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err },
	"start":      func([]string) error { return exec.Command("/bin/true").Run() },
	"execute":    func([]string) error { return syscall.Exec("/bin/true", []string{"true"}, nil) },
	"signal": func(a []string) error {
		pid, _ := strconv.Atoi(a[0])
		return unix.Kill(pid, 0)
	},
	"ptrace":    func([]string) error { return try(unix.SYS_PTRACE, unix.PTRACE_TRACEME) },
	"namespace": func([]string) error { return unix.Unshare(unix.CLONE_NEWUSER) },
	"io_uring":  func([]string) error { return try(unix.SYS_IO_URING_SETUP, 1, 0) },
	"bpf":       func([]string) error { return try(unix.SYS_BPF) },
	"keys":      func([]string) error { return try(unix.SYS_KEYCTL) },
	"mount":     func([]string) error { return unix.Mount("none", "/mnt", "tmpfs", 0, "") },
	"memfd":     func([]string) error { _, err := unix.MemfdCreate("x", 0); return err },
	"future":    func([]string) error { return try(9999) },
	"threads": func([]string) error {
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() { _ = try(unix.SYS_NANOSLEEP) })
		}
		group.Wait()
		return nil
	},
	"files": func([]string) error {
		for range 200 {
			if _, err := os.Open("/dev/null"); err != nil {
				return err
			}
		}
		return nil
	},
	"large file": func([]string) error {
		file, err := os.Create("large")
		for block := make([]byte, 1<<20); err == nil; {
			_, err = file.Write(block)
		}
		return err
	},
	"spin": func([]string) error {
		fmt.Println("ready")
		for n := 0; ; n++ {
		}
	},
	"memory": func([]string) error {
		size, err := unix.Mmap(-1, 0, 8<<30, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANON|unix.MAP_NORESERVE)
		fmt.Println(len(size), err)
		if errors.Is(err, unix.ENOMEM) {
			return unix.EPERM
		}
		return err
	},
	"environment": func([]string) error { fmt.Print(strings.Join(os.Environ(), "\n")); return nil },
	"status": func([]string) error {
		gone, err := unix.PrctlRetInt(unix.PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)
		mode, _ := unix.PrctlRetInt(unix.PR_GET_SECCOMP, 0, 0, 0, 0)
		fmt.Printf("uid=%d gid=%d nnp=%d seccomp=%d", os.Getuid(), os.Getgid(), gone, mode)
		return err
	},
}
