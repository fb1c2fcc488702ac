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
//	our process is killed (kill -9)   the children are ended with it; the next start finds what was answered
//	a part dies                       Done closes and Err says which and why; nothing is restarted here
//	the machine loses power           PostgreSQL recovers from its log; the queue journal drops a torn tail
//	a second start on the directory   refused with the pid of the first
package local
