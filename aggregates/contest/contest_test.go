package contest_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/rising-stars/showcase/aggregates/contest"
	"github.com/rising-stars/showcase/aggregates/scenario"
	"github.com/rising-stars/showcase/events"
)

var (
	id       = events.ID{9}
	settings = events.ContestSettings{
		Name: "ANB Rising Stars Showcase", Cities: []string{"Bogotá", "Cali"},
		OpensAt:  time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC),
		ClosesAt: time.Date(2026, 12, 1, 0, 0, 0, 0, time.UTC),
		VoteGoal: 3000, FinalistsPerCity: 4,
	}
	created = events.ContestCreated{ContestID: id, Settings: settings, File: "aa"}
)

func given(t *testing.T, facts ...events.Contest) scenario.Story[contest.State, events.Contest] {
	t.Helper()
	return scenario.Given[contest.State](t, facts...)
}

func with(change func(*events.ContestSettings)) events.ContestSettings {
	s := settings
	s.Cities = slices.Clone(s.Cities)
	change(&s)
	return s
}

func TestApplyFile(t *testing.T) {
	t.Parallel()
	apply := contest.ApplyFile{ContestID: id, Settings: settings, File: "aa"}
	given(t).When(apply).Then(created)
	given(t, created).When(apply).Then()

	longer := with(func(s *events.ContestSettings) { s.ClosesAt = s.ClosesAt.AddDate(0, 0, 7) })
	edited := contest.ApplyFile{ContestID: id, Settings: longer, File: "bb"}
	given(t, created).When(edited).Then(events.ContestChanged{ContestID: id, Settings: longer, File: "bb"})
	given(t, created).When(contest.ApplyFile{ContestID: id, Settings: settings, File: "bb"}).Then() // a comment changed
	given(t, created, events.ContestChanged{ContestID: id, Settings: longer, File: "bb"}, events.ContestChanged{ContestID: id, Settings: settings}).
		When(edited).Then()
	// What an organiser changed is not taken back by a restart.
	given(t, created, events.ContestChanged{ContestID: id, Settings: longer}).When(apply).Then()
	given(t).When(contest.ApplyFile{ContestID: id, File: "aa"}).Refused(contest.ErrSettings)
}

func TestChange(t *testing.T) {
	t.Parallel()
	longer := with(func(s *events.ContestSettings) { s.ClosesAt = s.ClosesAt.AddDate(0, 0, 7) })
	change := contest.Change{ContestID: id, Settings: longer, Version: 1, Reason: " Se aplaza la final "}
	changed := events.ContestChanged{ContestID: id, Settings: longer, Reason: "Se aplaza la final"}
	given(t, created).When(change).Then(changed)
	given(t, created, changed).When(change).Then() // a retry
	given(t).When(change).Refused(contest.ErrNotFound)
	given(t, created).When(contest.Change{ContestID: id, Version: 1, Reason: "x y z"}).Refused(contest.ErrSettings)
	for _, reason := range []string{"", " no ", "two\nlines", strings.Repeat("x", 501)} {
		given(t, created).When(contest.Change{ContestID: id, Settings: longer, Version: 1, Reason: reason}).Refused(contest.ErrReason)
	}
	// Two organisers look at the same version; the second does not undo what the first did.
	other := contest.Change{ContestID: id, Settings: settings, Version: 1, Reason: "Nada cambia"}
	given(t, created, changed).When(other).Refused(contest.ErrChanged)
	other.Version = 2
	given(t, created, changed).When(other).Then(events.ContestChanged{ContestID: id, Settings: settings, Reason: "Nada cambia"})
}

func TestSettingsThatMakeNoSense(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*events.ContestSettings){
		"no name":           func(s *events.ContestSettings) { s.Name = "" },
		"padded name":       func(s *events.ContestSettings) { s.Name = " x" },
		"long name":         func(s *events.ContestSettings) { s.Name = strings.Repeat("x", 201) },
		"too many cities":   func(s *events.ContestSettings) { s.Cities = slices.Repeat([]string{"x"}, 501) },
		"empty city":        func(s *events.ContestSettings) { s.Cities[0] = "" },
		"no opening":        func(s *events.ContestSettings) { s.OpensAt = time.Time{} },
		"closes on opening": func(s *events.ContestSettings) { s.ClosesAt = s.OpensAt },
		"opens long ago": func(s *events.ContestSettings) {
			s.OpensAt = time.Date(0, 1, 1, 0, 0, 0, 0, time.FixedZone("", 12*3600))
		},
		"closes never": func(s *events.ContestSettings) {
			s.ClosesAt = time.Date(9999, 12, 31, 23, 0, 0, 0, time.FixedZone("", -12*3600))
		},
		"invisible name":     func(s *events.ContestSettings) { s.Name = "\u200b" },
		"no goal":            func(s *events.ContestSettings) { s.VoteGoal = 0 },
		"endless goal":       func(s *events.ContestSettings) { s.VoteGoal = contest.MaxVoteGoal + 1 },
		"no finalists":       func(s *events.ContestSettings) { s.FinalistsPerCity = 0 },
		"too many finalists": func(s *events.ContestSettings) { s.FinalistsPerCity = 1001 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			given(t).When(contest.ApplyFile{ContestID: id, Settings: with(change)}).Refused(contest.ErrSettings)
		})
	}
}
