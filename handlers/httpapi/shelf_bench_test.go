package httpapi

import (
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/rising-stars/showcase/events"
)

// BenchmarkShuffle is one visitor's page out of 20,000 videos.
func BenchmarkShuffle(b *testing.B) {
	s := &shelf{cards: make([]card, 20_000)}
	for i := range s.cards {
		var id events.ID
		binary.BigEndian.PutUint64(id[8:], uint64(i)*0x9e3779b97f4a7c15)
		s.cards[i] = card{id: id, lot: lotOf(id), cityKey: "cali", text: "triple desde el logo ana ruiz"}
	}
	for n := 0; b.Loop(); n++ {
		ids, total := s.pick(wish{sort: sortRandom, seed: fmt.Sprint(n), part: window{limit: 20, offset: 40}})
		if len(ids) != 20 || total != len(s.cards) {
			b.Fatalf("%d of %d", len(ids), total)
		}
	}
}
