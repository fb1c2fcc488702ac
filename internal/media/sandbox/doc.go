// Package sandbox runs a program that reads hostile files (ffmpeg, ffprobe) with as little as it needs.
//
// Linux offers no way to confine a child from outside before it runs, so our own binary is started again: the child finds
// its orders in the environment (RunIfChild, called first thing in main), gives up what it may not have, and becomes the
// program. What it gives up, in this order:
//
//   - limits on CPU seconds, file size, open files, address space; no core files
//   - root, where the worker runs as root: the child becomes nobody (65534), so that even where Landlock is missing it
//     reads nothing that is not everybody's. It is in its working directory before that, so the directories above need
//     not be open to nobody. Where the kernel refuses (a user namespace without that id) it stays who it is
//   - new privileges (no_new_privs), and outliving its parent (PR_SET_PDEATHSIG)
//   - files (Landlock): it reads and writes what Spec names, reads the system's libraries, executes the program and its
//     loader, and nothing else; TCP, abstract sockets and signals go the same way where the kernel knows how
//   - system calls (seccomp): no sockets, no new processes, no signals to others, no ptrace, namespaces, mounts, io_uring,
//     bpf, keys; calls newer than this file do not exist
//
// The environment of the program is made here; nothing of ours (database, keys) is passed on.
//
// Where the kernel has no Landlock the rest stays, and Probe says so. On other systems than Linux there is no sandbox:
// the program is started as it is, and Probe says that too. The package decides nothing about what it runs: deadlines
// and killing belong to the caller, who gets an unstarted exec.Cmd.
package sandbox
