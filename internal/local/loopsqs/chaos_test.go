package loopsqs

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

func TestChaosDuplicatesAndReordersAndLosesNothing(t *testing.T) {
	t.Parallel()
	c := newClock()
	s := start(t, Config{Now: c.Now, NoSync: true, Chaos: Chaos{
		Duplicate: 0.3, ReorderUpTo: 300 * time.Millisecond, LoseReceive: 0.3, Delay: time.Millisecond, Seed: 1,
	}})
	url := makeQueue(t, s, "q", object{"VisibilityTimeout": "1"})
	const n = 100
	for i := range n {
		send(t, s, url, fmt.Sprint(i))
	}
	seen, lost, inOrder, last := map[string]int{}, 0, true, -1
	for range 1000 {
		c.pass(100 * time.Millisecond)
		var out receiveOut
		if _, err := tryCall(t, s, "ReceiveMessage", object{"QueueUrl": url, "MaxNumberOfMessages": 10}, &out); err != nil {
			lost++
			http.DefaultClient.CloseIdleConnections()
		}
		for _, m := range out.Messages {
			seen[m.Body]++
			var i int
			_, _ = fmt.Sscan(m.Body, &i)
			inOrder, last = inOrder && i > last, i
			remove(t, s, url, m.ReceiptHandle)
		}
	}
	if len(seen) != n {
		t.Errorf("%d of %d messages arrived", len(seen), n)
	}
	twice := 0
	for _, count := range seen {
		twice += min(1, count-1)
	}
	if twice < n/10 || lost == 0 || inOrder {
		t.Errorf("%d doubled, %d receives lost, in order %v: that is no chaos", twice, lost, inOrder)
	}
}
