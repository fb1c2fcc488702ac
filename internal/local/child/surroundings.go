package child

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

const (
	logLimit = 10 << 20 // bytes; a larger log is set aside when it is opened
	logTail  = 2 << 10  // bytes of a log quoted in an error
)

// FreePort asks the kernel for a loopback port that nobody listens on now. Another process may take it
// before it is used, so the caller must be ready to try again.
func FreePort(ctx context.Context) (int, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		return 0, fmt.Errorf("read the free port: %w", err)
	}
	return strconv.Atoi(port)
}

// PortTaken says whether an error that quotes a program's log is about its port, so that another is worth a try.
func PortTaken(err error) bool {
	return err != nil && strings.Contains(strings.ToLower(err.Error()), "address already in use")
}

// OpenLog opens a log for appending (0600). One of more than 10 MiB is renamed to NAME.old first.
func OpenLog(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && info.Size() > logLimit {
		if err := os.Rename(path, path+".old"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
}

// LogTail returns the end of a log for an error message.
func LogTail(path string) string {
	raw, err := os.ReadFile(path)
	if err != nil {
		return "(unreadable: " + err.Error() + ")"
	}
	return Tail(raw)
}

// Tail returns the last 2 KiB of a program's output.
func Tail(output []byte) string {
	return string(bytes.TrimSpace(output[max(0, len(output)-logTail):]))
}
