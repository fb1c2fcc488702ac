package httpapi

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/rising-stars/showcase/events"
)

// manyCards is a shelf of n videos.
func manyCards(n int) *shelf {
	s := &shelf{cards: make([]card, n)}
	for i := range s.cards {
		var id events.ID
		binary.BigEndian.PutUint64(id[:8], 0x0190a0b1c2d374e5) // version 7 ids of one moment begin alike
		binary.BigEndian.PutUint64(id[8:], uint64(i))
		s.cards[i] = card{id: id, lot: lotOf(id), cityKey: "cali", text: "triple desde el logo ana ruiz"}
	}
	return s
}

// TestShuffleIsFair holds how often each video leads, over many seeds, against chance.
func TestShuffleIsFair(t *testing.T) {
	t.Parallel()
	const videos, seeds = 50, 20_000
	s, leads := manyCards(videos), map[events.ID]int{}
	for n := range seeds {
		ids, _ := s.pick(wish{sort: sortRandom, seed: fmt.Sprint("seed", n), part: window{limit: 1}})
		leads[ids[0]]++
	}
	// Each expects 400, with a standard deviation of 20.
	for i := range s.cards {
		if n := leads[s.cards[i].id]; n < 300 || n > 500 {
			t.Errorf("video %d leads %d times of %d", i, n, seeds)
		}
	}
}

// BenchmarkShuffle is one visitor's page out of 20,000 videos.
func BenchmarkShuffle(b *testing.B) {
	s := manyCards(20_000)
	for n := 0; b.Loop(); n++ {
		ids, total := s.pick(wish{sort: sortRandom, seed: fmt.Sprint(n), part: window{limit: 20, offset: 40}})
		if len(ids) != 20 || total != len(s.cards) {
			b.Fatalf("%d of %d", len(ids), total)
		}
	}
}
