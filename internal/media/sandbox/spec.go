package sandbox

import (
	"errors"
	"path/filepath"
	"time"
)

// ExitSetup is the exit status of a child that could not be confined; what went wrong is on its standard error.
const ExitSetup = 125

// Spec says what to run and what it may do. Paths are absolute.
type Spec struct {
	Path   string   // the program; a symbolic link is followed
	Args   []string // after the program's name
	Dir    string   // working directory
	Read   []string // files and directories it reads besides the system's libraries
	Write  []string // directories it writes, and reads
	Limits Limits
}

// Limits are what the kernel enforces on the child; each is required.
type Limits struct {
	CPU          time.Duration // whole seconds; then SIGXCPU, five seconds later SIGKILL
	AddressSpace uint64        // bytes
	FileSize     uint64        // bytes of one file; then SIGXFSZ
	OpenFiles    uint64        // descriptors
}

// Features are what the kernel under us enforces.
type Features struct {
	Confined bool // limits, no_new_privs and seccomp: true on Linux
	Landlock int  // version of its interface, 0 = missing
	Drops    bool // the child leaves root
}

var errSpec = errors.New("sandbox: a spec needs absolute paths and every limit")

func (s Spec) validate() error {
	for _, path := range append([]string{s.Path, s.Dir}, append(s.Read, s.Write...)...) {
		if !filepath.IsAbs(path) {
			return errSpec
		}
	}
	if l := s.Limits; l.CPU < time.Second || l.AddressSpace == 0 || l.FileSize == 0 || l.OpenFiles == 0 {
		return errSpec
	}
	return nil
}

// environment is all that the program gets of one.
var environment = []string{"PATH=/usr/bin:/bin", "LC_ALL=C", "HOME=/nonexistent"}
