package pgserver

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// servant is the unprivileged user that PostgreSQL runs as when we are root, since it refuses to run as
// root itself. The zero value means: as ourselves.
type servant struct {
	name string
	uid  uint32
	gid  uint32
}

var errNoServant = errors.New("running as root, and there is neither a user postgres nor a user nobody to drop to")

// findServant picks postgres, else nobody; as anyone but root it returns the zero value.
func findServant() (servant, error) {
	if os.Geteuid() != 0 {
		return servant{}, nil
	}
	if !canDropUser {
		return servant{}, errors.New("PostgreSQL cannot run as root on this system: start as an ordinary user")
	}
	for _, name := range []string{"postgres", "nobody"} {
		if s, ok := lookupServant(name); ok {
			return s, nil
		}
	}
	return servant{}, errNoServant
}

func lookupServant(name string) (servant, bool) {
	u, err := user.Lookup(name)
	if err != nil {
		return servant{}, false
	}
	uid, errUID := strconv.ParseUint(u.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(u.Gid, 10, 32)
	if errUID != nil || errGID != nil || uid == 0 {
		return servant{}, false
	}
	return servant{name: name, uid: uint32(uid), gid: uint32(gid)}, true
}

func (s servant) dropped() bool { return s.name != "" }

// apply makes cmd run as the servant, in a directory that everyone can reach.
func (s servant) apply(cmd *exec.Cmd) {
	if !s.dropped() {
		return
	}
	cmd.Dir = "/"
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Credential: &syscall.Credential{Uid: s.uid, Gid: s.gid, Groups: []uint32{s.gid}},
	}
}

// own gives path, with all that lies below it, to the servant. It changes only what is not yet theirs, so
// that a start on a large directory stays cheap.
func (s servant) own(path string) error {
	if !s.dropped() {
		return nil
	}
	return filepath.WalkDir(path, func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if st, ok := info.Sys().(*syscall.Stat_t); ok && st.Uid == s.uid && st.Gid == s.gid {
			return nil
		}
		return os.Lchown(p, int(s.uid), int(s.gid))
	})
}

// reach says, as an error that names the cure, which directory on the way to path the servant may not
// enter. Only plain modes are looked at; what an access list allows beyond them is not seen.
func (s servant) reach(path string) error {
	if !s.dropped() {
		return nil
	}
	for dir := filepath.Dir(path); ; dir = filepath.Dir(dir) {
		info, err := os.Stat(dir)
		if err != nil {
			return err
		}
		if !s.mayEnter(info) {
			return fmt.Errorf("user %s, whom PostgreSQL runs as because we are root, cannot enter %s on the way to %s: "+
				"allow it with `chmod o+x %s`, or set PGBIN to a directory everyone can reach", s.name, dir, path, dir)
		}
		if dir == filepath.Dir(dir) {
			return nil
		}
	}
}

func (s servant) mayEnter(info fs.FileInfo) bool {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return true
	}
	switch mode := info.Mode().Perm(); {
	case st.Uid == s.uid:
		return mode&0o100 != 0
	case st.Gid == s.gid:
		return mode&0o010 != 0
	default:
		return mode&0o001 != 0
	}
}
