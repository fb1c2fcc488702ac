package auth

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"time"

	"golang.org/x/crypto/argon2"

	"github.com/rising-stars/showcase/internal/fault"
)

// Cost is what one hash costs. The values are those that OWASP's password storage cheat sheet gives first for argon2id.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// StandardCost is about 30 ms and 19 MiB a hash.
var StandardCost = Cost{MemoryKiB: 19456, Passes: 2, Threads: 1}

const (
	// MaxPasswordBytes is the longest password that is hashed.
	MaxPasswordBytes = 256
	saltBytes        = 16
	hashBytes        = 32
	busyRetry        = 2 * time.Second // what a refused caller is told to wait
)

// ErrBusy says that too many passwords are being checked at this moment.
var ErrBusy = fault.New(fault.Unavailable, "auth.busy",
	"Hay demasiados ingresos en este momento. Intenta de nuevo en unos segundos.",
	"Too many sign-ins at this moment. Try again in a few seconds.").After(busyRetry)

// HasherConfig is what a Hasher needs.
type HasherConfig struct {
	Cost    Cost
	Running int           // hashes at once, ≥ 1; each takes Cost.MemoryKiB
	Waiting int           // callers that may wait for their turn, ≥ 0; beyond, ErrBusy at once
	MaxWait time.Duration // how long a turn is waited for; beyond, ErrBusy
	Random  io.Reader     // for salts
}

// Hasher makes and checks password hashes, a bounded number at once.
type Hasher struct {
	cfg   HasherConfig
	turns chan struct{} // one token per hash that runs
	queue chan struct{} // one token per hash that runs or waits
}

// NewHasher makes a Hasher.
func NewHasher(cfg HasherConfig) *Hasher {
	return &Hasher{
		cfg:   cfg,
		turns: make(chan struct{}, cfg.Running),
		queue: make(chan struct{}, cfg.Running+cfg.Waiting),
	}
}

// Hash is the password's hash in PHC string form under a new salt. The password has at most MaxPasswordBytes.
// It is refused with ErrBusy when too many are being hashed.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if len(password) > MaxPasswordBytes {
		return "", fmt.Errorf("hash a password of %d bytes: the limit is %d", len(password), MaxPasswordBytes)
	}
	salt := make([]byte, saltBytes)
	if _, err := io.ReadFull(h.cfg.Random, salt); err != nil {
		return "", fmt.Errorf("make a salt: %w", err)
	}
	sum, err := h.derive(ctx, password, phc{cost: h.cfg.Cost, salt: salt, hash: make([]byte, hashBytes)})
	if err != nil {
		return "", err
	}
	return phc{cost: h.cfg.Cost, salt: salt, hash: sum}.String(), nil
}

// Verify reports whether the password belongs to the hash, and whether the hash should be made anew because its cost is
// not today's. It is refused with ErrBusy when too many are being hashed.
func (h *Hasher) Verify(ctx context.Context, hash, password string) (ok, rehash bool, err error) {
	p, err := parsePHC(hash)
	if err != nil {
		return false, false, fmt.Errorf("read a password hash: %w", err)
	}
	if len(password) > MaxPasswordBytes {
		return false, false, h.VerifyNobody(ctx)
	}
	sum, err := h.derive(ctx, password, p)
	if err != nil {
		return false, false, err
	}
	ok = subtle.ConstantTimeCompare(sum, p.hash) == 1
	return ok, ok && (p.cost != h.cfg.Cost || len(p.salt) != saltBytes || len(p.hash) != hashBytes), nil
}

// VerifyNobody takes as long as Verify and has no result: it is what a sign-in with an unknown account does, so that
// the time of the answer does not tell whether there is such an account.
func (h *Hasher) VerifyNobody(ctx context.Context) error {
	var salt [saltBytes]byte
	_, err := h.derive(ctx, "nobody", phc{cost: h.cfg.Cost, salt: salt[:], hash: make([]byte, hashBytes)})
	return err
}

// derive waits for a turn and runs argon2id with p's cost, salt and length.
func (h *Hasher) derive(ctx context.Context, password string, p phc) ([]byte, error) {
	select {
	case h.queue <- struct{}{}:
		defer func() { <-h.queue }()
	default:
		return nil, ErrBusy
	}
	wait, cancel := context.WithTimeoutCause(ctx, h.cfg.MaxWait, ErrBusy)
	defer cancel()
	select {
	case h.turns <- struct{}{}:
		defer func() { <-h.turns }()
	case <-wait.Done():
		return nil, context.Cause(wait)
	}
	return argon2.IDKey([]byte(password), p.salt, p.cost.Passes, p.cost.MemoryKiB, p.cost.Threads, uint32(len(p.hash))), nil
}
