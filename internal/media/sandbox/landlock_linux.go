package sandbox

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"unsafe"

	"golang.org/x/sys/unix"
)

// What a rule may allow. Everything that the kernel knows is handled, hence forbidden, unless a rule allows it.
const (
	readFile  = unix.LANDLOCK_ACCESS_FS_READ_FILE
	readDir   = readFile | unix.LANDLOCK_ACCESS_FS_READ_DIR
	execute   = readFile | unix.LANDLOCK_ACCESS_FS_EXECUTE
	readWrite = readFile | unix.LANDLOCK_ACCESS_FS_WRITE_FILE
	writeDir  = readDir | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE |
		unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE
	onFiles = execute | readWrite | unix.LANDLOCK_ACCESS_FS_TRUNCATE
)

// handled is what each version of the interface knows about files.
var handled = []uint64{
	1: unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1,
	2: unix.LANDLOCK_ACCESS_FS_REFER<<1 - 1,
	3: unix.LANDLOCK_ACCESS_FS_TRUNCATE<<1 - 1,
	4: unix.LANDLOCK_ACCESS_FS_TRUNCATE<<1 - 1,
	5: unix.LANDLOCK_ACCESS_FS_IOCTL_DEV<<1 - 1,
}

// Versions from which the kernel also stops TCP, and abstract sockets and signals.
const (
	landlockNet    = 4
	landlockScopes = 6
)

// system is what every program may read, where it exists: the libraries, the loader's cache, how many cores there are.
var system = []string{
	"/lib", "/lib32", "/lib64", "/usr/lib", "/usr/lib32", "/usr/lib64", "/usr/local/lib", "/nix/store",
	"/etc/ld.so.cache", "/etc/ld.so.preload", "/dev/urandom", "/sys/devices/system/cpu",
}

func landlockVersion() int {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(version)
}

// landlockRules opens a ruleset with everything that the orders allow; -1 where the kernel has no Landlock.
func landlockRules(o orders) (int, error) {
	version := landlockVersion()
	if version == 0 {
		return -1, nil
	}
	attr := unix.LandlockRulesetAttr{Handled_access_fs: handled[min(version, len(handled)-1)]}
	if version >= landlockNet {
		attr.Handled_access_net = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= landlockScopes {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	size := unsafe.Offsetof(attr.Scoped) + unsafe.Sizeof(attr.Scoped)
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), size, 0)
	if errno != 0 {
		return 0, fmt.Errorf("make a ruleset: %w", errno)
	}
	rules := ruleset{fd: int(fd), handled: attr.Handled_access_fs}
	for _, path := range append(system, filepath.Join(filepath.Dir(filepath.Dir(o.Program)), "lib")) {
		if err := rules.allow(path, readDir); err != nil && !errors.Is(err, os.ErrNotExist) {
			return 0, err
		}
	}
	for _, path := range []string{o.Program, o.Loader} {
		if path == "" {
			continue
		}
		if err := rules.allow(path, execute); err != nil {
			return 0, err
		}
	}
	if err := rules.allow(os.DevNull, readWrite); err != nil {
		return 0, err
	}
	for _, path := range o.Read {
		if err := rules.allow(path, readDir); err != nil {
			return 0, err
		}
	}
	for _, path := range o.Write {
		if err := rules.allow(path, writeDir); err != nil {
			return 0, err
		}
	}
	return rules.fd, nil
}

type ruleset struct {
	fd      int
	handled uint64
}

// allow lets the child do so much with a path and, if it is a directory, with all beneath it.
func (r ruleset) allow(path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("allow %s: %w", path, err)
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return fmt.Errorf("allow %s: %w", path, err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &= onFiles
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access & r.handled, Parent_fd: int32(fd)}
	_, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(r.fd), unix.LANDLOCK_RULE_PATH_BENEATH,
		uintptr(unsafe.Pointer(&rule)), 0, 0, 0)
	if errno != 0 {
		return fmt.Errorf("allow %s: %w", path, errno)
	}
	return nil
}

func landlockRestrict(fd int) error {
	if fd < 0 {
		return nil
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(fd), 0, 0); errno != 0 {
		return fmt.Errorf("restrict files: %w", errno)
	}
	return unix.Close(fd)
}
