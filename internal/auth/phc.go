package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
)

// phc is a hash in the PHC string format: $argon2id$v=19$m=19456,t=2,p=1$salt$hash, base64 without padding.
type phc struct {
	cost Cost
	salt []byte
	hash []byte
}

// Limits of a hash that is read back, so that a row that somebody changed cannot ask for all the memory.
const (
	maxMemoryKiB = 1 << 17 // 128 MiB
	maxPasses    = 16
	maxThreads   = 8
	maxPHCBytes  = 64 // of salt and of hash
	minPHCBytes  = 8
)

var errPHC = errors.New("not an argon2id hash in PHC form")

func (p phc) String() string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		p.cost.MemoryKiB, p.cost.Passes, p.cost.Threads, b64.EncodeToString(p.salt), b64.EncodeToString(p.hash))
}

func parsePHC(s string) (phc, error) {
	part := strings.Split(s, "$")
	if len(part) != 6 || part[0] != "" || part[1] != "argon2id" || part[2] != fmt.Sprintf("v=%d", argon2.Version) {
		return phc{}, errPHC
	}
	var c Cost
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads); err != nil {
		return phc{}, errPHC
	}
	if !c.sane() {
		return phc{}, fmt.Errorf("%w: cost %s", errPHC, part[3])
	}
	salt, err := phcBytes(part[4])
	if err != nil {
		return phc{}, err
	}
	hash, err := phcBytes(part[5])
	if err != nil {
		return phc{}, err
	}
	return phc{cost: c, salt: salt, hash: hash}, nil
}

func (c Cost) sane() bool {
	return c.Threads >= 1 && c.Threads <= maxThreads && c.Passes >= 1 && c.Passes <= maxPasses &&
		c.MemoryKiB >= 8*uint32(c.Threads) && c.MemoryKiB <= maxMemoryKiB
}

func phcBytes(s string) ([]byte, error) {
	b, err := base64.RawStdEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < minPHCBytes || len(b) > maxPHCBytes {
		return nil, errPHC
	}
	return b, nil
}
