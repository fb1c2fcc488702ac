// Package bus carries messages over SQS by way of Watermill: a publisher that sends in batches, subscribers for
// doorbells and for jobs, the lease that keeps a job while it runs, the dead-letter tools and the provisioning of
// queues.
//
// A message is never the truth. A doorbell says that the log has grown; a work message says that something waits to be
// done. Both may come twice, late, out of order or not at all, and the log stays right. The package knows no rule of
// the contest, reads no log and holds no state that a restart would miss.
//
// # Queues
//
// There is a queue for each topic (Topics) and a dead-letter queue beside it. Provision makes them; nothing else creates
// a queue, so that running roles need no such right.
//
// # The lease
//
// A job runs for longer than SQS hides its message, and the stock subscriber neither renews that time nor lets a running
// handler end in peace when it closes. Lease, the outermost middleware of a job, does both. One message is in one of
// these states:
//
//	            ┌── renewed each third of the visibility time ──┐
//	            ▼                                               │
//	received ─► held ───────────────────────────────────────────┘
//	            │ handler returned nil, context live      ─► deleted
//	            │ handler returned an error               ─► hidden for the backoff of its receive count
//	            │ handler returned ErrGiveBack            ─► visible at once
//	            │ two renewals in a row failed, or one    ─► lost: handler cancelled, nothing sent
//	            │ was refused
//	            └ shutdown ─► draining (still renewed)
//	                          │ handler ended by itself   ─► as above
//	                          └ Drain passed              ─► handler cancelled, visible at once
//
// What can fail, and what then happens:
//
//	failure                                what happens
//	the process is killed                  the visibility time passes; another worker receives the message
//	a renewal fails once (network)         the next third tries again; the message is still hidden
//	renewals go on failing                 the handler is cancelled before the visibility time ends (5/6 of it at the latest)
//	SQS refuses the receipt                the handler is cancelled at once: somebody else may hold the message
//	the handler ignores its context        the router waits for Drain and closing time, then the process ends; as if killed
//	the handler panics                     an error like any other: backoff
//	the deletion fails                     the job comes again and finds nothing to do
//	setting the backoff fails              the rest of the visibility time is the backoff
//	a message cannot be decoded            it is copied to the dead-letter queue and deleted; trying again would not help
//	it fails MaxReceives times             SQS moves it to the dead-letter queue
//	two workers hold the same message      both run; the result is appended with an expected version, under the same keys
//
// A lease is not a lock. What a job writes must stand being written twice.
//
// # Middleware order
//
// Jobs: lease, poison filter, timeout, recoverer, handler. Doorbells have no lease: poison filter, timeout, recoverer,
// handler. Watermill's in-memory deduplicator and its retry are not used: a duplicate costs nothing here, and a retry in
// memory would hold the message back from a healthy worker.
package bus
