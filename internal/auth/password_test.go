package auth_test

import (
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rising-stars/showcase/internal/auth"
)

// cheap is a cost that tests can pay many times.
var cheap = auth.Cost{MemoryKiB: 64, Passes: 1, Threads: 1}

func hasher(cost auth.Cost) *auth.Hasher {
	return auth.NewHasher(auth.HasherConfig{Cost: cost, Running: 2, Waiting: 4, MaxWait: time.Minute, Random: rand.Reader})
}

func TestHashIsVerified(t *testing.T) {
	t.Parallel()
	h := hasher(cheap)
	for _, password := range []string{"correct horse", "contraseña ñandú 🏀", " spaces stay ", strings.Repeat("x", auth.MaxPasswordBytes)} {
		hash, err := h.Hash(t.Context(), password)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(hash, "$argon2id$v=19$m=64,t=1,p=1$") {
			t.Errorf("hash %q is not in PHC form", hash)
		}
		if ok, rehash, err := h.Verify(t.Context(), hash, password); !ok || rehash || err != nil {
			t.Errorf("right password: ok %v, rehash %v, error %v", ok, rehash, err)
		}
		if ok, rehash, err := h.Verify(t.Context(), hash, password[1:]); ok || rehash || err != nil {
			t.Errorf("wrong password: ok %v, rehash %v, error %v", ok, rehash, err)
		}
	}
}

func TestSaltDiffers(t *testing.T) {
	t.Parallel()
	h := hasher(cheap)
	a, errA := h.Hash(t.Context(), "the same one")
	b, errB := h.Hash(t.Context(), "the same one")
	if errA != nil || errB != nil || a == b {
		t.Errorf("two hashes of one password: %q, %q (%v, %v)", a, b, errA, errB)
	}
}

// The vector is from the argon2 reference implementation's command line, with the salt "somesalt".
func TestForeignHashIsVerified(t *testing.T) {
	t.Parallel()
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	ok, rehash, err := hasher(auth.StandardCost).Verify(t.Context(), hash, "password")
	if !ok || !rehash || err != nil {
		t.Errorf("ok %v, rehash %v, error %v", ok, rehash, err)
	}
}

func TestLongPasswordIsNotHashed(t *testing.T) {
	t.Parallel()
	h := hasher(cheap)
	long := strings.Repeat("x", auth.MaxPasswordBytes+1)
	if _, err := h.Hash(t.Context(), long); err == nil {
		t.Error("hashed a password over the limit")
	}
	hash, err := h.Hash(t.Context(), long[1:])
	if err != nil {
		t.Fatal(err)
	}
	if ok, _, err := h.Verify(t.Context(), hash, long); ok || err != nil {
		t.Errorf("over the limit: ok %v, error %v", ok, err)
	}
}

func TestOddHashesAreErrors(t *testing.T) {
	t.Parallel()
	good, err := hasher(cheap).Hash(t.Context(), "password")
	if err != nil {
		t.Fatal(err)
	}
	for name, hash := range map[string]string{
		"empty":         "",
		"bcrypt":        "$2a$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy",
		"argon2i":       strings.Replace(good, "argon2id", "argon2i", 1),
		"version":       strings.Replace(good, "v=19", "v=16", 1),
		"much memory":   strings.Replace(good, "m=64", "m=4194304", 1),
		"many passes":   strings.Replace(good, "t=1", "t=4000000", 1),
		"no threads":    strings.Replace(good, "p=1", "p=0", 1),
		"no hash":       good[:strings.LastIndex(good, "$")+1],
		"not base64":    good + "!",
		"too many part": good + "$x",
	} {
		if ok, _, err := hasher(cheap).Verify(t.Context(), hash, "password"); ok || err == nil {
			t.Errorf("%s: ok %v, error %v", name, ok, err)
		}
	}
}

func TestWorkIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := auth.NewHasher(auth.HasherConfig{Cost: cheap, Running: 1, Waiting: 0, MaxWait: time.Second, Random: rand.Reader})
		gate := auth.Occupy(h) // takes the only turn
		if _, err := h.Hash(t.Context(), "password"); !errors.Is(err, auth.ErrBusy) {
			t.Errorf("beyond the queue: %v", err)
		}
		gate()
		if _, err := h.Hash(t.Context(), "password"); err != nil {
			t.Errorf("after the turn: %v", err)
		}
	})
}

func TestWaitIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := auth.NewHasher(auth.HasherConfig{Cost: cheap, Running: 1, Waiting: 2, MaxWait: 3 * time.Second, Random: rand.Reader})
		gate := auth.Occupy(h)
		defer gate()
		began := time.Now()
		if err := h.VerifyNobody(t.Context()); !errors.Is(err, auth.ErrBusy) || time.Since(began) != 3*time.Second {
			t.Errorf("after %v: %v", time.Since(began), err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.VerifyNobody(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("caller gone: %v", err)
		}
	})
}
