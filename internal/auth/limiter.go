package auth

import (
	"crypto/sha256"
	"net/netip"
	"time"

	"golang.org/x/time/rate"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// ErrTooMany says that a rate limit was reached; the copy that is returned says when to try again.
var ErrTooMany = fault.New(fault.TooMany, "rate.limited",
	"Demasiados intentos. Espera un momento y vuelve a intentar.", "Too many attempts. Wait a moment and try again.")

// limitedKeys is how many buckets are remembered, about 150 bytes each. Whoever has not been seen for that many others
// starts with a full bucket.
const limitedKeys = 1 << 16

// Limiter counts, in this process only: with n instances behind a balancer a client can reach n times a limit.
type Limiter struct {
	limits  Limits
	now     func() time.Time
	buckets *bounded[limitKey, *rate.Limiter]
}

// Who is what a limit counts by: an account id, or a digest.
type Who [16]byte

type limitKey struct {
	rule Rule
	who  Who
}

// NewLimiter makes a Limiter.
func NewLimiter(limits Limits, now func() time.Time) *Limiter {
	return &Limiter{limits: limits, now: now, buckets: newBounded[limitKey, *rate.Limiter](limitedKeys)}
}

// Allow takes one from who's bucket, or refuses with a copy of ErrTooMany that says when there will be one.
func (l *Limiter) Allow(rule Rule, who Who) error {
	limit := l.limits.of[rule]
	if limit.count == 0 {
		return nil
	}
	bucket := l.buckets.getOrPut(limitKey{rule, who}, limit.bucket)
	now := l.now()
	r := bucket.ReserveN(now, 1)
	if wait := r.DelayFrom(now); wait > 0 {
		r.CancelAt(now)
		return ErrTooMany.After(wait)
	}
	return nil
}

// ByAccount counts by account.
func ByAccount(id events.ID) Who { return Who(id) }

// ByEmail counts by an e-mail as it was typed, in lower case by the caller. The address itself is not kept.
func ByEmail(email string) Who {
	sum := sha256.Sum256([]byte(email))
	return Who(sum[:16])
}

// ByAddress counts by the prefix that an address is in.
func ByAddress(addr netip.Addr) Who { return Who(AddressPrefix(addr).Addr().As16()) }

// AddressPrefix is what is counted as one client: an IPv4 address itself, since neighbours in a /24 are strangers, and
// an IPv6 /64, since one host can take any address in it. The zero prefix stands for an unknown address.
func AddressPrefix(addr netip.Addr) netip.Prefix {
	addr = addr.Unmap().WithZone("")
	bits := 32
	if addr.Is6() {
		bits = 64
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}
