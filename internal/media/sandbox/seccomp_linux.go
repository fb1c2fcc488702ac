package sandbox

import (
	"fmt"
	"runtime"
	"slices"
	"unsafe"

	"golang.org/x/sys/unix"
)

// forbidden are calls that a decoder has no use for, on every architecture; forbiddenHere are those of one. They answer
// "operation not permitted", so that a library that merely tries goes on.
var forbidden = []uint32{
	// the network, and other processes' descriptors
	unix.SYS_SOCKET, unix.SYS_SOCKETPAIR, unix.SYS_BIND, unix.SYS_CONNECT, unix.SYS_LISTEN, unix.SYS_ACCEPT, unix.SYS_ACCEPT4,
	unix.SYS_SENDTO, unix.SYS_SENDMSG, unix.SYS_SENDMMSG, unix.SYS_RECVFROM, unix.SYS_RECVMSG, unix.SYS_RECVMMSG,
	// other processes
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE, unix.SYS_PROCESS_MRELEASE,
	unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_GETFD, unix.SYS_PIDFD_SEND_SIGNAL, unix.SYS_KCMP,
	unix.SYS_KILL, unix.SYS_TKILL, unix.SYS_RT_SIGQUEUEINFO, unix.SYS_RT_TGSIGQUEUEINFO,
	// namespaces, mounts and roots
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_MOVE_MOUNT,
	unix.SYS_OPEN_TREE, unix.SYS_OPEN_TREE_ATTR, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK,
	unix.SYS_MOUNT_SETATTR, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_MKNODAT, unix.SYS_QUOTACTL,
	unix.SYS_FANOTIFY_INIT, unix.SYS_FANOTIFY_MARK,
	// wide doors into the kernel
	unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN,
	unix.SYS_USERFAULTFD, unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY, unix.SYS_PERSONALITY, unix.SYS_MEMFD_CREATE,
	unix.SYS_MEMFD_SECRET, unix.SYS_EXECVEAT,
	// the machine
	unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE, unix.SYS_REBOOT,
	unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX,
	unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME, unix.SYS_ACCT, unix.SYS_SYSLOG, unix.SYS_VHANGUP,
}

// newest is the last call that was looked at for the list above. A newer one, and on amd64 one of the x32 numbers, does
// not exist for the child.
const newest = unix.SYS_LISTNS

// Offsets into what the kernel shows a filter (struct seccomp_data); the lower half of the first argument comes first on
// both architectures.
const (
	dataNumber = 0
	dataArch   = 4
	dataArg0   = 16
)

const (
	answerAllow = unix.SECCOMP_RET_ALLOW
	answerKill  = unix.SECCOMP_RET_KILL_PROCESS
	answerEPERM = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
	answerNoSys = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)
)

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func answer(value uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: value}
}

// skipUnless leaves out the next n instructions unless the comparison holds.
func skipUnless(comparison uint16, value uint32, n uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_K | comparison, K: value, Jf: n}
}

// seccompFilter is the program for a process with that id: it allows by default, and forbids.
func seccompFilter(pid uint32) []unix.SockFilter {
	program := []unix.SockFilter{
		load(dataArch),
		{Code: unix.BPF_JMP | unix.BPF_K | unix.BPF_JEQ, K: auditArch, Jt: 1},
		answer(answerKill),
		load(dataNumber),
		skipUnless(unix.BPF_JGT, newest, 1),
		answer(answerNoSys),
		skipUnless(unix.BPF_JEQ, unix.SYS_CLONE3, 1), // its flags are behind a pointer; the C library falls back to clone
		answer(answerNoSys),
		// clone makes threads, no processes
		skipUnless(unix.BPF_JEQ, unix.SYS_CLONE, 4),
		load(dataArg0),
		{Code: unix.BPF_JMP | unix.BPF_K | unix.BPF_JSET, K: unix.CLONE_THREAD, Jf: 1},
		answer(answerAllow),
		answer(answerEPERM),
		// tgkill, which abort uses, reaches the process itself
		skipUnless(unix.BPF_JEQ, unix.SYS_TGKILL, 4),
		load(dataArg0),
		{Code: unix.BPF_JMP | unix.BPF_K | unix.BPF_JEQ, K: pid, Jf: 1},
		answer(answerAllow),
		answer(answerEPERM),
	}
	for _, number := range slices.Concat(forbidden, forbiddenHere) {
		program = append(program, skipUnless(unix.BPF_JEQ, number, 1), answer(answerEPERM))
	}
	return append(program, answer(answerAllow))
}

func seccompInstall(program []unix.SockFilter) error {
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&prog)), 0, 0)
	runtime.KeepAlive(program)
	if err != nil {
		return fmt.Errorf("filter system calls: %w", err)
	}
	return nil
}
