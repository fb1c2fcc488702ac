// Package ledger holds the rules of taking ballots out of the count and back in: an act names ballots that count, says
// why, and can be undone as a whole.
package ledger

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// Limits of an act. More ballots take several acts.
const (
	MaxBallots = 100_000 // about 900 kB of positions
	MaxReason  = 500     // characters
	MaxRule    = 16_384  // bytes
)

// State is what the rules read of a contest's ledger.
type State struct {
	Acts map[events.ID]Act
	Void map[int64]bool // positions of the ballots that do not count
}

// Act is one voiding.
type Act struct {
	Ballots    []events.BallotsOfHour
	Count      int
	Reinstated bool
}

// Refusals.
var (
	ErrNothing = fault.New(fault.Invalid, "ledger.nothing",
		"La regla no alcanza ninguna papeleta que cuente.", "The rule reaches no ballot that counts.")
	ErrTooMany = fault.New(fault.Invalid, "ledger.too-many",
		"Un acto alcanza como máximo 100 000 papeletas; divide la regla.", "An act reaches at most 100,000 ballots; divide the rule.")
	ErrReason = fault.New(fault.Invalid, "ledger.reason",
		"Di por qué, en 1 a 500 caracteres.", "Say why, in 1 to 500 characters.")
	ErrRule = fault.New(fault.Invalid, "ledger.rule",
		"La regla debe tener como máximo 16 384 bytes.", "The rule must have at most 16,384 bytes.")
	ErrAlreadyVoid = fault.New(fault.Invalid, "ledger.already-void",
		"Una de las papeletas ya está anulada; mira el efecto de nuevo.", "One of the ballots is void already; look at the effect again.")
	ErrOvertaken = fault.New(fault.Invalid, "ledger.overtaken",
		"Otro acto cambió la cuenta mientras tanto; mira el efecto de nuevo.",
		"Another act has changed the count meanwhile; look at the effect again.")
	ErrNoAct = fault.New(fault.NotFound, "ledger.no-act", "No hay tal acto.", "There is no such act.")
)

// Evolve is the state after one more fact.
func (s State) Evolve(fact events.Ledger) State {
	if s.Acts == nil {
		s = State{Acts: map[events.ID]Act{}, Void: map[int64]bool{}}
	}
	switch f := fact.(type) {
	case events.BallotsVoided:
		s.Acts[f.ActID] = Act{Ballots: f.Ballots, Count: f.Count}
		for _, group := range f.Ballots {
			for _, position := range group.Positions {
				s.Void[position] = true
			}
		}
	case events.BallotsReinstated:
		act := s.Acts[f.ActID]
		act.Reinstated = true
		s.Acts[f.ActID] = act
		for _, group := range f.Ballots {
			for _, position := range group.Positions {
				delete(s.Void, position)
			}
		}
	}
	return s
}

// Void takes ballots out of the count.
type Void struct{ Fact events.BallotsVoided }

// Decide refuses an act that reaches no ballot, or one that is void already, and one that another act has overtaken: its
// effect was shown on another count.
func (c Void) Decide(s State) ([]events.Ledger, error) {
	f := c.Fact
	if _, done := s.Acts[f.ActID]; done {
		return nil, nil
	}
	f.Count = 0
	for _, group := range f.Ballots {
		f.Count += len(group.Positions)
		for _, position := range group.Positions {
			if s.Void[position] {
				return nil, ErrAlreadyVoid
			}
		}
	}
	switch {
	case !isReason(f.Reason):
		return nil, ErrReason
	case len(f.Rule) > MaxRule:
		return nil, ErrRule
	case f.Count == 0:
		return nil, ErrNothing
	case f.Count > MaxBallots:
		return nil, ErrTooMany
	case s.overtaken(f):
		return nil, ErrOvertaken
	}
	return []events.Ledger{f}, nil
}

// overtaken reports whether the newest ballot that the act would leave to one of its videos is another one by now: it is
// void, or a newer one counts again. A tie would be broken by the wrong one.
func (s State) overtaken(f events.BallotsVoided) bool {
	struck := make(map[int64]bool, f.Count)
	for _, group := range f.Ballots {
		for _, position := range group.Positions {
			struck[position] = true
		}
	}
	left := make(map[events.ID]int64, len(f.Newest))
	for _, n := range f.Newest {
		if s.Void[n.Position] {
			return true
		}
		left[n.VideoID] = n.Position
	}
	newer := func(position, newest int64) bool {
		return position > newest && position <= f.UpTo && !struck[position] && !s.Void[position]
	}
	for _, act := range s.Acts {
		for _, group := range act.Ballots {
			newest, touched := left[group.VideoID]
			if touched && slices.ContainsFunc(group.Positions, func(p int64) bool { return newer(p, newest) }) {
				return true
			}
		}
	}
	return false
}

// Reinstate makes the ballots of an act count again.
type Reinstate struct {
	ContestID, ActID events.ID
	Reason           string
}

// Decide refuses an act that never was.
func (c Reinstate) Decide(s State) ([]events.Ledger, error) {
	act, ok := s.Acts[c.ActID]
	switch {
	case !ok:
		return nil, ErrNoAct
	case act.Reinstated:
		return nil, nil
	case !isReason(c.Reason):
		return nil, ErrReason
	}
	return []events.Ledger{events.BallotsReinstated{
		ContestID: c.ContestID, ActID: c.ActID, Reason: c.Reason, Count: act.Count, Ballots: act.Ballots,
	}}, nil
}

func isReason(s string) bool {
	n := utf8.RuneCountInString(s)
	return n >= 1 && n <= MaxReason && utf8.ValidString(s) && strings.TrimSpace(s) == s
}
