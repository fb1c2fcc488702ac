// Package obs is what an operator sees of a process: its log lines, its request ids and its metrics.
//
// A log line has an id where it can, and never a payload, a token, an e-mail or an address. The package must not know
// what is being logged or counted; it offers the tools, and every other package names its own lines and figures.
package obs
