package app

import (
	"os"
	"runtime/debug"
)

// A process lives on some tens of MiB and makes much short-lived garbage under load; collecting it at twice the living
// heap took a quarter of the time of an append. So it is left longer, up to a limit that fits a host of 2 GiB.
const (
	gcPercent   = 400
	memoryLimit = 1 << 30
)

// tuneMemory sets the garbage collector, unless GOGC or GOMEMLIMIT say otherwise.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(memoryLimit)
	}
}
