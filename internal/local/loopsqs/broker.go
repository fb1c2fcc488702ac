package loopsqs

import (
	"crypto/rand"
	"fmt"
	"strings"
	"sync"
	"time"
)

const accountID = "000000000000"

// broker is the state of all queues. Every change that must last is a record: applied here and added to
// the journal under one lock, so that replaying the journal gives the same state.
type broker struct {
	clock  func() time.Time
	region string
	base   string // URL of the server, before the queues' paths
	dice   *dice

	mu      sync.Mutex
	queues  map[string]*queue
	lastKey uint64
	stored  int // bytes of all messages
	journal *journal
}

// record is one lasting change. Which fields it has depends on its kind.
type record struct {
	Kind       kind              `json:"o"`
	Queue      string            `json:"q"`
	Attributes map[string]string `json:"a,omitempty"` // setQueue: all of them
	Created    int64             `json:"c,omitempty"` // setQueue
	Modified   int64             `json:"u,omitempty"` // setQueue
	Message    *message          `json:"m,omitempty"` // put
	Key        uint64            `json:"k,omitempty"` // received, deleted
	At         int64             `json:"t,omitempty"` // received
}

type kind string

const (
	setQueue  kind = "queue"
	dropQueue kind = "drop"
	purged    kind = "purge"
	put       kind = "put"
	received  kind = "got"
	deleted   kind = "del"
)

func newBroker(region string, clock func() time.Time, d *dice) *broker {
	return &broker{clock: clock, region: region, dice: d, queues: map[string]*queue{}}
}

func (b *broker) now() int64 { return b.clock().UnixMilli() }

// do makes a change and has it written. The caller holds the lock.
func (b *broker) do(r record) {
	b.apply(r, b.now())
	b.journal.add(r)
}

// apply makes a change, live or in replay. A record about something that is gone changes nothing.
func (b *broker) apply(r record, now int64) {
	if r.Kind == setQueue {
		q := b.queues[r.Queue]
		if q == nil {
			q = newQueue(r.Queue)
			b.queues[r.Queue] = q
		}
		q.attributes, q.created, q.modified = r.Attributes, r.Created, r.Modified
		return
	}
	q := b.queues[r.Queue]
	if q == nil {
		return
	}
	switch r.Kind {
	case setQueue: // done above
	case dropQueue:
		b.clear(q)
		delete(b.queues, r.Queue)
		q.signal()
	case purged:
		b.clear(q)
	case put:
		if r.Message == nil || q.all[r.Message.Key] != nil {
			return
		}
		b.lastKey = max(b.lastKey, r.Message.Key)
		b.stored += r.Message.bytes()
		q.put(r.Message, now)
	case received:
		if m := q.all[r.Key]; m != nil {
			m.Receives++
			if m.FirstReceived == 0 {
				m.FirstReceived = r.At
			}
		}
	case deleted:
		if m := q.all[r.Key]; m != nil {
			b.stored -= m.bytes()
			q.remove(m)
		}
	}
}

func (b *broker) clear(q *queue) {
	for _, m := range q.all {
		b.stored -= m.bytes()
		q.remove(m)
	}
}

// snapshot is the shortest journal that gives this state. The caller holds the lock.
func (b *broker) snapshot(write func(record)) {
	for _, q := range b.queues {
		write(record{Kind: setQueue, Queue: q.name, Attributes: q.attributes, Created: q.created, Modified: q.modified})
	}
	for _, q := range b.queues {
		for e := q.ready.Front(); e != nil; e = e.Next() {
			write(record{Kind: put, Queue: q.name, Message: at(e)})
		}
		for _, m := range q.hidden {
			kept := *m
			if kept.inFlight {
				kept.VisibleAt = 0 // whoever has it is gone after a restart
			}
			write(record{Kind: put, Queue: q.name, Message: &kept})
		}
	}
}

func (b *broker) nextKey() uint64 {
	b.lastKey++
	return b.lastKey
}

func (b *broker) arn(name string) string {
	return "arn:aws:sqs:" + b.region + ":" + accountID + ":" + name
}

// byURL finds a queue by the last part of its URL: the port in it may be that of an earlier start.
func (b *broker) byURL(url string) (*queue, error) {
	if url == "" {
		return nil, errMissing("QueueUrl")
	}
	q := b.queues[url[strings.LastIndexByte(url, '/')+1:]]
	if q == nil {
		return nil, errNoQueue
	}
	return q, nil
}

// byARN returns nil for an unknown queue.
func (b *broker) byARN(arn string) *queue {
	name := arn[strings.LastIndexByte(arn, ':')+1:]
	if arn != b.arn(name) {
		return nil
	}
	return b.queues[name]
}

// newID returns a random UUID (version 4).
func newID() string {
	var u [16]byte
	_, _ = rand.Read(u[:]) // never fails
	u[6] = u[6]&0x0f | 0x40
	u[8] = u[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[0:4], u[4:6], u[6:8], u[8:10], u[10:])
}
