// Package sdnotify tells systemd how a service is: that it is ready, that it still works, and that it is ending. Outside
// systemd it does nothing.
//
// The protocol is a datagram to the socket that $NOTIFY_SOCKET names.
package sdnotify

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// What systemd understands.
const (
	ready    = "READY=1"
	alive    = "WATCHDOG=1"
	stopping = "STOPPING=1"
)

// sendTimeout bounds one datagram; systemd's socket may be full.
const sendTimeout = time.Second

// Notifier speaks to systemd. The zero value speaks to nobody.
type Notifier struct {
	socket   string
	watchdog time.Duration
}

// New reads the environment that systemd gave the process.
func New(getenv func(string) string) Notifier {
	n := Notifier{socket: getenv("NOTIFY_SOCKET")}
	if micros, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && micros > 0 {
		n.watchdog = time.Duration(micros) * time.Microsecond
	}
	return n
}

// Ready says that the service does its work.
func (n Notifier) Ready(ctx context.Context) error { return n.send(ctx, ready) }

// Stopping says that the service has begun to end.
func (n Notifier) Stopping(ctx context.Context) error { return n.send(ctx, stopping) }

// Watch says that the service works, twice as often as systemd wants to hear it and only while probe agrees, until ctx
// ends. A service that says nothing for too long is restarted. probe gets half of systemd's patience.
func (n Notifier) Watch(ctx context.Context, probe func(context.Context) error) error {
	if n.socket == "" || n.watchdog == 0 {
		return nil
	}
	tick := time.NewTicker(n.watchdog / 2)
	defer tick.Stop()
	for {
		if err := n.probe(ctx, probe); err == nil {
			if err := n.send(ctx, alive); err != nil {
				return err
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

func (n Notifier) probe(ctx context.Context, probe func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, n.watchdog/2)
	defer cancel()
	return probe(ctx)
}

func (n Notifier) send(ctx context.Context, state string) error {
	if n.socket == "" {
		return nil
	}
	name := n.socket
	if strings.HasPrefix(name, "@") { // Linux's abstract namespace
		name = "\x00" + name[1:]
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), sendTimeout) // STOPPING comes after the end
	defer cancel()
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unixgram", name)
	if err != nil {
		return fmt.Errorf("reach systemd: %w", err)
	}
	defer conn.Close()
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetWriteDeadline(deadline); err != nil {
			return fmt.Errorf("tell systemd %s: %w", state, err)
		}
	}
	if _, err := conn.Write([]byte(state)); err != nil {
		return fmt.Errorf("tell systemd %s: %w", state, err)
	}
	return nil
}
