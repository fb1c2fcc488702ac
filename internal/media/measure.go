package media

import (
	"os"
	"syscall"
)

// measure is what a process cost that has ended.
func measure(state *os.ProcessState) usage {
	if state == nil {
		return usage{}
	}
	cost := usage{cpu: state.UserTime() + state.SystemTime()}
	if r, ok := state.SysUsage().(*syscall.Rusage); ok {
		cost.rss = int64(r.Maxrss) * rssUnit //nolint:unconvert // narrower on some systems
	}
	return cost
}
