// Package loopsqs is an SQS server for one machine: standard queues, the AWS JSON 1.0 protocol, loopback
// only, no signature check. It uses nothing but the standard library.
//
// It is for the local mode and for tests, and must never be part of a deployment: whoever reaches the port
// may do everything. It is held to the contract suite in internal/local/sqscontract.
//
// What it promises and what it does not:
//
//	answered sends, deletes and queue changes   survive kill -9 and a power cut: written and synced in groups
//	receive counts                              survive kill -9; the last moments may be lost with the power
//	messages in flight                          are visible again after a restart, their count kept
//	delivery                                    at least once, roughly in order; with Chaos, worse on purpose
//	a torn end of the journal                   is dropped, it was never answered
//	a stale receipt handle                      deletes nothing, as real SQS warns it may not
//
// Not like SQS, knowingly: no FIFO queues, no tags, no policies enforced, no wait of 60 seconds between two
// purges or after deleting a queue, redrive tasks finish before they are answered.
package loopsqs
