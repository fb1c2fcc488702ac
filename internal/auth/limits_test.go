package auth_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/auth"
	"github.com/rising-stars/showcase/internal/fault"
)

func limits(t *testing.T, base auth.Limits, s string) auth.Limits {
	t.Helper()
	l, err := auth.ParseLimits(base, s)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLimitRefusesAndRecovers(t *testing.T) {
	t.Parallel()
	w := newWorld()
	l := auth.NewLimiter(limits(t, auth.Limits{}, "vote=2/m"), w.Now)
	who, other := auth.ByAccount(events.ID{1}), auth.ByAccount(events.ID{2})
	for range 2 {
		if err := l.Allow(auth.VoteAccount, who); err != nil {
			t.Fatal(err)
		}
	}
	err := l.Allow(auth.VoteAccount, who)
	f, ok := errors.AsType[*fault.Fault](err)
	if !ok || !errors.Is(err, auth.ErrTooMany) || f.RetryAfter != 30*time.Second {
		t.Fatalf("the third: %v, %+v", err, f)
	}
	if err := l.Allow(auth.VoteAccount, other); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	if err := l.Allow(auth.UploadAccount, who); err != nil {
		t.Errorf("another rule: %v", err)
	}
	w.pass(f.RetryAfter)
	if err := l.Allow(auth.VoteAccount, who); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	if err := l.Allow(auth.VoteAccount, who); err == nil {
		t.Error("the bucket refilled too fast, or refusals were free")
	}
}

func TestLimitListsAreRead(t *testing.T) {
	t.Parallel()
	base := limits(t, auth.Limits{}, auth.DefaultLimits)
	limits(t, base, auth.LocalLimits)
	if limits(t, base, "") != base {
		t.Error("an empty list changed something")
	}
	if limits(t, base, "off") != (auth.Limits{}) {
		t.Error("off left something")
	}
	if limits(t, base, "login=10/m") != base {
		t.Error("the default said again changed something")
	}
	if limits(t, base, "login=11/m") == base || limits(t, base, "login=off") == base {
		t.Error("a change had no effect")
	}
	for _, s := range []string{"login", "login=", "login=0/s", "login=-1/s", "login=1/d", "login=1", "login=99999999/s", "nobody=1/s", "login=1/s,,", "ON"} {
		if _, err := auth.ParseLimits(base, s); !errors.Is(err, auth.ErrLimits) {
			t.Errorf("%q: %v", s, err)
		}
	}
}

func TestAddressPrefix(t *testing.T) {
	t.Parallel()
	for addr, want := range map[string]string{
		"203.0.113.7":               "203.0.113.7/32",
		"::ffff:203.0.113.7":        "203.0.113.7/32",
		"2001:db8:1:2:aaaa::1":      "2001:db8:1:2::/64",
		"2001:db8:1:2:bbbb::1%eth0": "2001:db8:1:2::/64",
	} {
		if got := auth.AddressPrefix(netip.MustParseAddr(addr)).String(); got != want {
			t.Errorf("%s: got %s, want %s", addr, got, want)
		}
	}
	if got := auth.AddressPrefix(netip.Addr{}); got.IsValid() {
		t.Errorf("no address: %v", got)
	}
	a, b, c := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("2001:db8::2"), netip.MustParseAddr("2001:db8:0:1::1")
	if auth.ByAddress(a) != auth.ByAddress(b) || auth.ByAddress(a) == auth.ByAddress(c) {
		t.Error("a /64 is not counted as one")
	}
}

func TestLimiterForgetsAndStaysSmall(t *testing.T) {
	t.Parallel()
	w := newWorld()
	l := auth.NewLimiter(limits(t, auth.Limits{}, "vote=1/h"), w.Now)
	for i := range 200_000 {
		if err := l.Allow(auth.VoteAccount, auth.ByAccount(events.ID{byte(i), byte(i >> 8), byte(i >> 16)})); err != nil {
			t.Fatalf("account %d: %v", i, err)
		}
	}
	if n := l.Remembered(); n > 1<<16 {
		t.Errorf("%d buckets are remembered", n)
	}
	if err := l.Allow(auth.VoteAccount, auth.ByAccount(events.ID{0xff, 0xff, 0xff})); err != nil {
		t.Fatal(err)
	}
	if err := l.Allow(auth.VoteAccount, auth.ByAccount(events.ID{0xff, 0xff, 0xff})); err == nil {
		t.Error("the newest bucket was forgotten")
	}
}
