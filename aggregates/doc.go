// Package aggregates holds what the rules of all streams have in common. The rules themselves are below it, one package
// per stream: a State that evolves by facts, and commands that decide new facts or refuse.
//
// Everything here is pure: no context, clock, I/O or randomness. The same state and the same command give the same
// answer on any machine, so that a story in a test and a decision in production are one thing.
package aggregates

import "github.com/rising-stars/showcase/events"

// State is what a stream's facts add up to.
type State[S any, E events.Event] interface {
	Evolve(fact E) S
}

// Command decides on a state. Doing it twice is not an error: the second time there is nothing left to say.
type Command[S any, E events.Event] interface {
	Decide(state S) ([]E, error)
}

// Fold is the state after all facts, in order.
func Fold[S State[S, E], E events.Event](state S, facts ...E) S {
	for _, f := range facts {
		state = state.Evolve(f)
	}
	return state
}
