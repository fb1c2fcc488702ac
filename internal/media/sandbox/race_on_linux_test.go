//go:build race

package sandbox_test

// The race detector reserves terabytes of addresses at start.
const (
	raceEnabled  = true
	addressSpace = 1 << 60
)
