package loopsqs

import (
	"math/rand/v2"
	"sync"
	"time"
)

// Chaos makes the server behave, on purpose and often, as SQS is allowed to behave now and then. The zero
// value is a well-behaved server.
type Chaos struct {
	Duplicate   float64       // share of messages that are delivered twice, each copy to be deleted
	ReorderUpTo time.Duration // each message shows after a random wait of up to this
	LoseReceive float64       // share of answers with messages whose connection breaks; they stay in flight
	Delay       time.Duration // each answer is held back for up to this
	Seed        uint64        // of the random numbers; the order of requests still decides who gets which
}

// dice is the server's only source of chance, so that a seed repeats it.
type dice struct {
	mu    sync.Mutex
	chaos Chaos
	rand  *rand.Rand
}

func newDice(c Chaos) *dice {
	return &dice{chaos: c, rand: rand.New(rand.NewPCG(c.Seed, 0x5105))} //nolint:gosec // repeatable on purpose
}

func (d *dice) hit(share float64) bool {
	if share <= 0 {
		return false
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.rand.Float64() < share
}

func (d *dice) upTo(most time.Duration) time.Duration {
	if most <= 0 {
		return 0
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return time.Duration(d.rand.Int64N(int64(most)))
}
