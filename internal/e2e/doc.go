// Package e2e drives the built programs from outside, as their clients and operators do: it starts them as processes of
// their own, speaks HTTP to them, kills them, and looks into the database only to compare what is there.
//
// It is for the tests beside the programs. It must import no rule, handler or read model: what it knows of the system is
// the public contract, the command line, and the names of tables.
//
// Everything waits for a condition with a deadline that a busy machine can keep. A process that a test starts is ended
// with the test, and by the kernel should the test's own process die.
package e2e
