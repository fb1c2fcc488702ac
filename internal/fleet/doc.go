// Package fleet runs the production binary as a fleet on one machine: a balancer with health checks before three API
// processes, two relays, two projectors and three transcoders, one PostgreSQL, and stand-ins for SQS and S3 behind proxies
// that can be told to fail. It breaks one part after another under load, and looks after each whether anything was lost or
// done twice.
//
//	make fleet                              every fault, and the table
//	FLEET=clock go test ./internal/fleet    those whose names have that text
//	go test ./internal/fleet                three of them, about a minute on an idle machine
//
// Everything in it is for tests.
package fleet
