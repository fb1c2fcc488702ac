package loopsqs

import (
	"container/heap"
	"container/list"
	"time"
)

// message is one copy of a message in one queue. The exported fields go into the journal.
type message struct {
	Key           uint64                    `json:"k"` // ours, unique per copy
	ID            string                    `json:"id"`
	Body          string                    `json:"b"`
	Attributes    map[string]attributeValue `json:"a,omitempty"`
	Trace         string                    `json:"t,omitempty"` // AWSTraceHeader
	SentAt        int64                     `json:"s"`           // Unix milliseconds, as all times here
	VisibleAt     int64                     `json:"v,omitempty"`
	Receives      int                       `json:"r,omitempty"`
	FirstReceived int64                     `json:"f,omitempty"`
	Source        string                    `json:"src,omitempty"` // ARN of the queue it failed in

	place      *list.Element // in queue.ready; nil while hidden
	index      int           // in queue.hidden; -1 while ready
	inFlight   bool          // hidden because it was received
	receivedAt int64
}

func (m *message) bytes() int { return payloadBytes(m.Body, m.Attributes) }

// queue holds its messages in two places: ready ones in order, hidden ones by the time at which they show.
type queue struct {
	name       string
	attributes map[string]string
	created    int64
	modified   int64

	all    map[uint64]*message
	ready  *list.List
	hidden hidden
	flying int           // how many of the hidden are in flight
	wake   chan struct{} // closed, and replaced, when something may have become ready
	tasks  []moveTask    // newest last
}

func newQueue(name string) *queue {
	return &queue{name: name, all: map[uint64]*message{}, ready: list.New(), wake: make(chan struct{})}
}

// at is the message of an element of queue.ready.
func at(e *list.Element) *message {
	return e.Value.(*message) //nolint:errcheck,forcetypeassert // the list holds nothing else
}

// put adds a message: hidden until its time, or ready.
func (q *queue) put(m *message, now int64) {
	q.all[m.Key] = m
	m.index, m.inFlight = -1, false
	if m.VisibleAt > now {
		heap.Push(&q.hidden, m)
	} else {
		m.place = q.ready.PushBack(m)
	}
	q.signal()
}

func (q *queue) remove(m *message) {
	q.detach(m)
	delete(q.all, m.Key)
}

func (q *queue) detach(m *message) {
	if m.place != nil {
		q.ready.Remove(m.place)
		m.place = nil
	}
	if m.index >= 0 {
		heap.Remove(&q.hidden, m.index)
	}
	q.land(m)
}

func (q *queue) land(m *message) {
	if m.inFlight {
		m.inFlight = false
		q.flying--
	}
}

// hide takes a received message out of sight until the given time.
func (q *queue) hide(m *message, until int64) {
	q.detach(m)
	m.VisibleAt, m.inFlight = until, true
	q.flying++
	heap.Push(&q.hidden, m)
}

// show makes a hidden message ready again at the given time, which may have come already.
func (q *queue) show(m *message, at, now int64) {
	q.hide(m, at)
	q.promote(now)
	q.signal()
}

// promote moves to ready what is hidden no longer.
func (q *queue) promote(now int64) {
	for len(q.hidden) > 0 && q.hidden[0].VisibleAt <= now {
		m := q.hidden[0]
		heap.Pop(&q.hidden)
		q.land(m)
		m.place = q.ready.PushBack(m)
	}
}

// nextShow is how long it takes until a hidden message becomes ready; ok is false when none is hidden.
func (q *queue) nextShow(now int64) (wait time.Duration, ok bool) {
	if len(q.hidden) == 0 {
		return 0, false
	}
	return time.Duration(max(0, q.hidden[0].VisibleAt-now)) * time.Millisecond, true
}

func (q *queue) signal() {
	close(q.wake)
	q.wake = make(chan struct{})
}

func (q *queue) counts(now int64) (visible, inFlight, delayed int) {
	q.promote(now)
	return q.ready.Len(), q.flying, len(q.hidden) - q.flying
}

// hidden is a heap by the time at which a message shows.
type hidden []*message

func (h hidden) Len() int { return len(h) }

func (h hidden) Less(i, j int) bool {
	if h[i].VisibleAt != h[j].VisibleAt {
		return h[i].VisibleAt < h[j].VisibleAt
	}
	return h[i].Key < h[j].Key
}

func (h hidden) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}

func (h *hidden) Push(x any) {
	m := x.(*message) //nolint:errcheck,forcetypeassert // heap.Push of ours only
	m.index = len(*h)
	*h = append(*h, m)
}

func (h *hidden) Pop() any {
	last := len(*h) - 1
	m := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	m.index = -1
	return m
}
