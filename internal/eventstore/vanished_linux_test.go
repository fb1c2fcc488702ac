package eventstore

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/rising-stars/showcase/internal/pgtest"
)

// TestConnectionsNoticeAVanishedServer looks at the socket: a server cannot be made to vanish from loopback.
func TestConnectionsNoticeAVanishedServer(t *testing.T) {
	t.Parallel()
	pool, err := OpenPool(t.Context(), pgtest.New(t).AppURL, "test", 1)
	if err != nil {
		t.Fatal(err)
	}
	defer pool.Close()
	conn, err := pool.Acquire(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Release()
	tcp, ok := conn.Conn().PgConn().Conn().(*net.TCPConn)
	if !ok {
		t.Fatalf("connected over a %T", conn.Conn().PgConn().Conn())
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for option, want := range map[int]int{
		unix.TCP_USER_TIMEOUT: 25000, unix.TCP_KEEPIDLE: 10, unix.TCP_KEEPINTVL: 5, unix.TCP_KEEPCNT: 3,
	} {
		var got int
		if err := raw.Control(func(fd uintptr) { got, err = unix.GetsockoptInt(int(fd), unix.IPPROTO_TCP, option) }); err != nil || got != want {
			t.Errorf("option %d is %d, %v, want %d", option, got, err, want)
		}
	}
}
