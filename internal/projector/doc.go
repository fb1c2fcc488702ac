// Package projector keeps read models up with the log. It knows nothing of what a projection stores; it must not have
// any effect outside the database, so that a replay repeats nothing.
//
// A projection has one row in checkpoints. One step is one transaction:
//
//	lock the row ─► read the page behind it ─► open what is personal ─► Apply ─► move the row ─► commit
//
// The tables and the checkpoint change together or not at all, and the lock puts steps in order over all processes; so
// every event is applied exactly once and in order, whoever makes the step and however often it was told to. Messages are
// only a reason to look: Run steps when it is woken and by a tick, CatchUp steps until a position is behind the
// checkpoint, for a request that must see what it has just written.
//
// The states of a projection:
//
//	current    the checkpoint is at the log's head
//	behind     it is not; the next wake-up, tick or CatchUp changes that
//	poisoned   the event behind the checkpoint cannot be applied: the projection stands still, its tables are right up to
//	           there, and each step tries that event alone once more
//	rebuilding one transaction empties the tables and replays the log; readers see the old rows until it commits
//
// What happens when something fails:
//
//	failure                              what happens                               what is seen
//	lost, doubled, late, foreign wake    nothing is missed: the tick looks anyway   nothing
//	process killed inside a step         the transaction is rolled back             the next step does it again
//	connection lost, deadlock            the step is rolled back; Run waits longer  an error from Step and CatchUp
//	                                     each time, up to a limit
//	Apply refuses an event, or it does   the page is halved until the event stands  *PoisonError, Status, OnPoison, a log
//	not decode or open                   alone; what precedes it is applied         line; Skip steps over it by hand
//	the log has a hole                   as above; Skip refuses                     the same, with eventstore.ErrHole
//	caller of CatchUp leaves             its step is rolled back; the next caller   its context's error
//	                                     or tick does the work
//	rebuild fails                        it is rolled back as a whole               the old rows and the old checkpoint
package projector
