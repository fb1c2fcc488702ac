// Package relay tells the queues what the log has to say: it tails the log and publishes, for each queue, doorbells or
// one message for each event that asks for work.
//
// The log is the outbox. There is no second table: a cursor per queue ("relay:<topic>" in checkpoints) says up to where
// its messages were sent, and is moved after the send. A message may therefore be sent twice and is never left out. The
// package decides nothing about events and changes nothing but its cursors.
//
// # States
//
//	standby ── advisory lock taken ─► leading ── lock's connection lost, or another moved a cursor ─► standby
//	   ▲                                 │
//	   └─────────── shutdown ◄───────────┘
//
// While it leads, one tail asks for the log's head (each 20 ms while there is news, up to each 200 ms while there is none,
// at once when woken) and each queue goes its own way:
//
//	waiting ── head passes the cursor ─► sending ── sent ─► cursor moved ── 50 ms later ─► waiting
//	                                        │
//	                                        └── failed ─► backing off (0.2 s to 30 s) ─► sending
//
// The lock is a session's advisory lock and not a row lock held in a transaction, because a transaction that stays open
// keeps the whole database from being vacuumed, and its own connection is what shows that it is gone. It must not go through
// a pooler that shares sessions. It is there to save messages, not for safety: a cursor moves only from where its owner
// last saw it, after everything in between was sent, whoever believes to lead.
//
// # What can fail
//
//	failure                              what happens
//	the leader is killed                 its session ends, a standby takes over within standbyPoll; messages since the
//	                                     cursor's last move are sent again
//	the leader's machine vanishes        the server drops the silent session after about half a minute (TCP keepalive)
//	the lock's connection breaks         seen within a second; the leader stops and stands for election again
//	a stalled leader comes back          its cursor has moved on: the move is refused and it steps down; what it had sent
//	                                     is a duplicate
//	the queue refuses or cannot be       that queue backs off alone; its lag grows and is shown by Status; nothing is
//	reached                              skipped
//	the database is down                 the tail and the cursors wait; nothing is sent
//	the log has a hole, or an event      the queue that reads it stops there, tries again, and shows the error: nothing is
//	cannot be decoded                    skipped
//	the server crashes                   the last moves of the cursors may be lost (they are not waited for): duplicates
//	a queue is purged                    doorbells: the projections' own tick; jobs: the sweep
package relay
