// Package live tells many listeners at once what changes: rankings, vote counts and the stages of one's own videos.
//
// One goroutine per process looks at the read models once a second, while anybody listens, compares with what it saw
// before and hands the difference to everybody; a listener costs no query of its own. It knows nothing of HTTP, and its
// frames are server-sent events.
//
//	what happens                    what follows
//	nobody listens                  the database is left alone
//	a query fails                   nothing is told; the next look tells all that changed since
//	a listener does not read        its buffer fills and it is let go; it comes back and resumes
//	a listener comes back           it names the log position it has, and gets what changed since, from any instance
//	a video comes or goes           it is told; who comes back is told of those since, the last word on each
//	too many did, or too long ago   who comes back is told that it missed some, and asks for the list
//	its position is unknown here    it gets whole lists instead of changes
//	its session is revoked          it is let go at the next look
//	shutdown                        every listener is let go and none is taken
//
// A position that is told is one up to which everything was told: it is read before the rows, so that rows may be newer
// than it says, never older.
package live
