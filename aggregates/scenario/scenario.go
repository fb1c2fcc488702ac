// Package scenario tells a rule as a story: Given(facts).When(command).Then(facts), or .Refused(err).
package scenario

import (
	"errors"
	"reflect"
	"testing"

	"github.com/rising-stars/showcase/aggregates"
	"github.com/rising-stars/showcase/events"
)

// Story is a state with a past.
type Story[S aggregates.State[S, E], E events.Event] struct {
	t     testing.TB
	state S
}

// Given is the story after these facts. S's zero value is the state before any.
func Given[S aggregates.State[S, E], E events.Event](t testing.TB, facts ...E) Story[S, E] {
	t.Helper()
	var zero S
	return Story[S, E]{t: t, state: aggregates.Fold(zero, facts...)}
}

// When is what the command decided.
func (s Story[S, E]) When(c aggregates.Command[S, E]) Decision[E] {
	s.t.Helper()
	facts, err := c.Decide(s.state)
	return Decision[E]{t: s.t, facts: facts, err: err}
}

// Decision is a story's end.
type Decision[E events.Event] struct {
	t     testing.TB
	facts []E
	err   error
}

// Then holds when exactly these facts were decided, and nothing was refused. No facts mean that nothing was left to do.
func (d Decision[E]) Then(want ...E) {
	d.t.Helper()
	if d.err != nil {
		d.t.Fatalf("refused: %v", d.err)
	}
	if len(d.facts) == 0 && len(want) == 0 {
		return
	}
	if !reflect.DeepEqual(d.facts, want) {
		d.t.Fatalf("decided\n%+v\nwant\n%+v", d.facts, want)
	}
}

// Refused holds when the command was refused with this and decided nothing.
func (d Decision[E]) Refused(want error) {
	d.t.Helper()
	if !errors.Is(d.err, want) || len(d.facts) > 0 {
		d.t.Fatalf("decided %+v, refused %v; want the refusal %v", d.facts, d.err, want)
	}
}
