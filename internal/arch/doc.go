// Package arch holds the rules of who may import whom, and the test that keeps them.
//
// rules.go is the table; reading it is the quickest way to see how the parts hang together. The test parses the
// module's files itself instead of asking `go list`, so that the test cache sees every change. Nothing imports this
// package.
package arch
