package eventstore

import (
	"fmt"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// dropVanished is a net.Dialer's Control. Keep-alive only asks while nothing is under way: what was sent and never
// acknowledged the kernel would repeat for a quarter of an hour.
func dropVanished(network, _ string, raw syscall.RawConn) error {
	if !strings.HasPrefix(network, "tcp") {
		return nil
	}
	var refused error
	err := raw.Control(func(fd uintptr) {
		refused = unix.SetsockoptInt(int(fd), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, int(vanishedAfter.Milliseconds()))
	})
	if err == nil {
		err = refused
	}
	if err != nil {
		return fmt.Errorf("bound how long a vanished server is waited for: %w", err)
	}
	return nil
}
