// Package contest holds the rules of the contest itself: its name, cities, dates, goal and cut.
package contest

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/rising-stars/showcase/aggregates"
	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/fault"
)

// Limits of the settings.
const (
	MaxName      = 200 // characters
	MaxCities    = 500
	MaxVoteGoal  = 1_000_000_000
	MaxFinalists = 1000
)

// State is what the rules read.
type State struct {
	Created  bool
	Settings events.ContestSettings
	File     string // digest of the newest file that was applied
	Version  int64  // how often it was set
}

// Refusals.
var (
	ErrNotFound = fault.New(fault.NotFound, "contest.not-found",
		"El concurso no existe.", "There is no such contest.")
	ErrSettings = fault.New(fault.Invalid, "contest.invalid-settings",
		"La configuración del concurso no es válida.", "The contest's settings are not valid.")
	ErrChanged = fault.New(fault.Conflict, "contest.changed",
		"Otra persona cambió el concurso mientras tanto. Revisa la versión actual y vuelve a intentarlo.",
		"Somebody else changed the contest meanwhile. Look at how it is now and try again.")
	ErrReason = fault.New(fault.Invalid, "contest.reason-required",
		"Hace falta un motivo de entre 3 y 500 caracteres.", "A reason of 3 to 500 characters is required.")
)

// Evolve is the state after one more fact.
func (s State) Evolve(fact events.Contest) State {
	switch f := fact.(type) {
	case events.ContestCreated:
		return State{Created: true, Settings: f.Settings, File: f.File, Version: s.Version + 1}
	case events.ContestChanged:
		s.Settings, s.Version = f.Settings, s.Version+1
		if f.File != "" {
			s.File = f.File
		}
	}
	return s
}

// ApplyFile brings the contest into being as the operator's file says, or sets it anew when the file has changed since
// it was last applied. A file that was applied before is left alone, so that a restart never takes back what an
// organiser changed meanwhile.
type ApplyFile struct {
	ContestID events.ID
	Settings  events.ContestSettings
	File      string // SHA-256, lower-case hex
}

// Decide refuses settings that make no sense.
func (c ApplyFile) Decide(s State) ([]events.Contest, error) {
	if err := check(c.Settings); err != nil {
		return nil, err
	}
	switch {
	case !s.Created:
		return []events.Contest{events.ContestCreated(c)}, nil
	case s.File == c.File || same(s.Settings, c.Settings):
		return nil, nil
	}
	return []events.Contest{events.ContestChanged{ContestID: c.ContestID, Settings: c.Settings, File: c.File}}, nil
}

// Change sets the contest anew, as an organiser wants it who saw its state at Version, and says why.
type Change struct {
	ContestID events.ID
	Settings  events.ContestSettings
	Version   int64
	Reason    string
}

// Decide refuses settings that make no sense, a missing reason, and a change of what somebody else has changed
// meanwhile; the same settings again change nothing.
func (c Change) Decide(s State) ([]events.Contest, error) {
	if !s.Created {
		return nil, ErrNotFound
	}
	if err := check(c.Settings); err != nil {
		return nil, err
	}
	reason, ok := aggregates.Reason(c.Reason)
	switch {
	case !ok:
		return nil, ErrReason
	case same(s.Settings, c.Settings):
		return nil, nil
	case s.Version != c.Version:
		return nil, ErrChanged
	}
	return []events.Contest{events.ContestChanged{ContestID: c.ContestID, Settings: c.Settings, Reason: reason}}, nil
}

func same(a, b events.ContestSettings) bool {
	return a.Name == b.Name && slices.Equal(a.Cities, b.Cities) && a.OpensAt.Equal(b.OpensAt) &&
		a.ClosesAt.Equal(b.ClosesAt) && a.VoteGoal == b.VoteGoal && a.FinalistsPerCity == b.FinalistsPerCity
}

// check names every setting that is wrong.
func check(s events.ContestSettings) error {
	var wrong []fault.Field
	refuse := func(bad bool, name, es, en string) {
		if bad {
			wrong = append(wrong, fault.Field{Name: name, Code: "invalid", ES: es, EN: en})
		}
	}
	refuse(!isLine(s.Name, MaxName), "name", "De 1 a 200 caracteres.", "1 to 200 characters.")
	refuse(len(s.Cities) > MaxCities, "cities", "Como máximo 500 ciudades.", "At most 500 cities.")
	for _, city := range s.Cities {
		refuse(!isLine(city, 100), "cities", "Cada ciudad, de 1 a 100 caracteres.", "Each city, 1 to 100 characters.")
	}
	refuse(!isTime(s.OpensAt), "opens_at", "Una hora de los años 2000 a 9999.", "A time in the years 2000 to 9999.")
	refuse(!isTime(s.ClosesAt), "closes_at", "Una hora de los años 2000 a 9999.", "A time in the years 2000 to 9999.")
	refuse(!s.OpensAt.Before(s.ClosesAt), "closes_at",
		"El cierre debe ser posterior a la apertura.", "Closing must come after opening.")
	refuse(s.VoteGoal < 1 || s.VoteGoal > MaxVoteGoal, "vote_goal",
		"De 1 a 1 000 000 000 votos.", "1 to 1,000,000,000 votes.")
	refuse(s.FinalistsPerCity < 1 || s.FinalistsPerCity > MaxFinalists, "finalists_per_city",
		"De 1 a 1000 finalistas.", "1 to 1000 finalists.")
	if len(wrong) > 0 {
		return ErrSettings.WithFields(wrong...)
	}
	return nil
}

// isTime reports whether a time was given at all, and one that RFC 3339 can write.
func isTime(t time.Time) bool {
	year := t.UTC().Year()
	return year >= 2000 && year <= 9999
}

func isLine(s string, limit int) bool {
	n := utf8.RuneCountInString(s)
	return n >= 1 && n <= limit && strings.TrimSpace(s) == s && aggregates.Line(s)
}
