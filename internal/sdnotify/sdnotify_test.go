package sdnotify_test

import (
	"context"
	"errors"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rising-stars/showcase/internal/sdnotify"
)

// systemd listens as systemd does, and gives what it heard.
func systemd(t *testing.T, watchdog string) (sdnotify.Notifier, *net.UnixConn) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetReadDeadline(time.Now().Add(20 * time.Second)); err != nil {
		t.Fatal(err)
	}
	env := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": watchdog}
	return sdnotify.New(func(name string) string { return env[name] }), conn
}

func heard(t *testing.T, conn *net.UnixConn) string {
	t.Helper()
	b := make([]byte, 100)
	n, err := conn.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	return string(b[:n])
}

func TestReadyAndStopping(t *testing.T) {
	t.Parallel()
	n, conn := systemd(t, "")
	ctx, cancel := context.WithCancel(t.Context())
	if err := n.Ready(ctx); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := n.Stopping(ctx); err != nil {
		t.Fatal(err)
	}
	if one, two := heard(t, conn), heard(t, conn); one != "READY=1" || two != "STOPPING=1" {
		t.Errorf("heard %q and %q", one, two)
	}
}

func TestTheWatchdogHearsOnlyOfAServiceThatWorks(t *testing.T) {
	t.Parallel()
	n, conn := systemd(t, "20000")
	var ill atomic.Bool
	var probes, well atomic.Int32
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- n.Watch(ctx, func(context.Context) error {
			probes.Add(1)
			if ill.Load() {
				return errors.New("hung")
			}
			well.Add(1)
			return nil
		})
	}()
	const before = 3
	for range before {
		if got := heard(t, conn); got != "WATCHDOG=1" {
			t.Errorf("heard %q", got)
		}
	}
	ill.Store(true)
	from := probes.Load()
	for probes.Load() < from+4 {
		<-time.After(time.Millisecond)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for range well.Load() - before { // what it said meanwhile waits to be read
		if got := heard(t, conn); got != "WATCHDOG=1" {
			t.Errorf("heard %q", got)
		}
	}
	if err := n.Stopping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := heard(t, conn); got != "STOPPING=1" {
		t.Errorf("a hung service said %q", got)
	}
}

func TestOutsideSystemd(t *testing.T) {
	t.Parallel()
	n := sdnotify.New(func(string) string { return "" })
	if err := errors.Join(n.Ready(t.Context()), n.Stopping(t.Context()), n.Watch(t.Context(), nil)); err != nil {
		t.Error(err)
	}
}
