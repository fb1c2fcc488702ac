// Package eventstore is the log: one append-only table in PostgreSQL, written through one server-side function and read
// in order of position. It must not know any rule or any read model, and nothing else may write to the log.
//
// # Appending
//
// Every caller of Append puts one item, of one or more events that are written all or not at all, on a bounded channel.
// Only Run takes from it: it takes whatever is waiting, without a timer, and sends it as one call of append_events, which
// locks the log's head, decides item by item, writes the accepted ones behind the head and moves it. Alone an item travels
// alone; under load items share a round trip and a commit, and a second batch is on its way to the lock while the first
// commits. Positions therefore follow commit order without a gap, which is all that a reader needs to know.
//
// The states of an item:
//
//	refused   the channel was full, or Run has ended: nothing is written, the caller gets ErrBusy
//	waiting   on the channel; when its caller leaves now, it is dropped unwritten
//	held      taken, but it shares an id or an expected stream with an item before it: it opens the next batch
//	sent      the outcome is known to the server only
//	answered  Appended, Duplicate or Conflict, or an error
//
// What happens when something fails:
//
//	failure                                     what the store does                         what the caller sees
//	channel full                                nothing                                     ErrBusy, retry after a second
//	an id of the item is in the log             nothing is written                          Duplicate with the version and position it has
//	stream is not at the expected version       nothing is written                          Conflict with the actual version
//	caller's context ends while waiting         the item is dropped when its turn comes     the context's error
//	caller's context ends after sending         the batch goes on                           the context's error; outcome unknown
//	one item's data is refused by the server    the batch is halved until it stands alone   that one an error, the others their outcome
//	connection lost, server restarted, timeout  the same batch with the same ids again      the outcome; Duplicate when the first try had
//	                                                                                        been committed
//	the same, Attempts times                    gives the batch up                          ErrUnavailable; outcome unknown
//	process killed                              nothing is half written: a batch is one     the same command sent again with the same ids
//	                                            transaction                                 finds out
//	Run's context ends                          takes nothing new, sends what is waiting    the outcome, or ErrBusy
//
// # Reading
//
// ReadPage returns what follows a position, in order. A page that does not continue exactly where the last one ended is
// ErrHole: the reader must stop and call for help, and never step over it.
package eventstore
