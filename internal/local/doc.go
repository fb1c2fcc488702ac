// Package local gives one machine what the cloud gives a deployment: a private PostgreSQL server, an S3
// endpoint and an SQS endpoint, each on loopback, each speaking the real wire protocol, all under one
// data directory.
//
// It is for cmd/showcase-local and for tests. It must never be reachable from the production binary, must
// never listen on anything but loopback, and must leave no process behind: every child dies with the
// process that started it.
//
// Failures and what follows:
//
//	our process is killed (kill -9)   Linux signals the children; elsewhere the next start stops them
//	a child dies                      Done of that part closes, Err says why; nothing is restarted here
//	the machine loses power           PostgreSQL recovers from its log; the queue journal drops a torn tail
//	a second start on the directory   refused by LockDir with the pid of the first
package local
