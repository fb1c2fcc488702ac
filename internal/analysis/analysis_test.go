package analysis_test

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rising-stars/showcase/events"
	"github.com/rising-stars/showcase/internal/analysis"
)

func files(texts map[string]string) func(string) ([]byte, error) {
	return func(name string) ([]byte, error) {
		text, ok := texts[name]
		if !ok {
			return nil, fs.ErrNotExist
		}
		return []byte(text), nil
	}
}

// TestMistakesAreNamed requires that each mistake in a rule is refused, with its line.
func TestMistakesAreNamed(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"exclud: []":                     `r.yaml:1: there is no "exclud" here`,
		"name: a\nname: b":               "r.yaml:2: name is given twice",
		"exclude:\n  - burst_fro: 3":     `r.yaml:2: there is no "burst_fro" here`,
		"exclude:\n  - {}":               "r.yaml:2: no condition",
		"exclude:\n  - from: 2026-11-01": "r.yaml:2: \"2026-11-01\" is not a time with a zone",
		"exclude:\n- to: 2026-11-01T00:00:00Z\n  from: 2026-11-02T00:00:00Z": "r.yaml:2: impossible window",
		"exclude: 7":                         "r.yaml:1: a list",
		"cap_per_voter: 0":                   "r.yaml:1: \"0\" is not a whole number from 1",
		"ties: [fair]":                       `r.yaml:1: there is no tie "fair"`,
		"weights:\n  - cities: [Cali]":       "r.yaml:2: a weight needs votes",
		"exclude:\n  - ballots: [x]":         "r.yaml:2: \"x\" is neither a position nor the id",
		"exclude:\n  - account_age_below: 5": "r.yaml:2: \"5\" is not a duration",
		"[":                                  "r.yaml: line 1",
		"- a":                                "r.yaml:1: name: value is expected",
		"extends: r.yaml":                    "r.yaml → r.yaml",
		"extends: a.yaml":                    "r.yaml → a.yaml → r.yaml",
		strings.Repeat("#", 20_000):          "more than 16384 bytes",
	} {
		_, err := analysis.Load("r.yaml", files(map[string]string{"r.yaml": text, "a.yaml": "extends: r.yaml"}))
		if !errors.Is(err, analysis.ErrRule) || !strings.Contains(fmt.Sprint(err), want) {
			t.Errorf("%q: %v; want %s", text, err, want)
		}
	}
	if _, err := analysis.Load("r.yaml", files(map[string]string{"r.yaml": "extends: none.yaml"})); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a rule that is not there: %v", err)
	}
}

func TestRulesExtend(t *testing.T) {
	t.Parallel()
	rule, err := analysis.Load("top.yaml", files(map[string]string{
		"top.yaml":  "extends: base.yaml\nexclude: [{cities: [CALI]}]\ncap_per_voter: 2",
		"base.yaml": "name: base\nexclude: [{account_age_below: 10m}]\ncap_per_voter: 9\nties: [joined]\nfinalists_per_city: 3",
	}))
	if err != nil || len(rule.Exclude) != 2 || rule.Exclude[0].AccountAgeBelow != 10*time.Minute || rule.Exclude[1].Cities[0] != "cali" ||
		rule.CapPerVoter != 2 || rule.Ties[0] != analysis.TieJoined || rule.FinalistsPerCity != 3 || rule.Name != "base" {
		t.Errorf("%+v, %v", rule, err)
	}
	if rule, err := analysis.Load("r.yaml", files(map[string]string{"r.yaml": "# nothing\n"})); err != nil || !rule.OnlyExcludes() || len(rule.Exclude) > 0 {
		t.Errorf("an empty rule: %+v, %v", rule, err)
	}
}

// contest is a small contest in one city, with one finalist or two.
func contest(ballots []int, finalists int, rule analysis.Rule, out map[int]bool) analysis.Result {
	c := analysis.NewCount(rule, nil, nil, nil)
	position := int64(0)
	add := func(e events.Event) {
		position++
		c.Event(events.Recorded{Position: position, Event: e})
	}
	add(events.ContestCreated{Settings: events.ContestSettings{FinalistsPerCity: finalists}})
	for p := range 4 {
		id := events.ID{byte(p*7%4 + 1)}
		add(events.AccountRegistered{AccountID: id, City: "Cali"})
		add(events.VideoSubmitted{VideoID: events.ID{9, byte(p)}, OwnerID: id})
		add(events.VideoPublished{VideoID: events.ID{9, byte(p)}})
	}
	for i, p := range ballots {
		if out[i] {
			position++
			continue
		}
		add(events.BallotCast{VoterID: events.ID{5, byte(i)}, VideoID: events.ID{9, byte(p)}})
	}
	return c.Result()
}

func finalists(r analysis.Result) string {
	set := make([]bool, 256)
	for _, l := range r.Lines[:r.Finalists] {
		set[l.Player[0]] = true
	}
	return fmt.Sprint(set[:8])
}

// TestMarginIsTheFewest removes every set of ballots of small contests: the smallest that changes the finalists is the
// margin.
func TestMarginIsTheFewest(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		ballots := rapid.SliceOfN(rapid.IntRange(0, 3), 0, 9).Draw(t, "ballots")
		n := rapid.IntRange(1, 3).Draw(t, "finalists")
		whole := contest(ballots, n, analysis.Rule{}, nil)
		fewest := 0
		for set := range 1 << len(ballots) {
			out := map[int]bool{}
			for i := range ballots {
				if set>>i&1 == 1 {
					out[i] = true
				}
			}
			if (fewest == 0 || len(out) < fewest) && finalists(contest(ballots, n, analysis.Rule{}, out)) != finalists(whole) {
				fewest = len(out)
			}
		}
		if got := whole.Margins(); len(got) != 1 || got[0].Ballots != int64(fewest) {
			t.Fatalf("margin %+v; the fewest are %d", got, fewest)
		}
	})
}
