package sim

import "container/heap"

// engine runs events in the order of their time; events of the same time run in the order in which they were planned.
type engine struct {
	now   float64 // seconds
	next  int
	queue eventQueue
}

type event struct {
	at    float64
	order int
	do    func()
}

type eventQueue []event

func (q eventQueue) Len() int { return len(q) }
func (q eventQueue) Less(i, j int) bool {
	return q[i].at < q[j].at || q[i].at == q[j].at && q[i].order < q[j].order
}
func (q eventQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *eventQueue) Push(x any)   { *q = append(*q, x.(event)) }
func (q *eventQueue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

// after plans do for delay seconds from now.
func (e *engine) after(delay float64, do func()) {
	e.next++
	heap.Push(&e.queue, event{at: e.now + delay, order: e.next, do: do})
}

// every runs do each period until the clock passes until.
func (e *engine) every(period, until float64, do func()) {
	if e.now+period > until {
		return
	}
	e.after(period, func() {
		do()
		e.every(period, until, do)
	})
}

// run runs all events up to until.
func (e *engine) run(until float64) {
	for len(e.queue) > 0 && e.queue[0].at <= until {
		next := heap.Pop(&e.queue).(event)
		e.now = next.at
		next.do()
	}
	e.now = until
}
